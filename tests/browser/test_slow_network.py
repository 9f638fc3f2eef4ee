"""What the server sends arrives late."""

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from lessons.ui.ledger.ledger_table import CODE_NAME
from tests.browser.expecting import expect
from tests.browser.lesson import idle, next_step, open_lesson, open_tool, rows
from tests.support.app_server import AppServer

HOLD = """(() => {
    const held = [];
    const fields = (bytes) => {
        const numbers = [];
        let at = 0;
        const varint = () => {
            let value = 0, shift = 0, byte;
            do { byte = bytes[at++]; value += (byte & 127) * 2 ** shift; shift += 7; } while (byte & 128);
            return value;
        };
        while (at < bytes.length) {
            const key = varint();
            numbers.push(key >> 3);
            const size = varint();
            if ((key & 7) === 2) at += size;
        }
        return numbers;
    };
    window.hold = false;
    window.heldNow = () => held.length;
    window.heldRuns = () => held.filter(({ data }) => fields(new Uint8Array(data)).includes(SCRIPT_FINISHED)).length;
    window.release = (count) => { for (const { tell } of held.splice(0, count)) tell(); };
    window.WebSocket = class extends WebSocket {
        addEventListener(type, listener, options) {
            const late = (event) => {
                const tell = () => listener.call(this, event);
                if (window.hold) held.push({ data: event.data, tell }); else tell();
            };
            super.addEventListener(type, type === "message" ? late : listener, options);
        }
    };
})()""".replace("SCRIPT_FINISHED", str(ForwardMsg.SCRIPT_FINISHED_FIELD_NUMBER))
"""What comes from the server waits while `hold` is true; `heldRuns()` are the ends of runs among it.

A message is a protobuf: its fields, each as a key, then a number or the size of what follows.
"""


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
    page.wait_for_function("heldRuns() === 1")
    first = page.evaluate("heldNow()")
    page.get_by_role("radio", name="Download", exact=True).click()
    page.wait_for_function("heldRuns() === 2")
    page.evaluate("release", first)
    page.get_by_role("heading", name="Model input", level=2, exact=True).wait_for()
    page.evaluate("hold = false; release(heldNow())")
    page.get_by_role("heading", name="Download", level=2, exact=True).wait_for()
    idle(page)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_ledger_whose_code_does_not_arrive_says_so_and_the_next_lines_ask_for_it_again(server: AppServer, visit):
    page = visit(f"{server.url}/memory_operations", locale="en-US")
    page.route(f"**/{CODE_NAME}", lambda route: route.abort())
    page.reload()
    said = page.get_by_text("The code that draws the ledger did not arrive.")
    expect(said).to_be_visible()
    page.unroute(f"**/{CODE_NAME}")
    next_step(page).click()
    expect(rows(page)).to_have_count(2)
    expect(said).to_be_hidden()
