"""Random turns: session classes, items, runs and session calls; and what an independent witness sees of each."""

import copy
import json
import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents import Agent, Model, RunConfig, RunHooks, Runner, SessionSettings, SQLiteSession
from agents.extensions.memory import AdvancedSQLiteSession, EncryptedSession
from agents.memory import OpenAIResponsesCompactionSession
from agents.run import ModelInputData
from agents.testing import assistant_message, function_call

from lessons.kit.ledger import Observation, observe
from tests.support.scripted import assistant, get_weather, reasoning, scripted, user

OUTPUT_OF = {
    "function_call": "function_call_output",
    "custom_tool_call": "custom_tool_call_output",
    "shell_call": "shell_call_output",
    "local_shell_call": "local_shell_call_output",
    "apply_patch_call": "apply_patch_call_output",
    "computer_call": "computer_call_output",
    "tool_search_call": "tool_search_output",
    "program": "program_output",
}
OTHERS = (
    {"type": "mcp_approval_request", "id": "ma"},
    {"type": "mcp_approval_response", "approval_request_id": "ma", "approve": True},
    {"type": "web_search_call", "id": "w1", "status": "completed"},
    {"type": "web_search_call", "id": "w2", "status": "completed"},
    {"type": "item_reference", "id": "q"},
    {"type": "compaction", "id": "cmp_1", "encrypted_content": "…"},
    {"role": "assistant", "content": None, "tool_calls": []},
)


def random_item(dice: random.Random) -> dict[str, Any]:
    chance, call_id = dice.random(), dice.choice(["c1", "c2", "c3", ""])
    if chance < 0.2:
        return user(dice.choice("ab"))
    if chance < 0.35:
        return assistant(dice.choice("ab"))
    if chance < 0.45:
        return reasoning(dice.choice(["rs_1", "rs_2", "__fake_id__"]))
    type_ = dice.choice(list(OUTPUT_OF))
    more: dict[str, Any] = {"created_by": "someone"} if dice.random() < 0.1 else {}
    if dice.random() < 0.15:
        more["caller"] = {"type": "program", "caller_id": dice.choice(["c1", "c2"])}
    if chance < 0.7:
        return {
            "type": type_,
            "id": dice.choice(["x", "__fake_id__", None]),
            "call_id": dice.choice([call_id, call_id, call_id, None]),
            "number": dice.randint(0, 99),
            "status": dice.choice(["completed", "in_progress"]),
            **more,
        }
    if chance < 0.92:
        more.pop("created_by", None)
        return {
            "type": OUTPUT_OF[type_],
            "call_id": dice.choice([call_id, call_id, call_id, None]),
            "output": str(dice.randint(0, 99)),
            **more,
        }
    return dict(dice.choice(OTHERS))


def rearranged(dice: random.Random, how: str, items: list[Any]) -> list[Any]:
    """What a callback or a filter of this kind makes of the items."""
    match how:
        case "drop":
            return [item for item in items if dice.random() < 0.7]
        case "move":
            return dice.sample(items, len(items))
        case "copy":
            return [copy.deepcopy(item) if dice.random() < 0.5 else item for item in items]
        case "add":
            return [*items[:1], random_item(dice), *items[1:]]
        case "edit":
            for item in items:
                if dice.random() < 0.3:
                    item["note"] = "edited"
            return items
        case "replace":
            return [{**item, "note": "edited"} if dice.random() < 0.3 else item for item in items]
    return items


HOWS = ("keep", "drop", "move", "copy", "add", "edit", "replace")


class OwnSession:
    """A custom class, whose rows `observe` cannot read. Its keys are for the witness."""

    def __init__(self) -> None:
        self.session_id, self.session_settings = "chat", None
        self.rows: list[tuple[int, Any]] = []
        self.last_key = 0

    async def get_items(self, limit: int | None = None) -> list[Any]:
        if limit is None and self.session_settings is not None:
            limit = self.session_settings.limit
        rows = self.rows if limit is None else self.rows[max(0, len(self.rows) - limit) :]
        return [copy.deepcopy(item) for _, item in rows]

    async def add_items(self, items: list[Any]) -> None:
        for item in copy.deepcopy(items):
            self.last_key += 1
            self.rows.append((self.last_key, item))

    async def pop_item(self) -> Any:
        return self.rows.pop()[1] if self.rows else None

    async def clear_session(self) -> None:
        self.rows.clear()


def make_session(kind: str, path: Path) -> Any:
    if kind == "own":
        return OwnSession()
    if kind == "advanced":
        return AdvancedSQLiteSession(session_id="chat", db_path=path, create_tables=True)
    session = SQLiteSession("chat", path)
    if kind == "encrypted":
        return EncryptedSession("chat", session, "a key for this test")
    if kind == "compaction":
        return OpenAIResponsesCompactionSession("chat", session, should_trigger_compaction=lambda given: False)
    return session


# Each kind is drawn as often as it stands here. To open the tables of an AdvancedSQLiteSession takes as long as the run.
KINDS = ("sqlite",) * 8 + ("encrypted",) * 3 + ("compaction",) * 2 + ("own",) * 5 + ("advanced",)


class Witness(RunHooks):
    """Sees each request in the run, without the ledger."""

    def __init__(self) -> None:
        self.sent: list[list[Any]] = []

    async def on_llm_start(self, context: Any, agent: Any, system_prompt: Any, input_items: list[Any]) -> None:
        self.sent.append(copy.deepcopy(input_items))


