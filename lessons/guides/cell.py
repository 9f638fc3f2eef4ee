"""The cells and columns of the table of session types. Each cell names the source that proves its words."""

from collections.abc import Mapping
from dataclasses import dataclass

from lessons.guides.session_types import NAMES, OWN
from lessons.kit.sdk_version import Minor, since

INNER = "as the session inside"
YOURS = "as you write it"


@dataclass(frozen=True)
class Tried:
    """A test does it with the installed SDK and compares what happens with the words of the cell."""


@dataclass(frozen=True)
class TriedOnServers:
    """A test does it on real servers and compares what happens with the words of the cell.

    `servers` names them, `found` says in a sentence what happens there.
    """

    servers: str
    found: str


@dataclass(frozen=True)
class Read:
    """The source of the SDK, or of another `package`, says so: `file` of the package has `words`.

    A test looks them up, if the package is installed.
    """

    file: str
    words: str
    package: str = "agents"


@dataclass(frozen=True)
class Follows:
    """Follows from other columns of the same type, by their names."""

    columns: tuple[str, ...]


Source = Tried | TriedOnServers | Read | Follows


@dataclass(frozen=True)
class Cell:
    """What the table says of one session type in one column, and its source.

    `other_minors` says what is true with another minor of the SDK, '' where all supported minors do the same.
    """

    says: str
    source: Source
    other_minors: str = ""


@dataclass(frozen=True)
class Column:
    """One column: a cell for each of NAMES. `asks` says what the column is about."""

    name: str
    group: str
    asks: str
    cells: Mapping[str, Cell]


def tried(*says: str) -> list[Cell]:
    return [Cell(one, Tried()) for one in says]


def tried_since(minor: Minor, now: str, *, before: str) -> Cell:
    """The cell of the installed SDK, where it does `now` since `minor` and did `before` earlier."""
    named = ".".join(map(str, minor))
    return since(
        minor,
        Cell(now, Tried(), f"Before openai-agents {named}: {before}."),
        before=Cell(before, Tried(), f"Since openai-agents {named}: {now}."),
    )


def read(says: str, file: str, words: str) -> Cell:
    return Cell(says, Read(file, words))


def column(name: str, group: str, asks: str, cells: list[Cell]) -> Column:
    """A column with one cell for each of NAMES, in their order. Raises ValueError for too many or too few."""
    return Column(name, group, asks, dict(zip(NAMES, cells, strict=True)))


def source_words(type_name: str, of: Column) -> str:
    """The source of the type's cell in the column `of`, in a sentence or two, and what other minors of the SDK do."""
    cell = of.cells[type_name]
    return f"{_source_words(type_name, of.name, cell.source)} {cell.other_minors}".strip()


def _source_words(type_name: str, column_name: str, source: Source) -> str:
    match source:
        case Tried():
            kind = "your class" if type_name == OWN else type_name
            return f"Tried by a test with {kind}: tests/guides/test_cells.py, {column_name}."
        case TriedOnServers(servers, found):
            test = f"tests/guides/test_cells_on_servers.py, {column_name}"
            return f"Tried by a test with {type_name} on {servers}: {test}. {found}"
        case Read(file, words, package):
            quoted = f"{package}/{file} says “{' '.join(words.split())}”. A test looks it up"
            if package == "agents":
                return f"Read in the SDK's source: {quoted}."
            return f"Read in the source of {package}: {quoted} where {package} is installed."
        case Follows(columns):
            return f"Follows from the columns {', '.join(columns)}."
