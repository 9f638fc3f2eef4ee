"""What the changed functions call instead of the SDK: the same goal, reached in another way."""

import asyncio
from typing import Any

from agents import Runner
from agents.run import CallModelData, ModelInputData


async def m_streamed(*arguments: Any, **options: Any) -> Any:
    result = Runner.run_streamed(*arguments, **options)
    async for _ in result.stream_events():
        pass
    return result


def m_streamed_now(*arguments: Any, **options: Any) -> Any:
    return asyncio.get_event_loop().run_until_complete(m_streamed(*arguments, **options))


class _Ended:
    """The result of a run that was not streamed, where a stream is expected."""

    def __init__(self, result: Any) -> None:
        self.result = result

    def __getattr__(self, name: str) -> Any:
        return getattr(self.result, name)

    async def stream_events(self) -> Any:
        for event in ():
            yield event


async def m_run(*arguments: Any, **options: Any) -> Any:
    return _Ended(await Runner.run(*arguments, **options))


async def m_in_turn(*works: Any) -> list[Any]:
    return [await work for work in works]


async def m_pop_all(session: Any) -> None:
    while await session.pop_item() is not None:
        pass


async def m_added_again(session: Any) -> Any:
    items = await session.get_items()
    await session.clear_session()
    await session.add_items(items)
    return session


def m_added_again_now(session: Any) -> Any:
    return asyncio.get_event_loop().run_until_complete(m_added_again(session))


async def m_items_added_again(session: Any, *arguments: Any, **options: Any) -> Any:
    return await (await m_added_again(session)).get_items(*arguments, **options)


async def m_with_history(session: Any, question: Any) -> list[Any]:
    new = [{"role": "user", "content": question}] if isinstance(question, str) else question
    return [*await session.get_items(), *new]


def m_with_history_now(session: Any, question: Any) -> list[Any]:
    return asyncio.get_event_loop().run_until_complete(m_with_history(session, question))


def m_history_and_new(history: Any, new: Any) -> Any:
    return history + new


def m_unchanged(data: CallModelData[Any]) -> ModelInputData:
    return data.model_data


def m_never(found: Any) -> bool:
    return False


REPLACEMENTS = {name: value for name, value in dict(globals()).items() if name.startswith("m_")}
