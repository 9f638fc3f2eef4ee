"""The page "Choose": the guide's ways, the comparison, the cases, the address."""

from importlib.metadata import version

import pytest

from lessons.course.index import COURSE
from lessons.guides.decision import SEPARATOR, follow
from lessons.guides.server_trial import try_it, what_is_missing
from lessons.guides.session_types import NAMES
from lessons.kit.background import background
from lessons.kit.visitors.workspace import new_visitor
from tests.support.decision_paths import every_path
from tests.support.drawn import html, open_lesson, press, settled, words
from tests.support.stand_ins import stand_ins


def open_page(**address):
    return open_lesson("choose", new_visitor(), **address)


def drawn(app):
    return " ".join(element.value for element in app.get("html"))


def links(app):
    return [link.proto.label for link in app.get("page_link")]


def test_a_newcomer_is_asked_one_question():
    app = open_page()
    assert [radio.label for radio in app.radio] == ["1. How long must it remember?"]
    assert app.radio[0].value is None
    assert "chosen-type" not in drawn(app)


def test_answers_lead_to_one_type_and_into_the_address():
    app = open_page()
    for answer in ("longer", "file", "no", "no", "unreadable"):
        settled(app.radio[-1].set_value(answer).run())
    assert words(html(app, "chosen-type")).startswith("EncryptedSession around SQLiteSession")
    assert app.query_params["answers"] in ("longer.file.no.no.unreadable", ["longer.file.no.no.unreadable"])
    assert any("EncryptedSession(" in code.value for code in app.code)


def test_another_answer_takes_back_what_came_after_it():
    app = open_page(answers="longer.server.redis.unreadable")
    assert len(app.radio) == 4
    settled(app.radio[1].set_value("openai").run())
    assert "OpenAIConversationsSession" in words(html(app, "chosen-type"))
    assert len(app.radio) == 2
    press(app, "begin-again")
    assert len(app.radio) == 1
    assert app.radio[0].value is None


@pytest.mark.parametrize("answers", every_path(), ids=".".join)
def test_every_way_shows_exactly_one_type_with_its_code(answers):
    app = open_page(answers=SEPARATOR.join(answers))
    result = follow(answers).result
    assert drawn(app).count("chosen-type") == 1
    assert words(html(app, "chosen-type")).startswith(result.type.name)
    assert f"python -m pip install {result.pip}" in [code.value for code in app.code]
    expected = {one.title for one in COURSE if one.slug == result.type.lesson}
    assert {label.removeprefix("See it in ") for label in links(app)} >= expected


def test_an_address_with_nonsense_begins_at_the_first_question():
    app = open_page(answers="<script>.x", part="nowhere")
    assert len(app.radio) == 1


def test_the_comparison_names_the_installed_sdk_and_every_type():
    app = open_page(part="types")
    assert f"openai-agents {version('openai-agents')}" in drawn(app)
    tables = [element.value for element in app.get("html") if 'class="types"' in element.value]
    assert len(tables) == 3
    for table in tables:
        plain = table.replace("<wbr>", "")
        assert [name for name in NAMES if f'<th scope="row">{name}</th>' in plain] == list(NAMES)
        assert table.count("<details>") == table.count("</p></details>") == table.count("<td")


def test_a_pasted_error_finds_its_case_and_both_codes_run_here():
    app = open_page(part="mistakes")
    error = "TypeError: SQLiteSession.__init__() got an unexpected keyword argument 'conversation_id'"
    settled(app.text_input[0].set_value(error).run())
    assert "the best first" in drawn(app)
    app = press(app, "run-conversation-id")
    assert "Raised just now" in drawn(app)
    assert "Returned just now" in drawn(app)


def test_a_case_can_be_linked_to_and_leads_to_its_step():
    app = open_page(part="trouble", case="another-id")
    assert "See it in Multiple sessions, step 15" in links(app)
    assert any("thread-1" in code.value for code in app.code)


def test_a_type_without_its_server_says_what_is_missing(monkeypatch):
    monkeypatch.delenv("MONGODB_URI", raising=False)
    assert "MONGODB_URI" in drawn(open_page(answers="longer.server.mongodb.nothing"))


@pytest.mark.parametrize(
    ("name", "variable", "answers"),
    [
        ("MongoDBSession", "MONGODB_URI", "longer.server.mongodb.nothing"),
        ("DaprSession", "DAPR_STATE_STORE", "longer.server.dapr.nothing"),
    ],
)
def test_a_type_whose_server_is_configured_is_tried_there(monkeypatch, name, variable, answers):
    monkeypatch.setenv(variable, "configured")
    with stand_ins(monkeypatch):
        monkeypatch.setattr("lessons.guides.server_trial.find_spec", lambda _: True)
        assert what_is_missing(name) == ""
        outcome = background().run(try_it(name))
        assert (outcome.raised, outcome.says) == (False, "Added 2 items, read 2, cleared the session: 0 are left.")
        app = press(open_page(answers=answers), f"try-{name}")
        assert "read 2, cleared the session: 0 are left" in drawn(app)


def test_a_search_leads_to_steps_and_words_and_offers_the_nearest():
    app = open_page(part="trouble")
    settled(app.text_input[0].set_value("mcp").run())
    assert "leads to What real models store, step 5" in drawn(app)
    assert any("What real models store, step 5" in label for label in links(app))
    settled(app.text_input[0].set_value("compactoin").run())
    assert "Nothing fits. This is nearest:" in drawn(app)
    settled(app.text_input[0].set_value("zxcvb").run())
    assert "Nothing fits. Try a word of the message" in drawn(app)


def test_the_glossary_says_what_the_words_mean():
    app = open_page(part="words")
    assert "A list of items that is stored under a session id" in drawn(app)
