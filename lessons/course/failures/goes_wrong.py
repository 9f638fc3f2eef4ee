"""What can go wrong in a run: one function for each, which returns how the run ended, and the functions that recover."""

import asyncio
import sqlite3
from contextlib import closing

from agents import (
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    ModelBehaviorError,
    OpenAIResponsesCompactionSession,
    RunHooks,
    Runner,
    ToolGuardrailFunctionOutput,
    ToolInputGuardrailTripwireTriggered,
    UserError,
    function_tool,
    input_guardrail,
    tool_input_guardrail,
)
from agents.models.interface import Model
from openai import APIConnectionError, AsyncOpenAI
from redis.exceptions import RedisError
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, OperationalError

from lessons.kit.copyable.ask_again import ask_again, take_back
from lessons.kit.stores.cut_off import can_be_cut

SUM = "What's 2 + 2?"
WEATHER = "What's the weather in Oslo?"
TWO_CITIES = "What's the weather in Oslo and Lima?"
LONG = "What's 2 + 2? " + "Take your time. " * 500


def with_fault(model, change=lambda response: None, stop_stream=False):
    """The same model, but its responses are changed, or its streams break off at the first word."""

    class Faulty(Model):
        async def get_response(self, *given, **named):
            response = await model.get_response(*given, **named)
            change(response)
            return response

        async def stream_response(self, *given, **named):
            async for one in model.stream_response(*given, **named):
                yield one
                if stop_stream and one.type == "response.output_text.delta":
                    raise ConnectionError("the stream broke off")

    return Faulty()


async def a_tool_that_does_not_exist(agent, session):
    def misspell(response):
        for item in response.output:
            if item.type == "function_call":
                item.name = "get_wether"

    try:
        wrong = agent.clone(model=with_fault(agent.model, misspell))
        await Runner.run(wrong, WEATHER, session=session)
    except ModelBehaviorError as error:
        return f"ModelBehaviorError: {error}"


async def one_of_two_tools_raises(agent, session):
    @function_tool(name_override="get_weather", failure_error_function=None)
    def weather_of_the_north(city: str) -> str:
        """The weather in a city."""
        if city == "Lima":
            raise ConnectionError("no weather of Lima today")
        return f"{city}: 4 °C and rain"

    try:
        broken = agent.clone(tools=[weather_of_the_north])
        await Runner.run(broken, TWO_CITIES, session=session)
    except UserError as error:
        return f"UserError: {error}"


async def a_tool_guardrail_stops_the_run(agent, session):
    @tool_input_guardrail
    def not_oslo(data):
        return ToolGuardrailFunctionOutput.raise_exception(output_info="Oslo is not allowed")

    @function_tool(name_override="get_weather", tool_input_guardrails=[not_oslo])
    def guarded_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: 4 °C and rain"

    try:
        guarded = agent.clone(tools=[guarded_weather])
        await Runner.run(guarded, WEATHER, session=session)
    except ToolInputGuardrailTripwireTriggered as error:
        return f"ToolInputGuardrailTripwireTriggered: {error}"


async def a_guardrail_during_the_run(agent, session):
    called = []

    @input_guardrail  # run_in_parallel=True: the model and the tools do not wait for it
    async def slow(context, agent, given):
        await asyncio.sleep(0.3)
        return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)

    @function_tool(name_override="get_weather")
    def noted_weather(city: str) -> str:
        """The weather in a city."""
        called.append(city)
        return f"{city}: 4 °C and rain"

    try:
        guarded = agent.clone(tools=[noted_weather], input_guardrails=[slow])
        await Runner.run(guarded, WEATHER, session=session)
    except InputGuardrailTripwireTriggered:
        return f"InputGuardrailTripwireTriggered, and the tool was called for {called}"


async def cancel_at_once(agent, session):
    result = Runner.run_streamed(agent, WEATHER, session=session)
    async for one in result.stream_events():
        if one.type == "raw_response_event":
            result.cancel()
    return f"reply: {result.final_output}"


async def leave_the_stream(agent, session):
    result = Runner.run_streamed(agent, WEATHER, session=session)
    async for one in result.stream_events():
        if one.type == "raw_response_event":
            break  # nobody reads the stream any more, and the run goes on
    left = len(await session.get_items())
    await result.run_loop_task
    return f"{left} stored when the stream was left, {len(await session.get_items())} a moment later"


