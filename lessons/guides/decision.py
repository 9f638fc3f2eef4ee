"""The decision guide: a few questions, asked one after another, that end in one session type."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from lessons.guides import how_to_open
from lessons.guides.session_types import OWN, SessionType, session_type

SEPARATOR = "."


@dataclass(frozen=True)
class Ending:
    """A type and the code that opens it. `watch` adds warnings to those of the type, `why` replaces its reason."""

    type: str
    code: Callable[..., Any]
    watch: tuple[str, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Option:
    """One answer. `decides` says what follows from it, and `then` is the name of the next question.

    `ending` is the type that the answers end in, unless a later answer has another one; `wrapper` is put around it.
    """

    value: str
    label: str
    decides: str
    then: str = ""
    ending: Ending | None = None
    wrapper: Ending | None = None


@dataclass(frozen=True)
class Question:
    name: str
    asks: str
    options: tuple[Option, ...]

    def option(self, value: str) -> Option | None:
        return next((one for one in self.options if one.value == value), None)


@dataclass(frozen=True)
class Result:
    """The one type that the answers end in. If it is a wrapper, `inner` is the type inside."""

    ending: Ending
    inner: Ending | None = None

    @property
    def type(self) -> SessionType:
        return session_type(self.ending.type)

    @property
    def why(self) -> str:
        """How "Take it because …" ends."""
        inner = f"; inside, {_why(self.inner)}" if self.inner else ""
        return f"{_why(self.ending)}{inner}"

    @property
    def codes(self) -> tuple[Callable[..., Any], ...]:
        """The functions that open it, in the order in which they are called."""
        return (self.inner.code, self.ending.code) if self.inner else (self.ending.code,)

    @property
    def watch(self) -> tuple[str, ...]:
        own = self.inner.watch if self.inner else ()
        return (*self.ending.watch, *own, *self.type.watch)

    @property
    def pip(self) -> str:
        """The arguments of `pip install` for these types."""
        types = [self.type, *([session_type(self.inner.type)] if self.inner else [])]
        extras = sorted({extra for one in types for extra in one.extras})
        sdk = f'"openai-agents[{",".join(extras)}]"' if extras else "openai-agents"
        return " ".join([sdk, *(package for one in types for package in one.packages)])


@dataclass(frozen=True)
class Way:
    """How far the answers lead: the questions with their answers, then one more question or the result."""

    answered: tuple[tuple[Question, Option], ...]
    question: Question | None
    result: Result | None


def _why(ending: Ending) -> str:
    return ending.why or session_type(ending.type).why


SQLITE_FILE = Ending("SQLiteSession", how_to_open.in_a_file)
IN_MEMORY = "it needs only Python, and leaves no file behind"
MYSQL_WATCH = (
    "create_tables=True fails on MySQL and MariaDB. Make the two tables yourself, with session_id VARCHAR(255) and "
    "message_data LONGTEXT: the SDK's TEXT would hold 64 kB.",
    "No extra of the SDK installs aiomysql: python -m pip install aiomysql.",
)

QUESTIONS = (
    Question(
        "lasts",
        "How long must it remember?",
        (
            Option(
                "program",
                "As long as the program runs",
                "For tests and first tries: nothing to install, nothing to clean up.",
                ending=Ending("SQLiteSession", how_to_open.in_memory, why=IN_MEMORY),
            ),
            Option("longer", "Longer than that", "The rows need a place outside the program.", then="place"),
        ),
    ),
    Question(
        "place",
        "Where may the rows be?",
        (
            Option("file", "In a file", "One machine, any number of programs on it.", then="turns"),
            Option("server", "On a server that I run", "Any number of machines.", then="server"),
            Option(
                "openai",
                "At OpenAI",
                "You need no storage; every read is a request.",
                ending=Ending("OpenAIConversationsSession", how_to_open.at_openai),
            ),
        ),
    ),
    Question(
        "turns",
        "Do you want branches, or the tokens of each turn?",
        (
            Option(
                "yes",
                "Yes",
                "One class keeps both. Use it without a wrapper: wrappers lose them.",
                ending=Ending("AdvancedSQLiteSession", how_to_open.with_turns_and_branches),
            ),
            Option("no", "No", "Two plain tables are enough.", then="loop"),
        ),
    ),
    Question(
        "loop",
        "Does one event loop serve many sessions at once, as in an async web server?",
        (
            Option(
                "no",
                "No, or I do not know",
                "Works in any program, in any thread, on any event loop.",
                then="extra",
                ending=SQLITE_FILE,
            ),
            Option(
                "yes",
                "Yes, and always that one loop",
                "aiosqlite gives each session a connection in a separate thread.",
                then="extra",
                ending=Ending("AsyncSQLiteSession", how_to_open.in_a_file_async),
            ),
        ),
    ),
    Question(
        "server",
        "Which server?",
        (
            Option(
                "postgresql",
                "PostgreSQL",
                "Through SQLAlchemy; create_tables=True makes the tables.",
                then="extra",
                ending=Ending("SQLAlchemySession", how_to_open.in_a_database),
            ),
            Option(
                "mysql",
                "MySQL or MariaDB",
                "Through SQLAlchemy; you make the tables.",
                then="extra",
                ending=Ending("SQLAlchemySession", how_to_open.in_mysql, MYSQL_WATCH),
            ),
            Option(
                "redis",
                "Redis",
                "With ttl it deletes sessions that nobody has added to for a while.",
                then="extra",
                ending=Ending("RedisSession", how_to_open.in_redis),
            ),
            Option(
                "mongodb",
                "MongoDB",
                "One document for each batch of items.",
                then="extra",
                ending=Ending("MongoDBSession", how_to_open.in_mongodb),
            ),
            Option(
                "dapr",
                "A state store behind Dapr",
                "One value for each session.",
                then="extra",
                ending=Ending("DaprSession", how_to_open.in_dapr),
            ),
            Option(
                "other",
                "Another one",
                "The SDK does not have a class for it: you write four methods.",
                ending=Ending(OWN, how_to_open.YourSession),
            ),
        ),
    ),
    Question(
        "extra",
        "What else must the session do?",
        (
            Option("nothing", "Nothing more", "It stays the class that you have."),
            Option(
                "unreadable",
                "Keep what was said unreadable in the storage",
                "A wrapper encrypts each item, and can let items expire.",
                wrapper=Ending("EncryptedSession", how_to_open.encrypted),
            ),
            Option(
                "long",
                "Shorten conversations that grow too long",
                "With a wrapper, OpenAI compacts them. It is only for models of the Responses API.",
                wrapper=Ending("OpenAIResponsesCompactionSession", how_to_open.compacted),
            ),
        ),
    ),
)


def follow(answers: Sequence[str]) -> Way:
    """Where these answers lead. An answer that is not an option of the question at its place ends the way there."""
    answered: list[tuple[Question, Option]] = []
    ending: Ending | None = None
    question: Question | None = QUESTIONS[0]
    for answer in answers:
        option = question.option(answer) if question else None
        if question is None or option is None:
            break
        answered.append((question, option))
        ending = option.ending or ending
        question = _question(option.then)
    if question is not None or ending is None:
        return Way(tuple(answered), question, None)
    wrapper = answered[-1][1].wrapper
    return Way(tuple(answered), None, Result(wrapper, ending) if wrapper else Result(ending))


def still_possible(answers: Sequence[str]) -> list[str]:
    """The session types in which these answers can still end, each with what it is put around, in the order of the answers."""
    way = follow(answers)
    if way.result is not None:
        inner = f" around {way.result.inner.type}" if way.result.inner else ""
        return [f"{way.result.type.name}{inner}"]
    given = [option.value for _, option in way.answered]
    options = way.question.options if way.question is not None else ()
    found = [name for option in options for name in still_possible([*given, option.value])]
    return list(dict.fromkeys(found))


def is_a_way(answers: Sequence[str]) -> bool:
    """Whether every answer is an option of the question at its place."""
    return len(follow(answers).answered) == len(answers)


def _question(name: str) -> Question | None:
    return next((one for one in QUESTIONS if one.name == name), None)
