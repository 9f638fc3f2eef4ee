"""Random turns on the SDK's real model classes: the body of each HTTP request holds what the ledger says was sent, and no more.

To run more cases, or the cases of another seed: python -m tests.kit.ledger.test_random_bodies CASES SEED
"""

import asyncio
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from agents import Model, OpenAIChatCompletionsModel, OpenAIResponsesModel, SQLiteSession, set_tracing_disabled
from agents.models.chatcmpl_converter import Converter
from openai import AsyncOpenAI

from lessons.kit.ledger import Cause, Ledger
from tests.support.model_endpoint import ModelEndpoint
from tests.support.random_turns import OwnSession, RandomTurn, as_json, make_session, random_item
from tests.support.scripted import assistant, call, output, reasoning, user

CASES, SEED = 120, 20_261_127
MODEL = "gpt-4o"
CLASSES = {"/v1/responses": OpenAIResponsesModel, "/v1/chat/completions": OpenAIChatCompletionsModel}


def chat_item(dice: random.Random) -> dict[str, Any]:
    """An item that the Chat Completions class takes; it refuses most of the others before it asks."""
    call_id = dice.choice(["c1", "c2"])
    thought = {**reasoning(dice.choice(["rs_1", "__fake_id__"])), "provider_data": {"model": dice.choice("ab")}}
    items = [user(dice.choice("ab")), assistant(dice.choice("ab")), thought, call(call_id), output(call_id)]
    return dict(dice.choice(items))


class OnAModelClass(RandomTurn):
    """A random turn whose model is one of a provider, on loopback."""

    model: Model

    def _model(self) -> Model:
        return self.model


def check(ledger: Ledger, path: str, bodies: list[Any]) -> None:
    """A body has the values of the lines that name its request, in order, without the fields that the class takes out."""
    for number, body in zip(sorted(ledger.requests), bodies, strict=True):
        sent = [one for one in ledger.requests[number] if number in ledger.lines[one.line].sent]
        values = [one.value for one in sent]
        if path == "/v1/chat/completions":
            messages = [message for message in body["messages"] if message["role"] != "system"]
            expected = as_json(Converter.items_to_messages(values, model=MODEL))
            assert [one for one in expected if one["role"] != "system"] == messages
            continue
        for one, posted in zip(sent, body["input"], strict=True):
            taken_out = {name for name in one.value if name not in posted}
            assert as_json({name: one.value[name] for name in one.value if name not in taken_out}) == posted
            line = ledger.lines[one.line]
            if line.cause in (None, Cause.SDK_STRIPPED) and len(line.sent) == 1:  # others name another cause
                assert all(name in line.why for name in taken_out)


async def bodies(path: str, cases: int, seed: int, folder: Path) -> Counter[str]:
    """Check this many random turns on this class of model, and count the causes. Raises AssertionError and names the case."""
    causes: Counter[str] = Counter()
    file = folder / "chat.db"
    with ModelEndpoint() as endpoint:
        client = AsyncOpenAI(base_url=endpoint.url, api_key="any", max_retries=0)
        for case in range(cases):
            dice = random.Random(f"{seed}.{case}")
            kind = dice.choice(["sqlite", "sqlite", "own", "encrypted"])
            session = make_session(kind, file)
            await session.clear_session()

            def keys(session: Any = session) -> list[int]:
                return [key for key, _ in session.rows] if isinstance(session, OwnSession) else []

            turn = OnAModelClass(dice, session, keys, random_item if path == "/v1/responses" else chat_item)
            turn.model = CLASSES[path](MODEL, openai_client=client)
            before = len(endpoint.requests)
            seen = await turn.look()
            if isinstance(inner := getattr(session, "underlying_session", session), SQLiteSession):
                inner.close()
            posted = [request.json for request in endpoint.requests[before:]]
            try:
                check(seen.ledger, path, posted)
            except (AssertionError, ValueError) as error:
                raise AssertionError(f"case {case} of seed {seed}, {kind}, {path}\n{seen.ledger}\n{error}") from error
            causes.update(str(line.cause) for line in seen.ledger.lines)
        await client.close()
    return causes


@pytest.mark.matrix
@pytest.mark.parametrize("path", CLASSES)
def test_the_body_of_each_request_is_what_the_ledger_says_was_sent(tmp_path, path):
    causes = asyncio.run(bodies(path, CASES, SEED, tmp_path))
    assert causes["model-class-dropped"] > 0 or path == "/v1/responses"
    assert causes[str(Cause.NEW_INPUT)] > 50


if __name__ == "__main__":
    set_tracing_disabled(True)
    for name in CLASSES:
        with tempfile.TemporaryDirectory() as scratch:
            print(name, asyncio.run(bodies(name, int(sys.argv[1]), int(sys.argv[2]), Path(scratch))))