async def never_read_the_stream(agent, session):
    result = Runner.run_streamed(agent, SUM, session=session)
    await result.run_loop_task
    return f"reply: {result.final_output}"


async def the_time_is_up(agent, session):
    class Slow(RunHooks):
        async def on_llm_start(self, *_):  # the time for the model begins here
            limit.reschedule(asyncio.get_running_loop().time() + 0.2)
            await asyncio.sleep(60)

    try:
        async with asyncio.timeout(None) as limit:
            await Runner.run(agent, SUM, session=session, hooks=Slow())
    except TimeoutError:
        return "TimeoutError"


async def the_stream_breaks_off(agent, session):
    broken = agent.clone(model=with_fault(agent.model, stop_stream=True))
    result, said = Runner.run_streamed(broken, SUM, session=session), ""
    try:
        async for one in result.stream_events():
            if one.type == "raw_response_event" and one.data.type == "response.output_text.delta":
                said += one.data.delta
    except ConnectionError as error:
        return f"ConnectionError: {error}, after {said!r}"


def lock(path):
    """Open another connection that writes and does not commit."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


async def the_file_is_locked(agent, session):
    with closing(lock(session.db_path)):
        try:
            await Runner.run(agent, SUM, session=session)
        except sqlite3.OperationalError as error:
            return f"OperationalError: {error}"


async def the_file_is_locked_during_the_call(agent, session):
    class LockedThen(RunHooks):
        async def on_llm_start(self, *_):
            self.other = lock(session.db_path)

    hooks = LockedThen()
    try:
        await Runner.run(agent, SUM, session=session, hooks=hooks)
    except sqlite3.OperationalError as error:
        return f"OperationalError: {error}"
    finally:
        hooks.other.close()


def no_more_pages(connection, *_):
    connection.execute("PRAGMA max_page_count = 1")  # as many as it has now


async def the_disk_is_full(agent, session):
    await session.get_items()  # makes the tables
    event.listen(session.engine.sync_engine, "checkout", no_more_pages)
    try:
        await Runner.run(agent, LONG, session=session)
    except OperationalError as error:
        return f"OperationalError: {error.orig}"
    finally:
        event.remove(session.engine.sync_engine, "checkout", no_more_pages)
        await session.engine.dispose()


def answer_at_length(response):
    for item in response.output:
        if item.type == "message":
            item.content[0].text += " As I said." * 1_000


async def the_disk_is_full_during_the_call(agent, session):
    engine = session.engine.sync_engine

    class FullThen(RunHooks):
        async def on_llm_start(self, *_):
            event.listen(engine, "checkout", no_more_pages)

    wordy = agent.clone(model=with_fault(agent.model, answer_at_length))
    try:
        await Runner.run(wordy, SUM, session=session, hooks=FullThen())
    except OperationalError as error:
        return f"OperationalError: {error.orig}"
    finally:
        event.remove(engine, "checkout", no_more_pages)
        await session.engine.dispose()


async def the_server_goes_away(agent, session):
    async with can_be_cut(session) as cut:  # a relay in front of the server

        class GoesAway(RunHooks):
            async def on_llm_start(self, *_):
                cut()

        try:
            await Runner.run(agent, SUM, session=session, hooks=GoesAway())
        except (OSError, RedisError, DBAPIError) as error:
            return f"The server is gone: {type(error).__name__}"


async def the_compaction_fails(agent, session):
    nobody = AsyncOpenAI(api_key="none", base_url="http://127.0.0.1:9/v1", max_retries=0)
    compacting = OpenAIResponsesCompactionSession(
        session.session_id, session, client=nobody, should_trigger_compaction=lambda _: True
    )
    try:
        await Runner.run(agent, SUM, session=compacting)
    except APIConnectionError as error:
        return f"APIConnectionError: {error}"


async def ask_the_sum_again(agent, session):
    result = await ask_again(agent, SUM, session, before=0)
    return result or "it is answered: nothing was asked"


async def ask_the_weather_again(agent, session):
    result = await ask_again(agent, WEATHER, session, before=0)
    return result or "it is answered: nothing was asked"


async def ask_both_again(agent, session):
    return await ask_again(agent, TWO_CITIES, session, before=0)


async def ask_the_long_one_again(agent, session):
    return await ask_again(agent, LONG, session, before=0)


async def take_the_weather_back(session):
    return await take_back(session, WEATHER)
