"""What is logged during a test, for the tests that ask for it.

pytest's own plugin looks at every logger of the process twelve times for each test, whether it asks or not.
"""

import logging
from collections.abc import Iterator

import pytest


class Logged(logging.Handler):
    """Keeps every record, and its text as a log would show it."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)
        self.text += f"{self.format(record)}\n"


@pytest.fixture
def caplog() -> Iterator[Logged]:
    """All records from here on, also those of loggers that do not pass them on to the root, as Streamlit's."""
    found = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    loggers = [one for one in found if isinstance(one, logging.Logger) and (one is logging.root or not one.propagate)]
    logged = Logged()
    for logger in loggers:
        logger.addHandler(logged)
    yield logged
    for logger in loggers:
        logger.removeHandler(logged)
