"""Scripted models and items for tests of what a run stores, returns and sends."""

from pathlib import Path
from typing import Any

from agents import Agent, Model, SQLiteSession, function_tool
from agents.testing import ModelStep, ScriptedModel, assistant_message


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def call(
    call_id: str = "c1", arguments: str = '{"city":"Oslo"}', name: str = "get_weather", **more: Any
) -> dict[str, Any]:
    return {
        "type": "function_call",
        "id": f"fc_{call_id}",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
        **more,
    }


def output(call_id: str = "c1", text: str = "Oslo: 4") -> dict[str, Any]:
    return {"type": "function_call_output", "call_id": call_id, "output": text}


def reasoning(id_: str = "rs_1") -> dict[str, Any]:
    return {"type": "reasoning", "id": id_, "summary": []}


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4"


@function_tool(needs_approval=True)
def refund(order: str) -> str:
    """Refund an order."""
    return f"refunded {order}"


def scripted(*steps: list[Any]) -> Model:
    """A model that answers with these items, request after request; without any, with "ok" once."""
    return ScriptedModel(
        [ModelStep(output=list(step)) for step in steps or [[assistant_message("ok", item_id="msg_ok")]]]
    )


def make_agent(*steps: list[Any], **more: Any) -> Agent:
    return Agent(**{"name": "Assistant", "model": scripted(*steps), "tools": [get_weather, refund], **more})


async def file_session(folder: Path, *items: dict[str, Any], name: str = "chat", **options: Any) -> SQLiteSession:
    """A session on its own file, with these items stored: their rows have the ids 1, 2, …"""
    session = SQLiteSession(name, folder / f"{name}.db", **options)
    if items:
        await session.add_items(list(items))
    return session
