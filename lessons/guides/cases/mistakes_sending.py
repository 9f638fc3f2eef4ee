"""Mistakes in what a run sends and stores, each next to code that works."""

from lessons.guides.cases.case import Case


def kinds(items):
    return [item.get("role") or item["type"] for item in items]


def watched(sent):
    """A run config that notes the kinds of the items of each request."""
    from agents import RunConfig

    def look(data):
        sent.append(kinds(data.model_data.input))
        return data.model_data

    return RunConfig(call_model_input_filter=look)


def tool_turn() -> list:
    call = {"type": "function_call", "call_id": "call_1"}
    output = {"type": "function_call_output", "call_id": "call_1"}
    return [
        {"role": "user", "content": "What's the weather in Oslo?"},
        {**call, "name": "get_weather", "arguments": "{}"},
        {**output, "output": "Rain"},
        {"role": "assistant", "content": "It rains in Oslo."},
    ]


async def keep_the_newest_two(agent):
    from agents import Runner, SQLiteSession

    session, sent = SQLiteSession("user_123"), []
    await session.add_items(tool_turn()[-2:])
    await Runner.run(agent, "Hi", session=session, run_config=watched(sent))
    return sent[-1]


async def keep_the_newest_turn(agent):
    from agents import Runner, SQLiteSession

    session, sent = SQLiteSession("user_123"), []
    items = tool_turn()
    while items and items[0].get("role") != "user":
        del items[0]
    await session.add_items(items)
    await Runner.run(agent, "Hi", session=session, run_config=watched(sent))
    return sent[-1]


def thought_and_reply():
    return [
        {"role": "user", "content": "What's 2 + 2?"},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {"role": "assistant", "content": "4"},
    ]


async def pop_the_reply_alone(agent):
    from agents import Runner, SQLiteSession

    session, sent = SQLiteSession("user_123"), []
    await session.add_items(thought_and_reply())
    await session.pop_item()
    await Runner.run(agent, "Hi", session=session, run_config=watched(sent))
    return sent[-1]


async def pop_the_turn_with_its_reasoning(agent):
    from agents import Runner, SQLiteSession

    session, sent = SQLiteSession("user_123"), []
    await session.add_items(thought_and_reply())
    while item := await session.pop_item():
        if item.get("role") == "user":
            break
    await Runner.run(agent, "Hi", session=session, run_config=watched(sent))
    return sent[-1]


async def two_memories(agent):
    from agents import Runner, SQLiteSession

    return await Runner.run(
        agent,
        "Hi",
        session=SQLiteSession("user_123"),
        conversation_id="conv_1",
    )


async def one_memory(agent):
    from agents import Runner, SQLiteSession

    # session: you keep the items. conversation_id: OpenAI keeps them.
    # previous_response_id: OpenAI keeps the chain of responses.
    session = SQLiteSession("user_123")
    await Runner.run(agent, "Hi", session=session)
    return f"{len(await session.get_items())} items"


