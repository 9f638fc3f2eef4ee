"""What a person waits for in Chromium: the first visit to a new server, and the reply to a message."""

import asyncio
import shutil
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

from tests.bench.pages import lesson_page
from tests.bench.rows import BASELINE
from tests.bench.table import Figure, at_most, spread
from tests.support.app_server import APP
from tests.support.measuring import MeasuredServer
from tests.support.tab import Tab

STARTS, QUICK_STARTS = 5, 2
MESSAGES, QUICK_MESSAGES = 12, 5
AIM_CONTENT_MS, AIM_REPLY_MS = 1_200, 80

# Notes when each of these is first visible, in milliseconds since the navigation began.
_WATCH = """
window.firstSeen = {};
const wanted = %s;
const look = () => {
  for (const [name, selector] of Object.entries(wanted)) {
    const found = document.querySelector(selector);
    if (!(name in firstSeen) && found && found.getClientRects().length) firstSeen[name] = performance.now();
  }
  requestAnimationFrame(look);
};
look();
"""
_PARTS = (
    '{navigation: "[data-testid=stSidebarNavLink]", content: "h1", rows: ".st-key-bench", '
    'button: "[class*=st-key-next-step-] button"}'
)
_EMPTY_PARTS = '{content: "[data-testid=stText]"}'

# From the Enter key to the reply in the document. The ledger is a component with its own shadow root.
_REPLY = """
(wanted) => new Promise((done) => {
  let start;
  document.addEventListener("keydown", (event) => { if (event.key === "Enter") start ??= performance.now(); },
    {capture: true, once: true});
  const roots = [document.body, ...[...document.querySelectorAll("*")].map((one) => one.shadowRoot).filter(Boolean)];
  const observer = new MutationObserver(() => {
    if (start !== undefined && roots.some((root) => root.textContent.includes(wanted))) {
      observer.disconnect();
      done(performance.now() - start);
    }
  });
  for (const root of roots) observer.observe(root, {childList: true, subtree: true, characterData: true});
})
"""


def available() -> bool:
    try:
        import playwright.async_api  # noqa: F401
    except ImportError:
        return False
    return shutil.which("chromium") is not None


def measure(folder: Path, quick: bool) -> list[Figure]:
    return asyncio.run(_measure(folder, quick))


async def _measure(folder: Path, quick: bool) -> list[Figure]:
    async with _chromium() as browser:
        figures = await _first_visits(browser, folder, QUICK_STARTS if quick else STARTS)
        figures += await _replies(browser, folder, QUICK_MESSAGES if quick else MESSAGES)
    return figures


@asynccontextmanager
async def _chromium():
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


async def _first_visits(browser, folder: Path, starts: int) -> list[Figure]:
    seen: dict[str, list[float]] = {"navigation": [], "content": [], "rows": [], "button": []}
    empty, healthy, early = [], [], 0
    for number in range(starts):
        with MeasuredServer(BASELINE, folder / f"empty-{number}") as server:
            empty.append((await _first_visit(browser, server.url, _EMPTY_PARTS, "content"))["content"])
        with MeasuredServer(APP, folder / f"app-{number}") as server:
            healthy.append(server.start_ms)
            times = await _first_visit(browser, f"{server.url}/basic", _PARTS, "button")
            for name, values in seen.items():
                values.append(times[name])
        with MeasuredServer(APP, folder / f"order-{number}") as server:
            early += not await _sdk_is_loaded_at_navigation(server)
    content = median(seen["content"])
    return [
        Figure("cold start", "first visitor: navigation visible", "ms", median(seen["navigation"]), median(empty),
               note=spread(seen["navigation"])),
        Figure("cold start", "starts in which navigation came before the SDK was imported", "", early, None,
               aim=f"{starts} of {starts}", met=early == starts),
        Figure("cold start", "first visitor: first content (h1) visible", "ms", content, median(empty),
               **at_most(AIM_CONTENT_MS, "ms", content), note=spread(seen["content"])),
        Figure("cold start", "first visitor: ledger visible", "ms", median(seen["rows"]), median(empty)),
        Figure("cold start", "first visitor: button of the first step visible", "ms", median(seen["button"]), median(empty),
               note=f"{spread(seen['button'])}; server healthy after {median(healthy):.0f} ms"),
    ]  # fmt: skip


async def _first_visit(browser, url: str, parts: str, last: str) -> dict[str, float]:
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    try:
        page = await context.new_page()
        await page.add_init_script(_WATCH % parts)
        await page.goto(url)
        await page.wait_for_function(f"window.firstSeen && {last!r} in window.firstSeen", timeout=30_000)
        return await page.evaluate("window.firstSeen")
    finally:
        await context.close()


async def _sdk_is_loaded_at_navigation(server: MeasuredServer) -> bool:
    """Whether the server had loaded the SDK (its pydantic_core, which Streamlit does not use) when the navigation came."""
    found: list[bool] = []

    def look(message, milliseconds: float) -> None:
        if message.WhichOneof("type") == "navigation" and not found:
            found.append(server.has_loaded("pydantic_core"))

    tab = Tab(server.url)
    tab.on_msg = look
    async with tab:
        await tab.open(lesson_page())
    if not server.has_loaded("pydantic_core"):
        raise RuntimeError("the SDK was never seen to be loaded")
    return found[0]


async def _replies(browser, folder: Path, messages: int) -> list[Figure]:
    with MeasuredServer(APP, folder / "app") as app, MeasuredServer(BASELINE, folder / "baseline") as baseline:
        pages = {"app": f"{app.url}/basic", "bare": baseline.url}
        taken: dict[str, list[float]] = {name: [] for name in pages}
        # Each in its own process. In one, the bare page takes time from the app: it looks at its layout 60 times a second.
        opened = {name: await browser.new_page(viewport={"width": 1440, "height": 900}) for name in pages}
        for name, page in opened.items():
            await page.goto(pages[name])
            if name == "app":  # the SDK is loaded, and the ledger is drawn
                await page.locator("[class*=st-key-next-step-] button").wait_for()
                await page.locator(".stBidiComponent .ledger").first.wait_for()
            await _ask(page, 999)  # the first message loads what is loaded late
        for number in range(messages):
            for name, page in opened.items():
                await page.bring_to_front()
                taken[name].append(await _ask(page, number))
    measured = median(taken["app"])
    return [
        Figure(
            "reply", "Enter to the reply in the document, Chromium; baseline a bare chat page", "ms", measured,
            median(taken["bare"]), **at_most(AIM_REPLY_MS, "ms", measured), note=spread(taken["app"]),
        )
    ]  # fmt: skip


async def _ask(page, number: int) -> float:
    """Milliseconds from the Enter key to the reply, measured in the page."""
    box = page.locator("[data-testid=stChatInputTextArea]")
    await page.wait_for_function("!document.querySelector('[data-testid=stChatInputTextArea]')?.disabled")
    await box.fill(f"What is 4000 + {number}?")
    await page.wait_for_timeout(150)
    reply = asyncio.ensure_future(page.evaluate(_REPLY, f"= {4_000 + number:,}."))
    await asyncio.sleep(0.05)
    await box.press("Enter")
    taken = await asyncio.wait_for(reply, 30)
    await page.wait_for_timeout(400)
    return taken
