"""Real runs through every provider, over HTTP, against the endpoint on loopback."""

import asyncio
import time

import openai
import pytest
from agents import Agent, OpenAIChatCompletionsModel, Runner, SQLiteSession, set_tracing_disabled
from agents.models import _openai_shared

from lessons.kit.models.providers import make_model, make_model_settings, read_provider, redact
from tests.support.model_endpoint import ModelEndpoint

OPENAI_KEY = "sk-proj-Ab3dEf6hIj9lMn2pQr5t"
GEMINI_KEY = "AIzaSyB1xCq4ZtT7uVv0wXy3zA6bC9dE2fG5h"
COMPATIBLE_KEY = "gateway+Key/17=42"


@pytest.fixture(scope="module")
def endpoint():
    set_tracing_disabled(True)
    with ModelEndpoint() as running:
        yield running


@pytest.fixture(autouse=True)
def _answers_as_at_the_start(endpoint):
    yield
    endpoint.release()
    endpoint.requests.clear()


def configuration(name, url):
    """A complete configuration of each kind that leads to `url`."""
    return {
        "openai": {"OPENAI_API_KEY": OPENAI_KEY, "OPENAI_BASE_URL": url},
        "gemini": {"GEMINI_API_KEY": GEMINI_KEY, "GEMINI_API_URL": url},
        "compatible": {
            "COMPATIBLE_API_KEY": COMPATIBLE_KEY,
            "COMPATIBLE_BASE_URL": url,
            "COMPATIBLE_MODEL": "llama3.2",
        },
    }[name]


def agent_for(provider):
    return Agent(name="A", model=make_model(provider), model_settings=make_model_settings(provider))


async def talk(provider, *messages, streamed=False):
    """The result of the last message; the session keeps the history between them."""
    session = SQLiteSession("talk")
    for message in messages:
        if streamed:
            result = Runner.run_streamed(agent_for(provider), message, session=session)
            async for _ in result.stream_events():
                pass
        else:
            result = await Runner.run(agent_for(provider), message, session=session)
    session.close()
    return result


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(
    ("name", "path", "key", "history"),
    [
        ("openai", "/v1/responses", OPENAI_KEY, "input"),
        ("gemini", "/v1/chat/completions", GEMINI_KEY, "messages"),
        ("compatible", "/v1/chat/completions", COMPATIBLE_KEY, "messages"),
    ],
)
def test_a_run_reaches_its_own_service_with_its_own_key_and_the_history(endpoint, name, path, key, history, streamed):
    provider = read_provider(configuration(name, endpoint.url))
    process_wide = vars(_openai_shared).copy()
    result = asyncio.run(talk(provider, "My name is Alice", "What's my name?", streamed=streamed))

    assert "Alice" in result.final_output
    assert {(request.path, request.authorization) for request in endpoint.requests} == {(path, f"Bearer {key}")}
    sent = endpoint.requests[-1].json
    assert [item["role"] for item in sent[history]] == ["user", "assistant", "user"]
    assert sent["model"] in provider.label
    assert result.context_wrapper.usage.input_tokens > 0
    assert result.context_wrapper.usage.output_tokens > 0
    assert vars(_openai_shared) == process_wide


def test_openai_gets_the_settings_that_the_sdk_has_for_its_default_model(endpoint):
    asyncio.run(talk(read_provider(configuration("openai", endpoint.url)), "Hello"))
    sent = endpoint.requests[-1].json
    assert (sent["reasoning"], sent["text"]) == ({"effort": "none"}, {"verbosity": "low"})


@pytest.mark.parametrize("name", ["gemini", "compatible"])
def test_what_the_environment_holds_for_openai_is_not_sent_to_others(endpoint, name, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI_KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-1")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "proj-1")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"Authorization: Bearer {OPENAI_KEY}")
    without_key = configuration(name, endpoint.url) | {"COMPATIBLE_API_KEY": ""}
    asyncio.run(talk(read_provider(without_key), "Hello"))
    sent = str(endpoint.requests[-1].headers)
    assert not [secret for secret in (OPENAI_KEY, "org-1", "proj-1") if secret in sent]


def test_a_second_event_loop_gets_its_own_connections(endpoint):
    provider = read_provider(configuration("openai", endpoint.url))
    for _ in range(2):
        asyncio.run(talk(provider, "Hello"))
    assert len(endpoint.requests) == 2

    async def two_agents():
        return agent_for(provider).model._client is agent_for(provider).model._client

    assert asyncio.run(two_agents())


@pytest.mark.parametrize(
    ("status", "error", "tries"),
    [(401, openai.AuthenticationError, 1), (429, openai.RateLimitError, 2), (500, openai.InternalServerError, 2)],
)
@pytest.mark.parametrize(("name", "key"), [("openai", OPENAI_KEY), ("compatible", COMPATIBLE_KEY)])
def test_a_failing_service_is_asked_at_most_twice_and_its_words_repeat_no_key(
    endpoint, name, key, status, error, tries
):
    endpoint.fail_with(status)
    environment = configuration(name, endpoint.url)
    with pytest.raises(error) as raised:
        asyncio.run(talk(read_provider(environment), "Hello"))
    assert len(endpoint.requests) == tries
    assert (key[-4:] in str(raised.value)) == (status == 401)
    assert key[-4:] not in redact(str(raised.value), environment)
    assert key[:8] not in redact(str(raised.value), environment)


def test_a_service_that_hangs_holds_the_run_until_it_answers(endpoint):
    async def run():
        endpoint.hang()
        task = asyncio.create_task(talk(read_provider(configuration("gemini", endpoint.url)), "Hello"))
        await asyncio.to_thread(endpoint.wait_for_request)
        waiting = not task.done()
        endpoint.release()
        return waiting, (await task).final_output

    waiting, reply = asyncio.run(run())
    assert waiting
    assert reply


@pytest.mark.parametrize("name", ["openai", "compatible"])
def test_an_empty_answer_is_an_empty_reply(endpoint, name):
    endpoint.answer_nothing()
    provider = read_provider(configuration(name, endpoint.url))
    assert asyncio.run(talk(provider, "Hello", streamed=True)).final_output == ""


def test_the_offline_model_keeps_the_pace_that_is_set():
    begun = time.perf_counter()
    provider = read_provider({"SESSIONS_OFFLINE_SECONDS_PER_WORD": "0.05"})
    reply = asyncio.run(talk(provider, "My name is Alice", streamed=True)).final_output
    assert time.perf_counter() - begun >= 0.05 * (len(reply.split()) - 1)
    assert len(reply.split()) > 2


def test_a_model_answers_on_the_loop_that_made_it_whatever_loop_asks(endpoint, monkeypatch):
    """Its HTTP client belongs to that loop; Runner.run_sync asks from another one."""
    answered_on = []
    original = OpenAIChatCompletionsModel.get_response

    async def get_response(self, *args, **kwargs):
        answered_on.append(asyncio.get_running_loop())
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(OpenAIChatCompletionsModel, "get_response", get_response)
    provider = read_provider(configuration("compatible", endpoint.url))

    async def make_and_ask_from_another_loop():
        agent = agent_for(provider)
        reply = await asyncio.to_thread(lambda: asyncio.run(Runner.run(agent, "My name is Alice")).final_output)
        return asyncio.get_running_loop(), reply

    loop, reply = asyncio.run(make_and_ask_from_another_loop())
    assert "Alice" in reply
    assert answered_on == [loop]


def test_a_model_is_made_where_an_event_loop_runs():
    with pytest.raises(RuntimeError):
        make_model(read_provider({}))
