"""What the offline model says about itself, about sessions and memory, and about its tools."""

import re
from collections.abc import Sequence

from agents.handoffs import Handoff
from agents.tool import Tool

from lessons.kit.models.offline.language.text import capital, listed, quote, uncapital
from lessons.kit.models.offline.request import Request
from lessons.kit.models.offline.talk.word_meanings import WORDS

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
    r"(?: (?:mean|do|work|work here|here|for|to me|in (?:this app|the sdk|an agent)|exactly|actually|please))*\s*[?.!]*$",
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
    "session memory": WORDS["session"],
    "context": "The context of a request is all that a model is sent: instructions, tools and items.",
    "context window": "The context window is the number of tokens that a model can read in one request.",
    "token": "A token is a piece of a word. You pay for a hosted model by the token. My own counts are estimates.",
    "tool": "A tool is a function of yours that a model can ask for. The call and its output are two items.",
    "tool call": WORDS["tool call and output"],
    "memory": "",
    "database": "A database keeps rows on a disk or a server. A session can keep its items there.",
    "llm": "A language model. I am not one: I am a set of rules that stands in for it.",
    "prompt": "The text that a model is sent and has to answer: instructions and items.",
    "ttl": WORDS["TTL"],
    "stored": "Stored: kept as a row of the session.",
    "returned": "Returned: given by get_items() when a run reads the session.",
    "sent": "Sent: in the input of the model.",
    "history": "The items of a session that were stored before your message.",
}
_DIFFERENCE = re.compile(
    r"\b(?:difference between|compare|how (?:do|does|is|are)) (?P<a>[\w .-]{3,30}?)(?:\(\))? (?:and|with|different "
    r"from|to|from)"
    r" (?P<b>[\w .-]{3,30}?)(?:\(\))?(?: differ| different| compare)?\s*[?.]*$",
    re.IGNORECASE,
)
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
# Patterns of questions about storage, each with its answer.
_CODE = (
    'Make one with `session = SQLiteSession("user_1", "chat.db")` and give it to each run: `await Runner.run(agent, "Hi", '
    "session=session)`."
)
_STORAGE = tuple(
    (re.compile(pattern, re.IGNORECASE), said)
    for pattern, said in (
        (r"\bhow (?:can|do|should|would) (?:i|we|you) (?:use|create|make|add|open|start|get|write|set up) (?:a |an |the |my )?"
         r"(?:new )?(?:sessions?|memory)\b", _CODE),
        (r"\b(?:encrypt|hide|protect)\w*\b.{0,30}\b(?:session|data|messages?|rows?|memory)\b",
         'Wrap it: `EncryptedSession("user_1", underlying_session=session, encryption_key=key)`. What it stores is encrypted.'),
        (r"\bcan (?:i|we|you) use (?:a |an )?(?:redis|postgres\w*|mysql|mariadb|sqlite|mongo\w*|sqlalchemy)\b"
         r"|\b(?:which|what) (?:databases?|back ?ends?|storages?|session (?:class|type)\w*)\b.{0,60}\b(?:sessions?|the "
         r"sdk|supported|here)\b",
         "The SDK has SQLiteSession, AsyncSQLiteSession, AdvancedSQLiteSession, SQLAlchemySession for SQL databases, "
         "RedisSession, "
         "MongoDBSession, DaprSession, OpenAIConversationsSession, EncryptedSession and a session that compacts."),
        (r"\b(?:see|read|access|know|view|look into|get at|reach)\b.{0,40}\b(?:another|other|different|somebody else's"
         r"|someone else's|else's|his|her|their|[a-z]+'s) (?:\w+ )?(?:sessions?|rows?|chats?|conversations?|messages?|users?"
         r"|people)\b"
         r"|\b(?:other|another) (?:users?|people|persons?|sessions?)\b.{0,30}\b(?:see|read|access|view)\b"
         r"|\b(?:said|wrote|told you|asked) in (?:his|her|their|another|the other|a different) (?:session|chat|conversation)\b",
         "No: I am sent the rows of one session, the one of this run. Anyone who opens another session id reads its rows."),
        (r"\b(?:is|are|do|does|will|can|did|have)\b.{0,40}\b(?:sen[dt]|upload\w*|transmit\w*|leave|go(?:es)?|shared?)\b.{0,30}"
         r"\b(?:openai|internet|cloud|network|outside|anyone|anybody|third part\w+|online|anywhere)\b",
         f"{WHAT_IT_IS} inside this app: I send nothing anywhere. What is said with a session is stored as its rows."),
        (r"\b(?:what|why|how|where|explain)\b.{0,50}\b(?:the|this|that) (?:table|ledger|list|columns?|lines?|letters?)\b"
         r".{0,30}\b(?:right|left|below|here|shows?|means?|for|says?|about)\b"
         r"|\b(?:plus|minus)(?: sign| mark)?\b.{0,30}\b(?:rows?|lines?|means?)\b"
         r"|\bwhat (?:does|do|is|are) (?:the )?(?:\+|−|-|green|red|letters?)\b.{0,30}\b(?:rows?|lines?|means?|colou?rs?)\b",
         "Each line of the ledger is an item: its row, whether the session returned it, whether I was sent it, and why. + is "
         "a row that was added, − one that was removed. The tool Legend has the letters."),
        (r"\b(?:can|do|does|is|are|could)\b.{0,40}\b(?:shar|use the same|see the same)\w*\b",
         "All who open the same session id in the same store read the same rows: two agents, two runs or two users. "
         "A tool of an agent is not given the session by itself."),
        (r"\bsession (?:is|gets|was|runs) full\b|\bhow much (?:can|do|will) you (?:remember|know|keep|store)\b"
         r"|\b(?:max(?:imum)?|most|limit|how (?:many|big|large|long))\b.{0,30}\b(?:a|the|one|my) session\b",
         "A session has no limit of items. The context window of the model has one, and SessionSettings(limit=…) reads "
         "fewer items."),
        (r"\b(?:is|are) (?:this|it|that|the app|you) (?:for )?free\b|\bapi keys?\b",
         f"{WHAT_IT_IS}. I need no key and cost nothing. A hosted model needs a key."),
        (r"\bwhere (?:can|do) (?:i|we) (?:see|find|look at)\b.{0,20}\b(?:rows?|items|stored|messages|tables?|database)\b",
         "Each line of the ledger shows an item and its raw row. The tool Tables shows every table of the store."),
        (r"\bwhere (?:is|are|do|does|did|will)\b.{0,40}\b(?:stored?|saved?|kept|written)\b|\b(?:is|are) (?:this|it|that|my"
         r"|our|these)\b.{0,30}\b(?:stored|saved|recorded|kept|safe|private|secure)\b|\b(?:do|are|can|will) you (?:sav"
         r"|stor|record|keep|shar|sell|log)\w*"
         r"|\b(?:can|could|do|does|will) (?!i\b|you\b)[\w ]{2,20} (?:see|read|access) (?:my|this|our)\b"
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
        (r"^(?:please |can you |could you )*(?:clear|wipe|empty|reset|delete|erase) (?:the|this|our|my|all) (?:\w+ )?(?:chat"
         r"|session|history|memory|conversation|messages|rows)(?: history)?(?: please)?\s*[?.]*$"
         r"|\bcan you forget\b|\bhow (?:do|can) i (?:delete|remove|erase|clear|undo|reset)\b|\bhow to (?:delete|remove"
         r"|erase|clear|forget|reset)\b"
         r"|\bmake you forget\b",
         "pop_item() removes the newest row of a session, and clear_session() all of them. What is not stored is not sent "
         "to me."),
        (r"\b(?:do(?:es)?|will|is|are|can|did)\b.{0,50}\bpop(?:_item|ping|s)?\b.{0,40}\?",
         "pop_item() removes the newest row and nothing else, which is often my reply alone: your message stays until you pop "
         "it too."),
        (r"\b(?:do(?:es)?|will|is|are|can|did)\b.{0,60}\bclear(?:_session|ing|s)?\b.{0,50}\?",
         "clear_session() deletes the rows of one session id. The file or the database stays, and so do the rows of other "
         "sessions."),
        (r"\b(?:messages?|rows?|memory|sessions?|data|history|chats?)\b.*\b(?:server|app|program|computer|machine|process|power)\b"
         r".{0,20}\b(?:crash|die|stop|fail|restart|reboot|shut|go(?:es)? (?:down|off|away))\w*\s*\?"
         r"|\b(?:restart|reload|refresh|close)\b.*\?"
         r"|\bwhat happens (?:if|when|after) (?:i|you|the \w+|it) (?:restart"
         r"|reload|close|quit|leave|stop)",
         "Rows in a file or on a server are still there after a restart. Rows that are only in memory are lost with their "
         "session."),
        (r"\bwhat (?:happens|would happen) (?:if|when|after) i (?:clear|delete|reset)\b",
         "clear_session() deletes all rows of the session. The next run sends only your new message."),
        (r"\bwhat (?:happens|would happen) (?:if|when|after) i pop\b|\bhow (?:do|can) i undo\b",
         "pop_item() removes the newest row, which is often my reply alone: your message stays until you pop it too."),
        (r"\bhow many tokens\b|\bwhat (?:does|did) (?:this|it|that) cost\b|\bhow much (?:does|did) (?:this|it|that) cost\b",
         "I cost nothing, and my token counts are estimates from the length of the text."),
        (r"\bdifference between (?:a |the )?sessions? and (?:a |the )?runs?\b",
         "A session is what is stored. A run reads it, asks the model, and stores what is new."),
    )
)  # fmt: skip
_INSTRUCTIONS = re.compile(
    r"\bwhat (?:are your|instructions (?:do|did) you (?:have|get))\b(?=.*\binstructions\b)|\bwhat instructions\b"
    r"|\b(?:what(?:'s| is| are| were)|show|tell|read|repeat|print|give)(?: me)? (?:your|the) (?:system )?(?:instructions?"
    r"|system (?:prompt|message))\b",
    re.IGNORECASE,
)
_ABILITIES = re.compile(
    r"\bwhat (?:else )?(?:can|could) (?:you (?:do|help|answer)|i (?:ask|say|try))\b|^(?:please |i need |can you "
    r"|could you |get )*help(?: me)?(?: please)?\s*[?!.]*$|^(?:please |can you )*(?:give|show)(?: me)? (?:an "
    r"|some )?examples?\b"
    r"|\bwhat do you (?:do|know|understand)\b(?!.*\bme\b)|\bwhat should i (?:ask|say|try|type)\b",
    re.IGNORECASE,
)


def about_itself(request: Request, tools: Sequence[Tool], handoffs: Sequence[Handoff]) -> str | None:
    """The answer to a question about sessions, memory, the model's abilities or its tools. None for any other message."""
    message = request.message
    if _TOOLS.search(message):
        return _say_tools(tools, handoffs)
    if _INSTRUCTIONS.search(message):
        given = f"these instructions: {quote(request.instructions)}" if request.instructions else "no instructions"
        return f"I was given {given}. {request.sight}."
    if both := _DIFFERENCE.search(message):
        told = [said for term in (both["a"], both["b"]) if (said := _say_term(f"What is {term}?"))]
        if len(told) > 1:
            return f"{' '.join(told)} {request.sight}."
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
    """The meaning of a word of the SDK, as for `What is a handoff?`. None if the message does not ask for one."""
    match = _ASKS_TERM.search(message)
    if match is None:
        return None
    term = re.sub(r"(?<=\w\w)s$", "", match["term"].lower().strip())
    term = {"session_id": "session id", "sessions id": "session id", "memorie": "memory"}.get(term, term)
    if said := _MORE_TERMS.get(match["term"].lower().strip()):
        return said
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
