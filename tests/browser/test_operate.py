"""The tool Operate, next to the ledger."""

from tests.browser.expecting import expect
from tests.browser.lesson import idle, open_lesson, open_tool
from tests.support.app_server import AppServer


def test_what_an_operation_has_done_is_brought_into_view(server: AppServer, visit):
    """It stands above the fields: the button was at the end of them, and nothing was seen after a press."""
    page = open_lesson(visit(f"{server.url}/life_cycle?step=1", width=1280, height=720))
    page.locator('[class*="st-key-next-step"] button').click()
    expect(page.locator(".held")).to_contain_text("The rows show it")
    panel = open_tool(page, "Operate")
    panel.get_by_role("radio", name="Move", exact=True).click()
    idle(page)
    panel.get_by_role("button", name="Preview").click()
    expect(panel.get_by_text("to be stored in")).to_be_in_viewport(ratio=1)
    panel.get_by_role("button", name="Move", exact=True).click()
    expect(panel.get_by_text("now stored in")).to_be_in_viewport(ratio=1)
