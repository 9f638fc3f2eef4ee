"""What the server sends arrives late."""

from tests.browser.expecting import expect
from tests.browser.lesson import idle, next_step, open_lesson, open_tool, rows
from tests.support.app_server import AppServer

HOLD = """(() => {
    const held = [];
    window.hold = false;
    window.heldNow = () => held.length;
    window.release = (count) => { for (const tell of held.splice(0, count)) tell(); };
    window.WebSocket = class extends WebSocket {
        addEventListener(type, listener, options) {
            const late = (event) => window.hold ? held.push(() => listener.call(this, event)) : listener.call(this, event);
            super.addEventListener(type, type === "message" ? late : listener, options);
        }
    };
})()"""
"""What comes from the server waits while `hold` is true."""
RUN_MS = 1_000
"""A run of the page takes a tenth of it. If one takes longer, the test sees less, and does not fail."""


def test_two_quick_clicks_on_a_slow_network_do_not_end_the_page_with_cached_forward_msg_miss(server: AppServer, visit):
    page = visit(f"{server.url}/memory_operations", locale="en-US")
    page.add_init_script(HOLD)
    page.reload()
    open_lesson(page)
    next_step(page).click()
    expect(rows(page)).to_have_count(2)
    idle(page)
    open_tool(page, "Download")
    open_tool(page, "Schema")
    page.evaluate("hold = true")
    page.get_by_role("radio", name="Model input", exact=True).click()
    page.wait_for_timeout(RUN_MS)
    first = page.evaluate("heldNow()")
    page.get_by_role("radio", name="Download", exact=True).click()
    page.wait_for_timeout(RUN_MS)
    page.evaluate("release", first)
    page.wait_for_timeout(RUN_MS)
    page.evaluate("hold = false; release(heldNow())")
    page.get_by_role("heading", name="Download", level=2, exact=True).wait_for(timeout=20_000)
    idle(page)
    expect(page.get_by_role("dialog")).to_have_count(0)
