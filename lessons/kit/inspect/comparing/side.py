"""What a run would do with one session under one setting."""

from dataclasses import dataclass

from lessons.kit.inspect.browse import in_time, look_at
from lessons.kit.inspect.dry_run import Settings, not_posted
from lessons.kit.inspect.findings.finding import sdk_version
from lessons.kit.inspect.stored import StoredSession


@dataclass(frozen=True)
class Side:
    """What a run would do under one setting. `rows` has for each row key what happens to the row, as data and in words.

    The data are: whether it is returned, whether it is sent, and why it is not posted although it is sent, or ''. `sent`
    counts the rows that are sent, `codes` are the codes of the findings, `raises` is what the run would raise. `order` is the
    sentence of `Picture.order`, `sdk` the version of the SDK.
    """

    rows: dict[int, tuple[tuple[bool, bool, str], str]]
    sent: int
    codes: tuple[str, ...]
    raises: str
    order: str
    sdk: str


def side_of(stored: StoredSession, settings: Settings, seconds: float | None = 20.0) -> Side:
    """The side in this process. Raises CannotRead if it takes longer than `seconds`; None means without a limit."""
    return in_time(_side(stored, settings), seconds, len(stored.rows))


async def _side(stored: StoredSession, settings: Settings) -> Side:
    picture = await look_at(stored, settings)
    outcome = await picture.case.run()
    posted = not_posted(settings.api, outcome.sent)
    rows = {
        one.key: (
            (one.returned, one.sent, posted.get(one.key, "")),
            _words(one.returned, one.sent, one.why, posted.get(one.key)),
        )
        for one in picture.rows
    }
    codes = tuple(dict.fromkeys(finding.code for finding in picture.findings))
    return Side(rows, picture.sent, codes, picture.raises, picture.order, sdk_version())


def _words(returned: bool, sent: bool, why: str, posted: str | None) -> str:
    if posted:
        return posted
    said = "sent" if sent else "returned and not sent" if returned else "not returned"
    return f"{said}: {why}" if why else said
