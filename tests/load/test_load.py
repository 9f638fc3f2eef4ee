"""The load run finds what it looks for: each fault is planted here once."""

import asyncio
import json
import math
import random

import pytest

from tests.load import __main__ as command
from tests.load import visitor as walking
from tests.load.visitor import Met, Place, Told, Visitor
from tests.support.said import Said, foreign_secrets, history_faults, message, new_secret, said_in, shown_as_stored
from tests.support.st_client import FINISHED_OK, ForwardMsg, Timing
from tests.support.visitor_tab import VisitorTab

MINE, OTHER = "sw00000001", "sw00000002"
ASKED, REPLIED = Said(1, False), Said(1, True)
AGAIN, REPLIED_AGAIN = Said(2, False), Said(2, True)


def bubble(text: str, mark: str = "") -> dict[str, str]:
    """A line of the ledger."""
    stored = {} if mark == "unstored" else {"key": "1"}
    return {"id": "r1", "type": "item", "look": mark, "kind": "user", "text": text, **stored}


def ledger(*lines: dict[str, str]) -> str:
    return json.dumps([{"lines": lines, "at": "1"}])


def reply(secret: str, number: int) -> str:
    return f"I noted that you asked me to remember: {secret}x{number}."


def sent(html: str) -> bytes:
    """HTML, or what the ledger is given, as a server sends it."""
    forward = ForwardMsg()
    forward.metadata.delta_path[:] = [0, 0]
    if html.startswith("["):
        forward.delta.new_element.bidi_component.json = html
    else:
        forward.delta.new_element.html.body = html
    return forward.SerializeToString()


def test_a_secret_says_whose_message_it_is_and_which():
    assert said_in(message(MINE, 12), MINE) == Said(12, False)
    assert said_in(f'{{"text": "{reply(MINE, 12)}"}}', MINE) == Said(12, True)
    assert said_in(message(OTHER, 12), MINE) is None
    assert new_secret(random.Random(7)) == new_secret(random.Random(7)) != new_secret(random.Random(8))


def test_only_a_line_that_names_its_row_is_shown_as_stored():
    page = ledger(bubble(message(MINE, 1)), bubble(reply(MINE, 1)), bubble(message(MINE, 2), mark="unstored"))
    assert shown_as_stored(page, MINE) == [ASKED, REPLIED]
    for mark in ("removed", "gone"):
        assert shown_as_stored(ledger(bubble(message(MINE, 1), mark=mark)), MINE) == []


def test_a_history_in_order_has_no_fault():
    assert history_faults([ASKED, REPLIED, AGAIN, REPLIED_AGAIN], {ASKED, REPLIED_AGAIN}) == []
    # A killed turn leaves its message, and no reply.
    assert history_faults([ASKED, AGAIN, REPLIED_AGAIN], {AGAIN}) == []


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ([ASKED, AGAIN, REPLIED, REPLIED_AGAIN], "the reply to message 1 stands after message 2"),
        ([AGAIN, ASKED], "message 1 stands after message 2"),
        ([REPLIED, ASKED], "message 1 stands after the reply to message 1"),
        ([ASKED, ASKED, REPLIED], "message 1 is stored twice"),
        ([ASKED, REPLIED, ASKED], "message 1 stands after the reply to message 1"),
    ],
)
def test_rows_that_are_interleaved_reversed_or_doubled_are_found(rows, fault):
    assert history_faults(rows, ()) == [fault]


def test_an_acknowledged_row_that_is_not_stored_is_found():
    assert history_faults([ASKED, REPLIED], {ASKED, REPLIED, AGAIN}) == ["message 2 was acknowledged and is not stored"]


def test_the_tab_sees_a_leak_wherever_it_is_in_what_it_received():
    tab = VisitorTab("http://127.0.0.1:1", MINE)
    tab._apply(sent(ledger(bubble(message(MINE, 1)))))
    assert (tab.leaked, tab.stored) == (set(), {ASKED})
    tab._apply(sent(f'<p title="{message(OTHER, 3)}">Hello</p>'))
    assert tab.leaked == {OTHER}
    assert foreign_secrets(message(OTHER, 3).encode(), OTHER) == set()


def test_a_step_that_the_rows_do_not_show_is_a_problem_and_a_row_of_another_key_is_not():
    tab = VisitorTab("http://127.0.0.1:1", MINE)
    tab._apply(
        sent('<p><span class="not-held">✗ With this key the HMAC is wrong:</span> another key made this row</p>')
    )
    assert tab.problems == []
    tab._apply(sent('<p><span class="not-held">✗ The rows do not show it: compare them</span></p>'))
    assert tab.problems == ["✗ The rows do not show it: compare them"]


def test_the_tab_keeps_the_words_of_each_problem_that_it_was_shown():
    tab = VisitorTab("http://127.0.0.1:1", MINE)
    tab._apply(sent('<div class="problem" role="alert"><strong>The disk is full.</strong></div>'))
    tab._apply(sent(ledger({"id": "n1", "type": "note", "text": "It failed.", "rest": "Nothing was stored."})))
    assert tab.problems == ["The disk is full.", "It failed. Nothing was stored."]


