"""What the offline model says about itself, about sessions and memory, and about its tools."""

import re
from collections.abc import Sequence

from agents.handoffs import Handoff
from agents.tool import Tool

from lessons.kit.models.offline.language.text import capital, listed, uncapital
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.talk.sdk_words import WORDS

WHAT_IT_IS = "I am a small rule-based stand-in for a model"

_TOOLS = re.compile(
    r"\b(?:what|which|list|show|any|have you|do you have|can you use|do you use)\b.{0,20}(?<! a )(?<!'s )\b(?:tools"
    r"|functions|plugins|handoffs"
    r"|tool (?:do|can|have|were))\b.{0,30}$",
    re.IGNORECASE,
)
_TERMS = {name.lower(): name for name in WORDS}
_ASKS_TERM = re.compile(
    r"\b(?:what(?:'s| is| are| does| do)|how (?:do|does)|explain|tell me about|define|meaning of)(?: the (?:word|term))?"
    r"(?: a| an| the| this| my| your)? [\"“']?(?P<term>[\w .-]{3,40}?)(?:\(\))?[\"”']?"
    r"(?: (?:mean|do|work|work here|here|for|in (?:this app|the sdk|an agent)|exactly|actually|please))*\s*[?.!]*$",
    re.IGNORECASE,
)
_MORE_TERMS = {
    "pop_item": "pop_item() removes the newest row of a session and returns its item.",
    "add_items": "add_items() stores items at the end of a session. No model is asked.",
    "get_items": "get_items() returns the items of a session, all of them or the newest few.",
    "clear_session": "clear_session() deletes all rows of a session.",
    "sqlitesession": "SQLiteSession is the SDK's session class that keeps its rows in a SQLite file, or in memory.",
    "encryptedsession": "EncryptedSession wraps another session and encrypts what it stores.",
    "redissession": "RedisSession keeps the items of a session in a list on a Redis server.",
    "sqlalchemysession": "SQLAlchemySession keeps its rows in a SQL database, such as PostgreSQL.",
    "advancedsqlitesession": "AdvancedSQLiteSession keeps its rows in SQLite, with branches and usage.",
    "session class": "A session class has get_items, add_items, pop_item and clear_session. SQLiteSession is one.",
    "runner": "Runner runs an agent: it reads the session, asks the model, calls tools, and stores what is new.",
    "context": "The context of a request is all that a model is sent: instructions, tools and items.",
    "context window": "The context window is the number of tokens that a model can read in one request.",
    "token": "A token is a piece of a word. A model is paid by tokens. My own counts are estimates.",
    "tool": "A tool is a function of yours that a model can ask for. The call and its output are two items.",
    "tool call": WORDS["tool call and output"],
    "memory": "",
    "database": "A database keeps rows on a disk or a server. A session can keep its items there.",
    "llm": "A language model. I am not one: I am a set of rules that stands in for it.",
    "prompt": "What a model is asked, with all that it is sent along.",
    "ttl": WORDS["TTL"],
    "history": "The items of a session that were stored before your message.",
}
_MEMORY = re.compile(
    r"\bhow (?:does|do|is|can|are)\b.{0,30}\b(?:memory|remember|remembering|recall)\b"
    r"|\b(?:what(?:'s| is)|explain) (?:agent |the |your |this )?memory\b"
    r"|\bdo you (?:have (?:a |any )?memory|remember (?:things|everything|anything|conversations?|messages))\b"
    r"|\bhow (?:does|do) (?:this|it|the app|you) work\b|\bwhat is (?:this|this app|going on here)\b"
    r"|\b(?:can|do) you (?:see|read|access) (?:my |our )?(?:previous|earlier|old|other|past) (?:messages?|chats?"
    r"|conversations?)\b"
    r"|\bwhat(?:'s| is) (?:in|on) your (?:memory|mind|context)\b|\b(?:have|did) we (?:talked|spoken|met|talk|meet"
    r"|chatted)\b.{0,10}\bbefore\b"
    r"|\bwhat (?:did|do) you (?:receive|get)\b|\bwhat (?:were|are) you sent\b",
    re.IGNORECASE,
)
# What is asked about storage, and the answer.
_STORAGE = tuple(
    (re.compile(pattern, re.IGNORECASE), said)
    for pattern, said in (
        (r"\bwhere (?:is|are|do|does|did|will)\b.{0,40}\b(?:stored?|saved?|kept|written)\b|\b(?:is|are) (?:this|it|that|my"
         r"|our|these)\b.{0,30}\b(?:stored|saved|recorded|kept|safe|private|secure)\b|\b(?:do|are|can|will) you (?:sav"
         r"|stor|record|keep|shar|sell|log)\w*"
         r"|\bwho (?:can|could) (?:see|read)\b|\bwhere does (?:my|this|the) data\b",
         "What is said with a session is stored as rows of that session, in its file, database or server. I keep nothing."),
        (r"\bwhy (?:did|do|don't|didn't|can't|won't|are|aren't)\b.{0,12}\byou\b.{0,12}\b(?:forget|forgot|know|remember"
         r"|recall)\b"
         r"|\byou forgot\b|\bwhy (?:is|was) (?:it|my name) forgotten\b",
         "I know only what I am sent. Other session, no session, a limit, or deleted rows: then it is not sent, and I do "
         "not know it."),
        (r"\bhow long (?:do|will|can) you (?:remember|keep|store|know)\b|\bwill you (?:still )?(?:remember|know)\b"
         r"|\bdo you forget\b"
         r"|\bfor how long\b.{0,20}\b(?:remember|stored|kept)\b",
         "I keep nothing. As long as the rows are stored and the session returns them, they are sent to me, and I know them."),
        (r"\bcan you forget\b|\bhow (?:do|can) i (?:delete|remove|erase|clear|undo|reset)\b|\bhow to (?:delete|remove"
         r"|erase|clear|forget|reset)\b"
         r"|\bmake you forget\b",
         "pop_item() removes the newest row of a session, and clear_session() all of them. What is not stored is not sent "
         "to me."),
        (r"\b(?:restart|reload|refresh|close)\b.*\?|\bwhat happens (?:if|when|after) (?:i|you|the \w+|it) (?:restart"
         r"|reload|close|quit|leave|stop)",
         "Rows in a file or on a server are still there after a restart. Rows that are only in memory are lost with their "
         "session."),
        (r"\bwhat (?:happens|would happen) (?:if|when|after) i (?:clear|delete|reset)\b",
         "clear_session() deletes all rows of the session. The next run is sent only your new message."),
        (r"\bwhat (?:happens|would happen) (?:if|when|after) i pop\b|\bhow (?:do|can) i undo\b",
         "pop_item() removes the newest row, which is often my reply alone: your message stays until you pop it too."),
        (r"\bhow many tokens\b|\bwhat (?:does|did) (?:this|it|that) cost\b|\bhow much (?:does|did) (?:this|it|that) cost\b",
         "I cost nothing, and my token counts are estimates from the length of the text."),
        (r"\bdifference between (?:a |the )?sessions? and (?:a |the )?runs?\b",
         "A session is what is stored. A run reads it, asks the model, and stores what is new."),
    )
)  # fmt: skip
_ABILITIES = re.compile(
    r"\bwhat (?:else )?(?:can|could) (?:you (?:do|help|answer)|i (?:ask|say|try))\b|^(?:please |i need |can you "
    r"|could you |get )*help(?: me)?(?: please)?\s*[?!.]*$|^(?:please |can you )*(?:give|show)(?: me)? (?:an "
    r"|some )?examples?\b"
    r"|\bwhat do you (?:do|know|understand)\b(?!.*\bme\b)|\bwhat should i (?:ask|say|try|type)\b",
    re.IGNORECASE,
)


