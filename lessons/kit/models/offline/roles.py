"""The roles that instructions can give to an agent (support, billing, sales and so on), and the advice of each."""

import re
from dataclasses import dataclass

from lessons.kit.models.offline.language.statements import only_states, stated
from lessons.kit.models.offline.language.text import any_of, listed, quote, uncapital
from lessons.kit.models.offline.request import Request


@dataclass(frozen=True)
class Role:
    """`known_by` finds the role in instructions and descriptions. `takes` finds the words of messages for this role.

    `subjects` are those on which it gives advice. The first one that fits a message is used.
    """

    title: str
    known_by: re.Pattern[str]
    takes: re.Pattern[str]
    subjects: tuple[re.Pattern[str], ...] = ()


_NEVER = re.compile(r"(?!)")
_PASSWORD = any_of("passwords?", "log ?in", "sign ?in", "locked")
_ACCOUNT = any_of("account")
_CHARGES = any_of("charge[sd]?")
_INVOICE = any_of("invoices?", "bill(?:s|ing|ed)?", r"pay\w*", "refunds?")
_FAILURE = any_of("error(?: code)?", r"deploy\w*", r"fail\w*", "outage", "cluster")
_CRASH = any_of(r"crash\w*", "bugs?", "startup", "app", "slow", r"freez\w*")
_UPGRADE = any_of("upgrade")
_FEATURES = any_of("features?", "premium", "plans?", r"pric\w+", "cost")
_TECHNICAL = any_of("technical questions?")

_ADVICE = {
    _TECHNICAL: "Ask me the technical questions, one by one.",
    _PASSWORD: "Reset the password with the link on the sign-in page.",
    _CHARGES: "I cannot open real accounts: for recent charges, compare each line with your last invoice.",
    _INVOICE: "For an invoice, tell me its number and the line that looks wrong.",
    _UPGRADE: "To upgrade, open Settings, then Plan, and choose the premium plan.",
    _FEATURES: "The premium plan of this sample shop has single sign-on, priority help and reports.",
    _FAILURE: "For this failure, send the log around the first error and roll back.",
    _CRASH: "For a crash, update the app, restart it and send the crash report.",
    _ACCOUNT: "I cannot open real accounts: tell me your email and what does not work.",
}

ROLES = (
    Role("triage", any_of("triage", "rout(?:e|er|es|ing)", "hand (?:off|over)", r"dispatch\w*"), _NEVER),
    Role(
        "level 1 support",
        any_of("level[ -]?(?:1|one)", "tier[ -]?1", "first[ -]level"),
        any_of(_PASSWORD.pattern, "email", r"forgot\w*", "account", "basic", "simple", "reset"),
        (_PASSWORD, _ACCOUNT),
    ),
    Role(
        "level 2 support",
        any_of("level[ -]?(?:2|two)", "tier[ -]?2", "second[ -]level", r"escalat\w+"),
        any_of("enterprise", _FAILURE.pattern, "production", "integration", "api", r"crash\w*"),
        (_FAILURE, _CRASH),
    ),
    Role(
        "billing",
        any_of("billing", r"invoic\w+", "payments?"),
        any_of(_INVOICE.pattern, _CHARGES.pattern, "subscription", "receipts?"),
        (_CHARGES, _INVOICE),
    ),
    Role(
        "technical support",
        any_of("technical", r"troubleshoot\w*", "engineer(?:ing)?"),
        any_of(_TECHNICAL.pattern, "technical", _FAILURE.pattern, _CRASH.pattern, r"install\w*", "api"),
        (_TECHNICAL, _FAILURE, _CRASH),
    ),
    Role(
        "sales",
        any_of("sales"),
        any_of(_UPGRADE.pattern, _FEATURES.pattern, "buy", "purchase", "quote", "discount", "trial"),
        (_UPGRADE, _FEATURES),
    ),
    Role(
        "support",
        any_of("support", "help ?desk", "customer (?:service|care)"),
        any_of("support", "issues?", "problems?", "account", "help", "technical", _PASSWORD.pattern, "broken"),
        (_TECHNICAL, _PASSWORD, _CRASH, _ACCOUNT, _INVOICE),
    ),
    Role("the researcher", any_of(r"research\w*"), any_of("research", "investigate", "look into", "find out")),
    Role(
        "the writer", any_of("writer", "writing", "editor"), any_of("write", r"summar\w+", "draft", "article", "essay")
    ),
)
_SAYS_ROLE = re.compile(r"[^.!?\n]*\b(?:you are|you're|act as|you work)\b[^.!?\n]*", re.IGNORECASE)
_ASKS_WHICH = re.compile(r"(?:and |so )?(?:what(?:'s| is| was)|tell me|which|remind me of) ", re.IGNORECASE)
"""`What's the wifi password?` asks for a password that the user has told. It does not ask how to reset one."""
_ABOUT_ACCOUNT = any_of("(?:find|found|see|locate|check|open) my account")


def role_of(text: str) -> Role | None:
    """The role that a text (such as an agent's name or description) names first, None if it names none."""
    found = [(match.start(), place, role) for place, role in enumerate(ROLES) if (match := role.known_by.search(text))]
    return min(found)[2] if found else None


def persona(request: Request) -> Role | None:
    """The role that the instructions give to the agent, in their first sentence or in the one that says `You are`."""
    first = re.split(r"(?<=[.!?])\s|\n", request.instructions, maxsplit=1)[0]
    told = _SAYS_ROLE.search(request.instructions)
    return role_of(first) or (role_of(told[0]) if told else None)


def fitness(role: Role | None, message: str) -> int:
    """The number of different words in a message that are for this role."""
    return len({match.lower() for match in role.takes.findall(message)}) if role else 0


def desk(request: Request) -> str | None:
    """The answer of a support, billing, technical or sales desk, None if the message is not about its subjects."""
    message, role = request.message, persona(request)
    if _ABOUT_ACCOUNT.search(message):
        return in_role(role, _account(request))
    subjects = (*(role.subjects if role else ()), *(() if only_states(message) else _ADVICE))
    subject = next((subject for subject in subjects if subject.search(message)), None)
    if subject is None:
        return None
    if subject is _UPGRADE and not any(_FEATURES.search(text) for text in (message, *request.said("user"))):
        return in_role(role, f"Upgrade from what to what? {request.lacks('names a plan')}")
    if role is None and subject is _PASSWORD and _ASKS_WHICH.match(message):
        return None
    told = stated(message)
    seen = history_seen(request) if request.said("user") or not told else f"I can see that {told[-1].said}."
    return in_role(role, f"{seen} {_ADVICE[subject]}")


def in_role(role: Role | None, sentence: str) -> str:
    """`As billing, I can see …`. Without a role the sentence is unchanged."""
    if role is None:
        return sentence
    return f"As {role.title}, {uncapital(sentence)}"


def history_seen(request: Request) -> str:
    """A sentence that quotes the last three earlier messages of the user."""
    mine = request.said("user")
    if not mine:
        return "I cannot see an earlier message from you."
    return f"I can see that you wrote {listed([quote(text) for text in mine[-3:]])}."


def _account(request: Request) -> str:
    email = request.fact("email")
    if email is None:
        return request.lacks("says which account is yours")
    lost = next((text for text in request.said("user") if _PASSWORD.search(text)), None)
    after = f" and that you wrote {quote(lost)}" if lost else ""
    return f"I can see that {email.said}{after}. I would look for the account by that, but I cannot open real accounts."
