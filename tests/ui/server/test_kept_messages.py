"""The server sends only the hash of a message if the browser surely still has it."""

import asyncio
import tomllib

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent

from lessons.ui.server import kept_messages
from lessons.ui.server.kept_messages import EVENT, RUNS, Kept, send_again_what_may_be_gone
from tests.support.app_server import ROOT, served
from tests.support.tab import Tab


def part(name: str, fragment: str = "") -> ForwardMsg:
    """A part of a page that a browser may keep."""
    message = ForwardMsg(hash=name)
    message.metadata.cacheable = True
    message.delta.fragment_id = fragment
    return message


def had(kept: Kept, *names: str) -> set[str]:
    return set(kept.among(frozenset(names)))


def test_what_the_browser_removes_at_the_end_of_a_run_is_sent_whole_to_the_next_one_that_named_it_before_that_end():
    kept = Kept()
    kept.draw(part("tool"))
    for _ in range(RUNS):
        kept.end(of_fragment=False)
        assert had(kept, "tool") == {"tool"}
    kept.end(of_fragment=False)
    assert had(kept, "tool") == set()


def test_what_is_drawn_again_as_a_hash_stays():
    kept = Kept()
    kept.draw(part("tool"))
    for _ in range(2 * RUNS):
        kept.end(of_fragment=False)
        kept.draw(ForwardMsg(ref_hash="tool"))
    assert had(kept, "tool") == {"tool"}


def test_the_end_of_a_message_removes_only_what_fragments_drew():
    kept = Kept()
    kept.draw(part("card"))
    kept.draw(part("ledger", "bench"))
    for _ in range(RUNS + 1):
        kept.end(of_fragment=True)
    assert had(kept, "card", "ledger") == {"card"}


def test_what_was_never_sent_in_this_connection_is_not_taken_for_kept():
    assert had(Kept(), "tool") == set()


def test_the_browser_keeps_a_message_for_longer_than_the_server_counts_on_it():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["global"]["maxCachedMessageAge"] == RUNS + 2


def test_each_run_of_a_tab_begins_with_what_its_browser_surely_has(monkeypatch: pytest.MonkeyPatch):
    passed_on = list[ScriptRunnerEvent]()
    monkeypatch.setattr(AppSession, EVENT, lambda tab, sender, event, **what: passed_on.append(event))

    class Run:
        cached_message_hashes = frozenset[str]()

    class Tab:
        pass

    run, tab, other_tab = Run(), Tab(), Tab()
    monkeypatch.setattr(kept_messages, "get_script_run_ctx", lambda: run)
    send_again_what_may_be_gone()
    tell = getattr(AppSession, EVENT)

    def begin(tab: Tab) -> set[str]:
        run.cached_message_hashes = frozenset({"tool"})
        tell(tab, None, ScriptRunnerEvent.SCRIPT_STARTED)
        return set(run.cached_message_hashes)

    assert begin(tab) == set()
    tell(tab, None, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG, forward_msg=part("tool"))
    tell(tab, None, ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS)
    assert (begin(tab), begin(other_tab)) == ({"tool"}, set())
    for _ in range(RUNS):
        tell(tab, None, ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS)
    assert begin(tab) == set()
    assert len(passed_on) == 6 + RUNS


class TabThatNamesAll(Tab):
    """It names every message that it was ever sent, as a browser does whose cache is emptied while its request travels."""

    _max_cache_age = property(lambda tab: 99, lambda tab, age: None)


@pytest.mark.server
def test_the_server_sends_whole_what_was_not_drawn_in_the_last_runs_although_the_browser_named_it(tmp_path):
    whole, hashes = set[str](), set[str]()

    def note(message: ForwardMsg, _: float) -> None:
        if message.WhichOneof("type") == "ref_hash":
            hashes.add(message.ref_hash)
        elif message.metadata.cacheable:
            whole.add(message.hash)

    async def go_away_and_come_back(url: str) -> tuple[set[str], set[str]]:
        async with TabThatNamesAll(url) as tab:
            tab.on_msg = note
            await tab.open("basic")
            on_basic = set(whole)
            whole.clear()
            await tab.switch_page("Compare")
            for _ in range(RUNS):
                await tab.rerun()
            only_on_basic = on_basic - whole - hashes
            whole.clear()
            hashes.clear()
            await tab.switch_page("Basic sessions")
            return only_on_basic & whole, only_on_basic & hashes

    with served(tmp_path) as server:
        sent_whole, sent_as_hash = asyncio.run(go_away_and_come_back(server.url))
    assert sent_whole
    assert sent_as_hash == set()
