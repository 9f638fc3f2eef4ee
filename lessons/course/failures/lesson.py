"""When a run fails: what is stored, what the next run sends, and how to ask again."""

from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrail,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    OutputGuardrail,
    OutputGuardrailTripwireTriggered,
    RunHooks,
    Runner,
    UserError,
    function_tool,
)
from agents.models.interface import Model

from lessons.course.failures import verdicts
from lessons.course.index import entry
from lessons.frame.lesson import Lesson, Step
from lessons.kit.copyable.ask_again import ask_again, take_back


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return f"{city}: 4 °C and rain"


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model, tools=[get_weather])


class ConnectionBreaks(RunHooks):
    """Plays a connection that breaks: the answer is lost."""

    def __init__(self, request=1):
        self.request, self.count = request, 0

    async def on_llm_end(self, *_):
        self.count += 1
        if self.count == self.request:
            raise ConnectionError("the answer did not arrive")


async def fail_at(agent, question, session, request=1):
    """Ask, lose the answer to this request, and say how the run ended."""
    try:
        hooks = ConnectionBreaks(request)
        await Runner.run(agent, question, session=session, hooks=hooks)
    except ConnectionError as error:
        return f"ConnectionError: {error}"


async def lose_the_connection(agent, session):
    return await fail_at(agent, "What's 2 + 2?", session)


async def send_the_same_again(agent, session):
    await fail_at(agent, "What's 3 + 3?", session)
    return await Runner.run(agent, "What's 3 + 3?", session=session)


async def go_on_from_what_is_stored(agent, session):
    await fail_at(agent, "What's 4 + 4?", session)
    return await ask_again(agent, "What's 4 + 4?", session, before=0)


async def go_on_after_a_tool(agent, session):
    await fail_at(agent, "What's the weather in Oslo?", session, request=2)
    return await ask_again(agent, "What's the weather in Oslo?", session, before=0)


def no_weather(city: str) -> str:
    """The weather in a city."""
    raise ConnectionError("no weather today")


async def a_tool_fails(agent, session):
    tool = function_tool(no_weather, name_override="get_weather")
    broken = agent.clone(tools=[tool])
    return await Runner.run(broken, "What's the weather in Oslo?", session=session)


async def a_tool_raises(agent, session):
    tool = function_tool(
        no_weather,
        name_override="get_weather",
        failure_error_function=None,
    )
    broken = agent.clone(tools=[tool])
    try:
        await Runner.run(broken, "What's the weather in Oslo?", session=session)
    except UserError as error:
        return f"UserError: {error}"


async def too_many_turns(agent, session):
    try:
        question = "What's the weather in Oslo?"
        await Runner.run(agent, question, session=session, max_turns=1)
    except MaxTurnsExceeded as error:
        return f"MaxTurnsExceeded: {error}"


async def no_codes(context, agent, given):
    found = "launch code" in str(given)
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=found)


def guarded(agent, check):
    """The agent, with a check that ends before the model is asked."""
    guardrail = InputGuardrail(check, run_in_parallel=False)
    return agent.clone(input_guardrails=[guardrail])


async def ask_guarded(agent, question, session):
    try:
        return await Runner.run(guarded(agent, no_codes), question, session=session)
    except InputGuardrailTripwireTriggered as error:
        return f"InputGuardrailTripwireTriggered: {error}"


async def block_a_question(agent, session):
    return await ask_guarded(agent, "My launch code is 0000", session)


async def ask_after_a_blocked_question(agent, session):
    await ask_guarded(agent, "My launch code is 0000", session)
    return await ask_guarded(agent, "What's 5 + 5?", session)


async def no_codes_in_the_newest(context, agent, given):
    newest = given if isinstance(given, str) else given[-1]
    found = "launch code" in str(newest)
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=found)


async def look_at_the_newest_only(agent, session):
    await ask_guarded(agent, "My launch code is 0000", session)
    careless = guarded(agent, no_codes_in_the_newest)
    return await Runner.run(careless, "What's 5 + 5?", session=session)


async def take_the_blocked_question_back(agent, session):
    await ask_guarded(agent, "My launch code is 0000", session)
    await take_back(session, "My launch code is 0000")
    return await ask_guarded(agent, "What's 6 + 6?", session)


async def no_answers(context, agent, answer):
    return GuardrailFunctionOutput(output_info=None, tripwire_triggered=True)


async def block_an_answer(agent, session):
    silent = agent.clone(output_guardrails=[OutputGuardrail(no_answers)])
    try:
        await Runner.run(silent, "What's 7 + 7?", session=session)
    except OutputGuardrailTripwireTriggered as error:
        return f"OutputGuardrailTripwireTriggered: {error}"


async def stop_after_the_tool(agent, session):
    question = "What's the weather in Oslo?"
    result = Runner.run_streamed(agent, question, session=session)
    async for event in result.stream_events():
        if event.type == "raw_response_event":
            result.cancel(mode="after_turn")
    return f"reply: {result.final_output}"


async def retry_a_request(agent, session):
    await Runner.run(agent, "What's 8 + 8?", session=session)
    # Here the connection to the browser breaks: it sends the same again.
    return await ask_again(agent, "What's 8 + 8?", session, before=0)