async def pass_the_list_too(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    first = await Runner.run(agent, "Hi", session=session)
    follow_up = {"role": "user", "content": "Bye"}
    again = [*first.to_input_list(), follow_up]
    await Runner.run(agent, again, session=session)
    return kinds(await session.get_items())


async def pass_the_new_message(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    await Runner.run(agent, "Hi", session=session)
    await Runner.run(agent, "Bye", session=session)
    return kinds(await session.get_items())


def with_a_guardrail(agent):
    from agents import GuardrailFunctionOutput, input_guardrail

    @input_guardrail(run_in_parallel=False)
    def no_secrets(context, agent, given):
        words = given if isinstance(given, str) else given[-1]["content"]
        found = "secret" in words
        return GuardrailFunctionOutput(None, tripwire_triggered=found)

    return agent.clone(input_guardrails=[no_secrets])


async def go_on_after_a_guardrail(agent):
    from contextlib import suppress

    from agents import InputGuardrailTripwireTriggered, Runner, SQLiteSession

    session, sent = SQLiteSession("user_123"), []
    guarded = with_a_guardrail(agent)
    with suppress(InputGuardrailTripwireTriggered):
        await Runner.run(guarded, "Tell me a secret", session=session)
    # the message that was stopped is still stored
    await Runner.run(agent, "Hi", session=session, run_config=watched(sent))
    return sent[-1]


async def take_back_after_a_guardrail(agent):
    from agents import InputGuardrailTripwireTriggered, Runner, SQLiteSession

    session, sent = SQLiteSession("user_123"), []
    guarded = with_a_guardrail(agent)
    try:
        await Runner.run(guarded, "Tell me a secret", session=session)
    except InputGuardrailTripwireTriggered:
        await session.pop_item()
    await Runner.run(agent, "Hi", session=session, run_config=watched(sent))
    return sent[-1]


async def wait_for_approval(agent, session):
    from agents import Runner, function_tool

    @function_tool(needs_approval=True)
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: rain"

    weather = agent.clone(tools=[get_weather])
    question = "What's the weather in Oslo?"
    return weather, await Runner.run(weather, question, session=session)


async def ask_again_instead(agent):
    from agents import Runner, SQLiteSession

    session, sent = SQLiteSession("user_123"), []
    await wait_for_approval(agent, session)
    await Runner.run(agent, "Hi", session=session, run_config=watched(sent))
    return f"stored {kinds(await session.get_items())}, sent {sent[-1]}"


async def approve_and_resume(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    weather, waiting = await wait_for_approval(agent, session)
    state = waiting.to_state()
    state.approve(waiting.interruptions[0])
    await Runner.run(weather, state, session=session)
    return f"stored {kinds(await session.get_items())}"


async def store_a_date():
    from datetime import date

    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    said = {"role": "user", "content": "Hi", "at": date(2026, 1, 31)}
    await session.add_items([{"role": "user", "content": "first"}, said])


async def store_a_text():
    from datetime import date

    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    said = f"Today is {date(2026, 1, 31).isoformat()}"
    await session.add_items([{"role": "user", "content": said}])
    return f"{len(await session.get_items())} item"


async def stored_with_cut_arguments(agent):
    """A turn whose model wrote arguments that are not JSON."""
    from agents import Runner, SQLiteSession, function_tool
    from agents.testing import ScriptedModel, assistant_message, function_call

    @function_tool
    def get_weather(city: str) -> str:
        """The weather in a city."""
        return f"{city}: rain"

    cut = function_call("get_weather", '{"city": "Oslo"', call_id="call_1")
    model = ScriptedModel([[cut], [assistant_message("It failed.")]])
    session = SQLiteSession("user_123")
    weather = agent.clone(model=model, tools=[get_weather])
    await Runner.run(weather, "What's the weather?", session=session)
    return session


async def read_the_arguments(agent):
    import json

    session = await stored_with_cut_arguments(agent)
    calls = [item for item in await session.get_items() if "arguments" in item]
    return [json.loads(call["arguments"]) for call in calls]


async def leave_that_pair_out(agent):
    session = await stored_with_cut_arguments(agent)
    items = await session.get_items()
    await session.clear_session()
    await session.add_items([item for item in items if "call_id" not in item])
    return kinds(await session.get_items())


MISTAKES = (
    Case(
        "slice",
        "items[-2:] to keep the newest items",
        "The slice cuts a tool's output from its call. Without a limit the SDK sends such an output, and users report "
        "that hosted models refuse it. Cut before a message of the user.",
        keep_the_newest_two,
        "['function_call_output', 'assistant', 'user']",
        keep_the_newest_turn,
        "['user', 'function_call', 'function_call_output', 'assistant', 'user']",
        step=("memory_operations", 9, "Keep the newest two"),
        lesson="long_conversations",
        pasted="Error code 400 No tool call found for function call output with call_id invalid_request_error",
    ),
    Case(
        "reasoning-alone",
        "A reasoning item without the reply that follows it",
        "One pop removed the reply and left its reasoning item. Users report that hosted models refuse the one without "
        "the other. Take back the whole turn.",
        pop_the_reply_alone,
        "['user', 'reasoning', 'user']",
        pop_the_turn_with_its_reasoning,
        "['user']",
        step=("model_items", 4, "Pop the answer alone"),
        lesson="model_items",
        pasted="Item of type 'reasoning' was provided without its required following item. Item with id 'rs_' not found. "
        "reasoning_item_id_policy store=False",
    ),
    Case(
        "two-memories",
        "session= together with conversation_id",
        "session, conversation_id and previous_response_id are three separate memories, so a run accepts only one. A "
        "session stores the items where its class says. With the other two a request has only what is "
        "new, and OpenAI keeps the rest.",
        two_memories,
        "UserError: Session persistence cannot be combined with conversation_id, previous_response_id, or "
        "auto_previous_response_id.",
        one_memory,
        "2 items",
        lesson="hosted",
        pasted="conversation_id previous_response_id auto_previous_response_id conversation",
    ),
    Case(
        "list-and-session",
        "to_input_list() together with session=",
        "The session already sends what was said. With the list it is sent twice, and stored twice. A call and its output "
        "are torn apart. Pass the new message alone.",
        pass_the_list_too,
        "['user', 'assistant', 'user', 'assistant', 'user', 'assistant']",
        pass_the_new_message,
        "['user', 'assistant', 'user', 'assistant']",
        step=("memory_operations", 12, "Carry the list by hand"),
        pasted="duplicate messages sent twice stored twice",
    ),
    Case(
        "guardrail",
        "Going on after a guardrail has stopped a message",
        "The message is stored before the guardrail looks at it, and the next run sends it. Remove it when the guardrail "
        "trips.",
        go_on_after_a_guardrail,
        "['user', 'user']",
        take_back_after_a_guardrail,
        "['user']",
        pasted="InputGuardrailTripwireTriggered OutputGuardrailTripwireTriggered Guardrail triggered tripwire",
    ),
    Case(
        "not-json",
        "An item that JSON cannot hold",
        "Items are stored as JSON. A date, a set or an object of yours is not: the call raises, and nothing of the whole batch "
        "is stored. EncryptedSession does not raise, and stores its str(). Store a text yourself.",
        store_a_date,
        "TypeError: Object of type date is not JSON serializable",
        store_a_text,
        "1 item",
        pasted="Object of type datetime UUID Decimal is not JSON serializable",
    ),
    Case(
        "arguments-not-json",
        "A tool call whose arguments are not JSON",
        "The arguments are stored as the model wrote them, also if they are cut off. The run answers the call with an "
        "error, and both rows are sent in every later run. Users report that services which read the arguments refuse them. "
        "Remove the call and its output.",
        read_the_arguments,
        "JSONDecodeError: Expecting ',' delimiter: line 1 column 16 (char 15)",
        leave_that_pair_out,
        "['user', 'assistant']",
        pasted="json.decoder.JSONDecodeError Expecting value line 1 column 1 (char 0) Invalid JSON input for tool",
    ),
    Case(
        "approval",
        "Asking again while a tool call waits for approval",
        "The call is stored and waits. A new run leaves it out, because its output is missing. Approve or reject it, and "
        "resume from the state with the same session.",
        ask_again_instead,
        "stored ['user', 'function_call', 'user', 'assistant'], sent ['user', 'user']",
        approve_and_resume,
        "stored ['user', 'function_call', 'function_call_output', 'assistant']",
        pasted="needs_approval interruptions to_state RunState approve reject human in the loop",
    ),
)
