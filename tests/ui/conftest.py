"""The pages are run by Streamlit's AppTest, without a server and without a browser."""

from collections.abc import Iterator
from copy import copy
from functools import cache
from unittest.mock import Mock

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.navigation import page
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner
from streamlit.testing.v1.local_script_runner import LocalScriptRunner

from lessons.kit.visitors.workspace import new_visitor

_SERVER = dir(Runtime)
_page = cache(page._create_page)
_give_up = local_script_runner.require_widgets_deltas


def _wait_for_the_end(runner: LocalScriptRunner, timeout: float) -> None:
    """Wait for the thread of the script. Streamlit's own function asks a thousand times a second whether it has ended."""
    assert runner._script_thread is not None
    runner._script_thread.join(timeout)
    if not runner.script_stopped():
        _give_up(runner, 0)  # stops the script, and raises what AppTest raises


@pytest.fixture(scope="session", autouse=True)
def _each_run_is_cheap() -> Iterator[None]:
    """The work that AppTest repeats for every page, and that takes most of its time, is done once or not at all."""
    scripts = ScriptCache()
    with pytest.MonkeyPatch.context() as patch:
        # Each AppTest reads the metadata of every installed package, to find components.
        patch.setattr(manifest_scanner, "scan_component_manifests", cache(manifest_scanner.scan_component_manifests))
        # Each run compiles the entry and the page, as a server does once.
        patch.setattr(app_test, "ScriptCache", lambda: scripts)
        # Each run makes a stand-in for the server; a MagicMock makes a class with a hundred methods for it, and a Mock of a
        # class looks at each of them.
        patch.setattr(app_test, "MagicMock", lambda spec: Mock(spec=_SERVER))
        # Each run looks for the file of every page, as a server does for its first visitor only.
        patch.setattr(page, "_create_page", lambda file, *, default=False: copy(_page(file, default=default)))
        patch.setattr(local_script_runner, "require_widgets_deltas", _wait_for_the_end)
        yield


@pytest.fixture
def visitor() -> str:
    """The name of a visitor who comes for the first time."""
    return new_visitor()
