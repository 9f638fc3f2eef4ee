"""Which messages a browser surely still has, so that the server sends only their hash.

A browser keeps a message for some runs, and names all that it has when it asks for a run. While that request travels, the end
of the run before it can reach the browser, which then removes what has become too old. If the server sent only the hash of such
a message, the page would end with "Cached ForwardMsg MISS". On a slow network two quick clicks were enough. So the server
counts as the browser does, and sends what may have been removed once more.
"""

from typing import Any
from weakref import WeakKeyDictionary

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner.script_runner import ScriptRunnerEvent

EVENT = "_on_scriptrunner_event"
"""A private name of Streamlit. If it is missing, Streamlit keeps its own way."""

RUNS = 2
"""After how many runs that did not draw a message it is sent whole again. A browser keeps it longer by two runs: that is
`maxCachedMessageAge` in .streamlit/config.toml. What is drawn while a new run begins may never reach it."""


class Kept:
    """The messages that the browser of one tab has, by hash: the run that drew each last, and whether a fragment did."""

    def __init__(self) -> None:
        self._run = 0
        self._drawn: dict[str, tuple[int, bool]] = {}

    def draw(self, message: ForwardMsg) -> None:
        """Note a message that is sent, whole or as a hash."""
        if message.WhichOneof("type") == "ref_hash":
            of_fragment = self._drawn.get(message.ref_hash, (0, False))[1]
            self._drawn[message.ref_hash] = self._run, of_fragment
        elif message.metadata.cacheable:
            self._drawn[message.hash] = self._run, bool(message.delta.fragment_id)

    def end(self, *, of_fragment: bool) -> None:
        """Note the end of a run. After a run of fragments the browser removes only what fragments drew."""
        self._run += 1
        for key, (run, drawn_by_fragment) in list(self._drawn.items()):
            if self._run - run > RUNS and (drawn_by_fragment or not of_fragment):
                del self._drawn[key]

    def among(self, named: frozenset[str]) -> frozenset[str]:
        """Those of the messages that the browser has named that it surely still has."""
        return named & self._drawn.keys()


def send_again_what_may_be_gone() -> None:
    """Have every run send whole what the browser may have removed since it asked for the run."""
    if not hasattr(AppSession, EVENT):
        return
    pass_on, of_tab = getattr(AppSession, EVENT), WeakKeyDictionary[AppSession, Kept]()

    def tell(tab: AppSession, sender: object, event: ScriptRunnerEvent, **what: Any) -> None:
        # In the thread of the run, so all is in order: no other run of the tab ends before this one begins.
        kept = of_tab.setdefault(tab, Kept())
        if event is ScriptRunnerEvent.ENQUEUE_FORWARD_MSG:
            kept.draw(what["forward_msg"])
        elif event is ScriptRunnerEvent.SCRIPT_STARTED:
            run = get_script_run_ctx()
            if run is not None:
                run.cached_message_hashes = kept.among(run.cached_message_hashes)
        elif event is ScriptRunnerEvent.SCRIPT_STOPPED_WITH_SUCCESS:
            kept.end(of_fragment=False)
        elif event is ScriptRunnerEvent.FRAGMENT_STOPPED_WITH_SUCCESS:
            kept.end(of_fragment=True)
        pass_on(tab, sender, event, **what)

    setattr(AppSession, EVENT, tell)