class Page(VisitorTab):
    """A tab of a server that stores what it is told, and shows it as `draw` gives it."""

    draw = staticmethod(lambda rows: rows)
    first_sign_ms = 1.0

    def __init__(self, url: str, secret: str) -> None:
        super().__init__(url, secret)
        self.rows: list[str] = []

    async def open(self, *args: object, **how: object) -> Timing:
        return await self.rerun()

    async def change(self, label: str, value: str) -> Timing:
        assert label == "Session id"
        self.query_string = f"session={value}"
        return await self.rerun()

    async def rerun(self, **how: object) -> Timing:
        self._apply(sent(ledger(*map(bubble, type(self).draw(self.rows)))))
        return Timing(status=FINISHED_OK, first_delta_ms=self.first_sign_ms, total_ms=self.first_sign_ms)

    async def chat(self, text: str, *args: object, **how: object) -> Timing:
        number = int(text.rpartition("x")[2].rstrip("."))
        self.rows += [text, reply(self.secret, number)]
        return await self.rerun()


async def walked(monkeypatch, draw) -> Met:
    """What a visitor meets who stays at such a server for one lesson."""
    monkeypatch.setattr(walking, "VisitorTab", Page)
    monkeypatch.setattr(Page, "draw", staticmethod(draw))

    async def at_once(url: str) -> int:
        return 0

    monkeypatch.setattr(walking, "seconds_to_wait", at_once)
    met = Met()
    visitor = Visitor("http://127.0.0.1:1", 0, seed=1, seconds_apart=0, met=met)
    await visitor.arrive(0)
    await visitor.visit("basic", until=math.inf)
    await visitor.leave()
    return met


SERVERS = {
    "a good one": (lambda rows: rows, "", "", ""),
    "one that shows another visitor's row": (lambda rows: [*rows, message(OTHER, 1)], OTHER, "", ""),
    "one that loses the newest row": (lambda rows: rows[:-1], "", "", "are not shown as stored"),
    "one that mixes two turns": (lambda rows: rows[:1] + rows[2:3] + rows[1:2] + rows[3:], "", "stands after", ""),
    "one that loses an old row": (lambda rows: [rows[0], *rows[2:]] if len(rows) > 3 else rows, "", "not stored", ""),
    "one that loses everything at the end": (lambda rows: rows if len(rows) < 8 else [], "", "not stored", "not shown"),
    "one that stores a row twice": (lambda rows: rows[:1] + rows, "", "twice", ""),
}


@pytest.mark.parametrize("name", SERVERS)
def test_a_visitor_finds_what_is_wrong_with_a_server(name, monkeypatch):
    draw, leak, disorder, error = SERVERS[name]
    met = asyncio.run(walked(monkeypatch, draw))
    assert met.turns
    for planted, found in ((leak, met.leaks), (disorder, met.disordered), (error, met.errors)):
        assert bool(found) == bool(planted), found
        assert all(planted in words for words in found[:1])


@pytest.mark.parametrize("seconds", [2, 40])
def test_a_visitor_may_wait_but_not_without_a_sign(seconds, monkeypatch):
    monkeypatch.setattr(Page, "first_sign_ms", seconds * 1e3)
    met = asyncio.run(walked(monkeypatch, lambda rows: rows))
    assert [f"nothing was seen of it for {seconds} s" in words for words in met.errors] == [True] * len(met.errors)
    assert bool(met.errors) == (seconds > walking.SILENCE)


def test_what_a_visitor_saw_as_stored_must_be_in_the_files_at_the_end(tmp_path):
    session, place = "mine", Place("multi_session", "json_files", "mine")
    folder = tmp_path / "visitor" / "multi_session" / "json_sessions"
    folder.mkdir(parents=True)
    items = [{"content": message(MINE, 1)}, {"content": reply(MINE, 1)}]

    def disordered() -> list[str]:
        (folder / "mine.json").write_text(json.dumps({"session_id": session, "items": items}))
        met = Met(told=[Told("visitor", MINE, place, frozenset({ASKED, REPLIED}))])
        command.judge_storage(met, tmp_path)
        assert met.histories == 1
        return met.disordered

    assert disordered() == []
    items.pop()
    assert disordered() == [
        f"{MINE} in json_files of multi_session: the reply to message 1 was acknowledged and is not stored"
    ]


WRONG = {
    "nothing": (Met(histories=1), 20, ""),
    "an error": (Met(histories=1, errors=["planted"]), 20, "planted"),
    "a leak": (Met(histories=1, leaks=["planted"]), 20, "planted"),
    "a row out of order": (Met(histories=1, disordered=["planted"]), 20, "planted"),
    "no history that was compared": (Met(), 20, "in 0 histories"),
    "too many files": (Met(histories=1), 101, "the server had 101 files open"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_command_fails_when_anything_is_wrong_and_says_how_to_repeat_it(name, monkeypatch, tmp_path, capsys):
    met, files, words = WRONG[name]

    async def attend(*given: object) -> tuple[Met, list[command.Sample]]:
        return met, [command.Sample(0, 100, files, 5)]

    class Server:
        data = tmp_path
        url = "http://127.0.0.1:1"
        troubles = staticmethod(list)

        def __init__(self, *given: object, **settings: str) -> None: ...

        def __enter__(self):
            return self

        def __exit__(self, *exception: object) -> None: ...

    monkeypatch.setattr(command, "attend", attend)
    monkeypatch.setattr(command, "MeasuredServer", Server)
    monkeypatch.setattr(command.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    (tmp_path / "sessions-load-").mkdir()
    assert command.main(["--minutes", "0.1", "--seed", "4", "--pace", "heavy"]) == (name != "nothing")
    said = capsys.readouterr().out
    assert "python -m tests.load --visitors 30 --minutes 0.1 --pace heavy --seed 4" in said
    assert words in said
