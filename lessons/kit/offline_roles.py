"""The roles that instructions can give to an agent (support, billing, sales and so on), and what each says and takes on."""

import re
from dataclasses import dataclass

from lessons.kit.offline_request import Request
from lessons.kit.offline_statements import only_states, stated
from lessons.kit.offline_text import listed, quote, uncapital


@dataclass(frozen=True)
class Role:
    """`known_by` finds the role in instructions and descriptions, `takes` the words of a message that it is for.

    `advice` pairs the words of a message with what the role says on them.
    """

    title: str
    known_by: re.Pattern[str]
    takes: re.Pattern[str]
    advice: tuple[tuple[re.Pattern[str], str], ...] = ()


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_PASSWORD = (_words(r"passwords?|log ?in|sign ?in|locked"), "Reset the password with the link on the sign-in page.")
_ACCOUNT = (
    _words(r"account"),
    "For the account, tell me your email and what does not work. I cannot open real accounts.",
)
_CHARGES = (
    _words(r"charge[sd]?"),
    "I cannot open real accounts: for recent charges, compare each line with your last invoice.",
)
_INVOICE = (
    _words(r"invoices?|bill(?:s|ing|ed)?|pay\w*|refunds?"),
    "For an invoice, tell me its number and the line that looks wrong.",
)
_FAILURE = (
    _words(r"error(?: code)?|deploy\w*|fail\w*|outage|cluster"),
    "For this failure, send the log around the first error and roll back.",
)
_CRASH = (
    _words(r"crash\w*|bugs?|startup|app|slow|freez\w*"),
    "For a crash, update the app, restart it and send the crash report.",
)
_UPGRADE = (_words(r"upgrade"), "To upgrade, open Settings, then Plan, and choose the premium plan.")
_FEATURES = (
    _words(r"features?|premium|plans?|pric\w+|cost"),
    "The premium plan of this sample shop has single sign-on, priority help and reports.",
)
_QUESTIONS = (_words(r"technical questions?"), "Ask me the technical questions, one by one.")

ROLES = (
    Role("triage", _words(r"triage|rout(?:e|er|es|ing)|hand (?:off|over)|dispatch\w*|receptionist"), re.compile(r"(?!)")),
    Role("level 1 support", _words(r"level[ -]?(?:1|one)|tier[ -]?1|first[ -]level"),
         _words(r"passwords?|log ?in|sign ?in|locked|email|forgot\w*|account|basic|simple|reset"), (_PASSWORD, _ACCOUNT)),
    Role("level 2 support", _words(r"level[ -]?(?:2|two)|tier[ -]?2|second[ -]level|escalat\w+"),
         _words(r"enterprise|deploy\w*|error code \d+|outage|cluster|production|integration|api|crash\w*|fail\w*"), (_FAILURE, _CRASH)),
    Role("billing", _words(r"billing|invoic\w+|payments?"),
         _words(r"bill(?:s|ing|ed)?|invoices?|charge[sd]?|pay(?:ments?|ing)?|refunds?|subscription|receipts?"), (_CHARGES, _INVOICE)),
    Role("technical support", _words(r"technical|troubleshoot\w*|engineer(?:ing)?"),
         _words(r"technical(?: questions?)?|crash\w*|bugs?|errors?|app|startup|install\w*|api|slow|fail\w*|deploy\w*"),
         (_QUESTIONS, _FAILURE, _CRASH)),
    Role("sales", _words(r"sales"), _words(r"premium|plans?|pric\w+|upgrade|buy|features?|purchase|quote|discount|trial"),
         (_UPGRADE, _FEATURES)),
    Role("support", _words(r"support|help ?desk|customer (?:service|care)"),
         _words(r"support|issues?|problems?|account|help|technical(?: questions?)?|passwords?|broken|not working"),
         (_QUESTIONS, _PASSWORD, _CRASH, _ACCOUNT, _INVOICE)),
    Role("the researcher", _words(r"research\w*"), _words(r"research|investigate|look into|find out")),
    Role("the writer", _words(r"writer|writing|editor"), _words(r"write|summar\w+|draft|article|essay")),
)  # fmt: skip
_DESKS = (_QUESTIONS, _PASSWORD, _CHARGES, _INVOICE, _UPGRADE, _FEATURES, _FAILURE, _CRASH, _ACCOUNT)
_SAYS_ROLE = re.compile(r"[^.!?\n]*\b(?:you are|you're|act as|you work)\b[^.!?\n]*", re.IGNORECASE)
_ABOUT_ACCOUNT = _words(r"(?:find|found|see|locate|check|open) my account|my account found")


def role_of(text: str) -> Role | None:
    """The role that a text names first, such as an agent's name or description."""
    found = [(match.start(), place, role) for place, role in enumerate(ROLES) if (match := role.known_by.search(text))]
    return min(found)[2] if found else None


def persona(request: Request) -> Role | None:
    """The role that the instructions give to the agent, in their first sentence or in the one that says `You are`."""
    first = re.split(r"(?<=[.!?])\s|\n", request.instructions, maxsplit=1)[0]
    told = _SAYS_ROLE.search(request.instructions)
    return role_of(first) or (role_of(told[0]) if told else None)


def fitness(role: Role | None, message: str) -> int:
    """How many words of a message are for this role."""
    return len({match.lower() for match in role.takes.findall(message)}) if role else 0


def desk(request: Request) -> str | None:
    """What a support, billing, technical or sales desk says; None if the message is about none of this."""
    message, role = request.message, persona(request)
    if _ABOUT_ACCOUNT.search(message):
        return in_role(role, _account(request))
    known = (*(role.advice if role else ()), *(() if only_states(message) else _DESKS))
    advice = next((text for pattern, text in known if pattern.search(message)), None)
    if advice is None:
        return None
    if advice is _UPGRADE[1] and not any(_FEATURES[0].search(text) for text in (message, *request.said("user"))):
        return in_role(role, f"Upgrade from what to what? {request.nothing} names a plan.")
    told = stated(message)
    seen = history_seen(request) if request.said("user") or not told else f"I can see that {told[-1].said}."
    return in_role(role, f"{seen} {advice}")


def in_role(role: Role | None, sentence: str) -> str:
    """`As billing, I can see …`; the sentence as it is without a role."""
    if role is None:
        return sentence
    return f"As {role.title}, {uncapital(sentence)}"


def history_seen(request: Request) -> str:
    """What the user wrote before, as the agent sees it."""
    mine = request.said("user")
    if not mine:
        return "I can see no earlier message of yours."
    return f"I can see that you wrote {listed([quote(text) for text in mine[-3:]])}."


def _account(request: Request) -> str:
    email = request.fact("email")
    if email is None:
        return f"{request.nothing} says which account is yours."
    lost = next((text for text in request.said("user") if _PASSWORD[0].search(text)), None)
    after = f" and that you wrote {quote(lost)}" if lost else ""
    return f"I can see that {email.said}{after}. I would look for the account by that, but I cannot open real accounts."