STEPS = (
    Step(
        "Lose the connection",
        lose_the_connection,
        asks="The connection breaks while the model answers. What will be stored?",
        look_for="The question was stored before the model was asked, so it stays although the run failed. Every later run "
        "sends it, unless a limit, a callback or a filter leaves it out.",
        holds=verdicts.lose_the_connection,
        session_id="connection_lost",
    ),
    Step(
        "Send the same again",
        send_the_same_again,
        asks="The run failed, and you send the same message again. How often will it be stored?",
        look_for="Nothing removes a question when its run fails. The same message was stored a second time, and the model was "
        "sent both.",
        holds=verdicts.send_the_same_again,
        session_id="sent_twice",
    ),
    Step(
        "Go on from what is stored",
        go_on_from_what_is_stored,
        asks="How can a run go on without storing the question twice?",
        look_for="ask_again saw that the question was stored, and ran the agent with no new input: [] instead of the question. "
        "The session returned it, and it was sent once.",
        holds=verdicts.go_on_from_what_is_stored,
        session_id="asked_once",
    ),
    Step(
        "Go on after a tool",
        go_on_after_a_tool,
        asks="The tool has answered, then the connection breaks. Will the tool be called again?",
        look_for="The answer after the tool was lost, and the call and its output were stored. The run went on from there: the "
        "tool was not called again, which matters when a tool books or pays.",
        holds=verdicts.go_on_after_a_tool,
        session_id="goes_on",
    ),
    Step(
        "A tool fails",
        a_tool_fails,
        asks="A tool raises an exception. Will the run end?",
        deeper=True,
        look_for="By default the output of a tool that raises is an error message of the SDK. The run goes on, and the model "
        "is told that an error occurred. Since 0.23 it is not told which.",
        holds=verdicts.a_tool_fails,
        session_id="tool_fails",
    ),
    Step(
        "A tool raises",
        a_tool_raises,
        asks="The same tool, with failure_error_function=None. What will be stored?",
        deeper=True,
        look_for="With failure_error_function=None the exception ends the run. Only the question is stored: the call is not.",
        holds=verdicts.a_tool_raises,
        session_id="tool_raises",
    ),
    Step(
        "Run out of turns",
        too_many_turns,
        asks="One request is allowed, and the tool needs two. What will be stored when the run stops?",
        deeper=True,
        look_for="max_turns counts requests to the model. The one that was allowed called the tool. All finished rounds are "
        "stored, so the run can go on from there.",
        holds=verdicts.too_many_turns,
        session_id="out_of_turns",
    ),
    Step(
        "Block a question",
        block_a_question,
        asks="A guardrail blocks the question. Is the question stored?",
        look_for="This guardrail has run_in_parallel=False: it stopped the run before the model was asked. By default a "
        "guardrail runs while the model works. In both cases the question is stored already: the launch code is a row.",
        holds=verdicts.block_a_question,
        session_id="blocked",
    ),
    Step(
        "Ask something else",
        ask_after_a_blocked_question,
        asks="The blocked question is a row. What will happen to the next, harmless one?",
        look_for="A guardrail is given the whole input of the run, with what the session returned. It found the launch code of "
        "the first question, and blocked the second one too. With this guardrail, no question of this session is answered "
        "any more.",
        holds=verdicts.ask_after_a_blocked_question,
        session_id="blocked_for_good",
    ),
    Step(
        "Look at the newest only",
        look_at_the_newest_only,
        asks="A guardrail that looks at the newest item only. What will the model be sent?",
        deeper=True,
        look_for="This guardrail looks at the newest item only, so the second question passed. The model was sent the launch "
        "code with it, as history.",
        holds=verdicts.look_at_the_newest_only,
        session_id="sent_after_all",
    ),
    Step(
        "Take it back",
        take_the_blocked_question_back,
        asks="How do you get rid of a question that was blocked?",
        look_for="Pop a question that was blocked. take_back does that, and only if no other question follows.",
        holds=verdicts.take_the_blocked_question_back,
        session_id="taken_back",
    ),
    Step(
        "Block an answer",
        block_an_answer,
        asks="The answer is blocked after the model gave it. What will be stored?",
        deeper=True,
        look_for="The model had already answered, and you pay for that answer. The output guardrail kept it out of the "
        "session. The question is stored, and will be sent again.",
        holds=verdicts.block_an_answer,
        session_id="answer_blocked",
    ),
    Step(
        "Stop after the tool",
        stop_after_the_tool,
        asks="The run is cancelled after the tool. Will the call have its output?",
        deeper=True,
        look_for='cancel(mode="after_turn") lets the round finish: its call and output are stored as a pair. cancel() alone '
        "would have ended the run here, with only the question stored.",
        holds=verdicts.stop_after_the_tool,
        session_id="stopped",
    ),
    Step(
        "Retry a request",
        retry_a_request,
        asks="A client sends a request twice. Will the question be stored twice?",
        look_for="A client whose connection breaks does not know that its request was done, and sends it again. ask_again saw "
        "the question and its answer in the session: it asked nothing and stored nothing.",
        holds=verdicts.retry_a_request,
        session_id="retried",
    ),
)

LESSON = Lesson(
    entry=entry("failures"),
    make_agent=make_agent,
    session_id="connection_lost",
    walk_stores=("sqlite_file",),
    steps=STEPS,
    learned=(
        "The question is stored before the model is asked, and stays when the run fails: sending it again stores it twice.",
        "A run with no new input goes on from what is stored. No tool that has answered is called again.",
        "A blocked question is stored too, and can block every later run. Take it back with pop_item().",
    ),
    needs=(),
)
