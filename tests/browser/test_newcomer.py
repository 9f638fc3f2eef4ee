"""A newcomer on a fresh server: from the start page, by deep link, and after the server was restarted."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.lesson import chat_file, messages, next_step, open_lesson, rows, say, trace
from tests.support.app_server import served


def test_newcomer_path_and_a_restart_of_the_server(tmp_path: Path, visit):
    with served(tmp_path) as server:
        page = visit(server.url)
        expect(page.get_by_role("heading", name="The course")).to_be_visible()
        page.get_by_role("link", name="Open Basic sessions").click()
        open_lesson(page)

        say(page, "My name is Alice", 2)
        say(page, "What's my name?", 4)
        expect(messages(page).last).to_contain_text("Your name is Alice.")
        returned_and_sent = [line.locator(".returned, .sent").all_text_contents() for line in trace(page).all()]
        assert returned_and_sent == [["yes", "yes"], ["yes", "yes"], ["no", "yes"], ["no", "no"]]

        server.restart()
        page.reload()
        open_lesson(page)
        expect(rows(page)).to_have_count(4)
        expect(trace(page)).to_have_count(4)
        say(page, "What's my name?", 6)
        expect(messages(page).last).to_contain_text("Your name is Alice.")
        assert chat_file(server, page).exists()


def test_the_first_visit_of_a_fresh_server_may_be_a_deep_link(tmp_path: Path, visit):
    with served(tmp_path) as server:
        page = visit(f"{server.url}/basic?step=5")
        open_lesson(page)
        expect(page.get_by_test_id("stSidebarNavLink")).to_contain_text(["Sessions Lab", "Basic sessions"])
        expect(page.get_by_test_id("stSidebar")).to_contain_text("rule-based stand-in")
        expect(page).to_have_title("Basic sessions · Sessions Lab")
        expect(page.get_by_text("Step 5 of 10")).to_be_visible()

        page.get_by_role("button", name="Run steps 1 to 5").click()
        expect(page.get_by_text("✓ The rows show it")).to_be_visible()
        expect(page.get_by_role("button", name="Next: restart, then ask again")).to_be_enabled()
        expect(next_step(page)).to_be_enabled()
        expect(rows(page).first).to_contain_text("bob")
