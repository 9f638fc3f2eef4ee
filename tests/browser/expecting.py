"""Playwright's `expect` with less work: each of its looks that fails describes the whole page, for a message that nobody reads.

So what a test mostly waits for is waited for first, which describes nothing.
"""

import re
from typing import Any, overload

from playwright.sync_api import Locator, LocatorAssertions, Page, PageAssertions
from playwright.sync_api import expect as playwright_expect


@overload
def expect(found: Page) -> PageAssertions: ...
@overload
def expect(found: Locator) -> LocatorAssertions: ...
def expect(found: Any) -> Any:
    """The assertions of Playwright on a page, or on what a locator finds."""
    return _WaitsFirst(found) if isinstance(found, Locator) else playwright_expect(found)


class _WaitsFirst:
    def __init__(self, found: Locator) -> None:
        self._found, self._assertions = found, playwright_expect(found)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assertions, name)

    def to_be_visible(self) -> None:
        self._found.wait_for()

    def to_be_hidden(self) -> None:
        self._found.wait_for(state="hidden")

    def to_have_count(self, count: int) -> None:
        if count:
            self._found.nth(count - 1).wait_for(state="attached")
        else:
            self._found.first.wait_for(state="detached")
        self._assertions.to_have_count(count)

    def to_contain_text(self, text: str | re.Pattern[str] | list[str]) -> None:
        if not isinstance(text, list):
            self._found.filter(has_text=text).first.wait_for(state="attached")
        self._assertions.to_contain_text(text)