@dataclass
class Recorded:
    """What the witness saw of a turn.

    `sent` has the items of each request, `read` the number of items that each run read, and `returned` the keys of these items.
    `first` has the keys at the start, `ever` the keys at any time, and `last` the keys and items at the end.
    """

    kind: str
    sent: list[list[Any]]
    read: list[int] = field(default_factory=list)
    returned: set[int] = field(default_factory=set)
    first: set[int] = field(default_factory=set)
    ever: set[int] = field(default_factory=set)
    last: list[tuple[int, Any]] = field(default_factory=list)


@dataclass
class RandomTurn:
    """One turn: at most two runs, with session calls before each."""

    dice: random.Random
    session: Any
    keys: Callable[[], list[int]]
    item: Callable[[random.Random], dict[str, Any]] = random_item
    witness: Witness = field(default_factory=Witness)
    was_refused: bool = False

    async def go(self, kind: str) -> tuple[Observation, Recorded]:
        recorded = Recorded(kind, self.witness.sent)
        seen = await self.look(recorded)
        recorded.last = list(zip(self.keys(), await self.session.get_items(), strict=True))
        return seen, recorded

    async def look(self, recorded: Recorded | None = None) -> Observation:
        """Run it inside `observe`, and note in `recorded` what the witness sees of the rows."""
        recorded = recorded or Recorded("", self.witness.sent)
        await self.session.add_items([self.item(self.dice) for _ in range(self.dice.randint(0, 9))])
        recorded.first = set(self.keys())
        recorded.ever |= recorded.first
        own = self.dice.randint(0, 9) if self.dice.random() < 0.1 else None
        settings = SessionSettings(limit=own) if own is not None else None
        getattr(self.session, "underlying_session", self.session).session_settings = settings
        async with observe(self.session) as seen:
            for _ in range(self.dice.choice([1, 1, 1, 2])):
                if self.dice.random() < 0.2:
                    await self._call(recorded)
                await self._run(recorded, own)
        getattr(self.session, "underlying_session", self.session).session_settings = None
        return seen

    async def _call(self, recorded: Recorded) -> None:
        match self.dice.choice(["pop", "pop", "add", "clear"]):
            case "pop":
                await self.session.pop_item()
            case "add":
                await self.session.add_items([self.item(self.dice) for _ in range(self.dice.randint(1, 2))])
            case "clear":
                await self.session.clear_session()
        recorded.ever |= set(self.keys())

    async def _run(self, recorded: Recorded, own: int | None) -> None:
        dice = self.dice
        limit = dice.choice([None, None, dice.randint(0, 9)])
        callback, filter_ = dice.choice([None, None, *HOWS]), dice.choice([None, None, None, *HOWS])

        def rearrange_history(history: list[Any], new: list[Any]) -> list[Any]:
            return rearranged(dice, callback, [*history, *new])

        def rearrange_request(data: Any) -> ModelInputData:
            return ModelInputData(rearranged(dice, filter_, data.model_data.input), data.model_data.instructions)

        config = RunConfig(
            session_settings=SessionSettings(limit=limit) if limit is not None else None,
            session_input_callback=rearrange_history if callback else None,
            call_model_input_filter=rearrange_request if filter_ else None,
            reasoning_item_id_policy=dice.choice([None, "omit"]),
        )
        new = [self.item(dice) for _ in range(dice.randint(1, 3))]
        asked = len(self.witness.sent)
        keys = self.keys()
        limit = limit if limit is not None else own
        options: dict[str, Any] = {"session": self.session, "run_config": config, "hooks": self.witness}
        agent = Agent("Assistant", model=self._model(), tools=[get_weather])
        try:
            if dice.random() < 0.3:
                async for _ in Runner.run_streamed(agent, new, **options).stream_events():
                    pass
            else:
                await Runner.run(agent, new, **options)
        except Exception:
            self.was_refused = self.was_refused or len(self.witness.sent) == asked
        read = keys if limit is None else keys[max(0, len(keys) - limit) :]
        recorded.read.append(len(read))
        recorded.returned |= set(read)
        recorded.ever |= set(self.keys())

    def _model(self) -> Model:
        reply = [assistant_message("ok", item_id=f"msg_{self.dice.randint(0, 1)}")]
        if self.dice.random() < 0.8:
            return scripted(reply)
        return scripted(
            [function_call("get_weather", {"city": "Oslo"}, call_id=self.dice.choice(["c1", "w1", "w2"]))], reply
        )


async def random_turn(
    dice: random.Random, path: Path, reader: sqlite3.Connection
) -> tuple[Observation, Recorded] | None:
    """One random turn on an empty session, as `observe` and the witness saw it; None if the SDK itself refuses an input."""
    kind = dice.choice(KINDS)
    session = make_session(kind, path)
    await session.clear_session()
    inner = getattr(session, "underlying_session", session)

    def keys() -> list[int]:
        if isinstance(session, OwnSession):
            return [key for key, _ in session.rows]
        return [key for (key,) in reader.execute("SELECT id FROM agent_messages WHERE session_id = 'chat' ORDER BY id")]

    turn = RandomTurn(dice, session, keys)
    found = await turn.go(kind)
    if isinstance(inner, SQLiteSession):
        inner.close()
    return None if turn.was_refused else found


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))