def about_itself(request: Request, tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> str | None:
    """The answer to a question about sessions, memory, its abilities or its tools; None if the message asks none of these."""
    message = request.message
    if _TOOLS.search(message):
        return _say_tools(tools, handoffs)
    if (said := _say_term(message)) is not None:
        return f"{said} {request.sight}."
    if _MEMORY.search(message):
        return (
            "I keep nothing between two requests. What was said is stored as rows. Before each run they are read and sent to "
            "me "
            f"again, and I answer from what I am sent. {request.sight}."
        )
    if said := next((said for pattern, said in _STORAGE if pattern.search(message)), ""):
        return f"{said} {request.sight}."
    if _ABILITIES.search(message):
        return (
            "I can remember what you tell me about yourself as long as it is sent to me: your name, where you live, what you "
            "like, what you work as. I can also do sums, answer questions about our conversation, and use the tools that an "
            f"agent has. {WHAT_IT_IS}."
        )
    return None


def _say_term(message: str) -> str | None:
    """What a word of the SDK means: an answer to `What is a handoff?`; None where the message asks for no such word."""
    match = _ASKS_TERM.search(message)
    if match is None:
        return None
    term = re.sub(r"(?<=\w\w)s$", "", match["term"].lower().strip())
    term = {"session_id": "session id", "sessions id": "session id", "memorie": "memory"}.get(term, term)
    if name := _TERMS.get(term) or _TERMS.get(f"{term} item"):
        return f"{capital(name)}: {uncapital(WORDS[name])}"
    return _MORE_TERMS.get(term) or None


def _say_tools(tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> str:
    names = [tool.name for tool in tools]
    agents = [handoff.agent_name for handoff in handoffs]
    said = (
        f"I was given {'the tool' if len(names) == 1 else 'the tools'} {listed(names)}."
        if names
        else "I was given no tools."
    )
    return f"{said} I can hand over to {listed(agents)}." if agents else said
