"""One profile of Chromium for many tests: its caches make opening a page half the work that it is in a new profile."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

WAIT_MS = 60_000
STORED = "cookies,local_storage,indexeddb,service_workers"
"""What a site stores in a profile. The files and the compiled scripts of a visit before may stay: they change nothing."""

STILL = """const style = new CSSStyleSheet();
style.replaceSync("[data-testid=stSkeleton] { animation: none !important; }");
document.adoptedStyleSheets.push(style);"""
"""Streamlit's placeholders pulse while a page is loaded, and each of these frames is drawn without a graphics card."""


class Profile:
    """Opens pages as a new visitor's browser would.

    The first page of each visitor is the same tab: its process has read the scripts already. `watch` is given each context.
    """

    def __init__(self, browser: Browser, watch: Callable[[BrowserContext], None]) -> None:
        self._browser, self._watch = browser, watch
        self._context: BrowserContext | None = None
        self._tab: Page | None = None
        self._devtools: CDPSession | None = None
        self._opened: list[Page] = []
        self._own_contexts: list[BrowserContext] = []
        self._sites: set[str] = set()

    def open(self, url: str, width: int = 1440, height: int = 1000, **options: Any) -> Page:
        """A page at `url`. With `options` of `new_context` it is in its own context."""
        page = self._new_page(options)
        page.set_default_timeout(WAIT_MS)
        page.set_viewport_size({"width": width, "height": height})
        self._opened.append(page)
        self._sites.add("{0.scheme}://{0.netloc}".format(urlsplit(url)))
        page.goto(url)
        return page

    def forget_visitor(self) -> None:
        """Leave nothing of this visitor to the next: no page, nothing stored, and a tab that is like new."""
        for context in self._own_contexts:
            context.close()
        for page in self._opened:
            if page is not self._tab and not page.is_closed():
                page.close()
        if self._tab in self._opened:
            self._clean(self._tab)
        self._opened, self._own_contexts, self._sites = [], [], set()

    def close(self) -> None:
        """Close all pages. The next visitor gets a context whose caches are empty, too."""
        for context in (*self._own_contexts, self._context):
            if context:
                context.close()
        self._context = self._tab = self._devtools = None
        self._opened, self._own_contexts, self._sites = [], [], set()

    def _new_page(self, options: dict[str, Any]) -> Page:
        if options:
            context = self._new_context(options)
            self._own_contexts.append(context)
            return context.new_page()
        if self._context is None:
            self._context = self._new_context({})
            self._tab = self._context.new_page()
            self._devtools = self._context.new_cdp_session(self._tab)
        return self._context.new_page() if self._tab in self._opened else self._tab

    def _new_context(self, options: dict[str, Any]) -> BrowserContext:
        context = self._browser.new_context(**options)
        context.add_init_script(STILL)
        self._watch(context)
        return context

    def _clean(self, tab: Page) -> None:
        tab.evaluate("sessionStorage.clear()")
        tab.mouse.move(0, 0)
        tab.goto("about:blank")
        tab.emulate_media(color_scheme="light", reduced_motion="no-preference", forced_colors="none")
        for site in self._sites:
            self._devtools.send("Storage.clearDataForOrigin", {"origin": site, "storageTypes": STORED})
        self._devtools.send("Page.resetNavigationHistory")
