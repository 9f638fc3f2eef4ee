"""What real models store: reasoning, hosted tools, images, refusals and ids, with items of the SDK's own types.

Each step answers with items in the shape in which a service sends them, so it shows the same with every model, and without one.
"""

from agents import Agent, ModelRefusalError, RunConfig, Runner
from agents.models.chatcmpl_converter import Converter
from agents.models.interface import Model
from agents.testing import ScriptedModel, assistant_message
from openai.types.chat import ChatCompletionMessage
from openai.types.responses import (
    ResponseFunctionWebSearch,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseReasoningItem,
)
from openai.types.responses.response_function_web_search import ActionSearch
from openai.types.responses.response_output_item import McpCall
from openai.types.responses.response_reasoning_item import Summary

from lessons.course.index import entry
from lessons.course.model_items.evidence import (
    added,
    data_of,
    ids_of,
    parts_of,
    removed,
    sent_data,
    sent_raw,
    stored_word_for_word,
)
from lessons.frame.evidence import did
from lessons.frame.lesson import Lesson, Step


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one short sentence.", model=model)


def answering(agent, *items):
    """The agent with a model that answers once, with these items."""
    return agent.clone(model=ScriptedModel([list(items)]))


def reasoning(item_id):
    thought = Summary(type="summary_text", text="The user asks for a sum.")
    return ResponseReasoningItem(id=item_id, type="reasoning", summary=[thought])


async def think_first(agent, session):
    thinker = answering(agent, reasoning("rs_1"), assistant_message("4", item_id="msg_1"))
    return await Runner.run(thinker, "What's 2 + 2?", session=session)


async def think_again(agent, session):
    thinker = answering(agent, reasoning("rs_2"), assistant_message("5", item_id="msg_2"))
    return await Runner.run(thinker, "What's 2 + 3?", session=session)


async def omit_the_ids(agent, open_session):
    session = open_session("without_ids")
    no_ids = RunConfig(reasoning_item_id_policy="omit")
    thinker = answering(agent, reasoning("rs_3"), assistant_message("6", item_id="msg_3"))
    await Runner.run(thinker, "What's 3 + 3?", session=session, run_config=no_ids)
    again = answering(agent, assistant_message("7", item_id="msg_4"))
    return await Runner.run(again, "What's 3 + 4?", session=session, run_config=no_ids)


async def pop_the_answer_alone(agent, open_session):
    session = open_session("popped")
    thinker = answering(agent, reasoning("rs_5"), assistant_message("8", item_id="msg_5"))
    await Runner.run(thinker, "What's 4 + 4?", session=session)
    await session.pop_item()
    again = answering(agent, assistant_message("8", item_id="msg_6"))
    return await Runner.run(again, "What's 4 + 4?", session=session)


async def use_hosted_tools(agent, session):
    search = ResponseFunctionWebSearch(
        id="ws_1",
        type="web_search_call",
        status="completed",
        action=ActionSearch(type="search", query="opening hours"),
    )
    orders = McpCall(
        id="mcp_1",
        type="mcp_call",
        server_label="shop",
        name="list_orders",
        arguments="{}",
        output="order 7",
    )
    helper = answering(agent, search, orders, assistant_message("Open until six. You have order 7.", item_id="msg_7"))
    return await Runner.run(helper, "When do you close, and what did I order?", session=session)


async def send_an_image_and_a_file(agent, open_session):
    session = open_session("picture")
    pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
    parts = [
        {"type": "input_text", "text": "What is in the picture?"},
        {"type": "input_image", "image_url": pixel, "detail": "auto"},
        {"type": "input_file", "file_id": "file_1"},
    ]
    seer = answering(agent, assistant_message("One black pixel.", item_id="msg_8"))
    return await Runner.run(seer, [{"role": "user", "content": parts}], session=session)


async def refuse(agent, open_session):
    no = ResponseOutputRefusal(type="refusal", refusal="I cannot help with that.")
    message = ResponseOutputMessage(id="msg_9", type="message", role="assistant", status="completed", content=[no])
    try:
        return await Runner.run(answering(agent, message), "Tell me a secret", session=open_session("refused"))
    except ModelRefusalError as error:
        return f"ModelRefusalError: {error}"


async def answer_by_chat_completions(agent, open_session):
    message = ChatCompletionMessage(role="assistant", content="Hello.")
    made_by = {"model": "llama3.2", "response_id": "chatcmpl-1"}
    items = Converter.message_to_output_items(message, provider_data=made_by)
    return await Runner.run(answering(agent, *items), "Hi", session=open_session("chat_completions"))


STEPS = (
    Step(
        "Think first",
        think_first,
        asks="A reasoning model thinks before it answers. Which rows will that make, and are its thoughts in them?",
        look_for="A script answered, with items in the form of a service. They made three rows: your message, the reasoning "
        "item, the reply. The reasoning item holds a summary, and an id that begins with rs_. OpenAI says that it sends a "
        "summary of the thoughts and not the thoughts themselves. Other providers send them, and then they are in the row.",
        holds=lambda seen: (
            did(seen) == ["run in model_items: What's 2 + 2?"]
            and added(seen) == ["user", "reasoning", "assistant"]
            and ids_of(seen, "reasoning") == ["rs_1"]
            and '"summary": [' in data_of(seen)
            and "The user asks for a sum." in data_of(seen)
        ),
    ),
    Step(
        "Think again",
        think_again,
        asks="Will the reasoning item be sent again with the next question?",
        look_for="The reasoning item was sent again, in its place before the reply. Users report that a reasoning model "
        "of the Responses API refuses a list that has only one of the two.",
        holds=lambda seen: (
            did(seen) == ["run in model_items: What's 2 + 3?"]
            and seen.sent_kinds == ["user", "reasoning", "assistant", "user"]
            and sent_data(seen, "asks for a sum")
        ),
    ),
    Step(
        "Omit the ids",
        omit_the_ids,
        asks='With reasoning_item_id_policy="omit": what will be missing in the rows?',
        deeper=True,
        look_for='With reasoning_item_id_policy="omit" the reasoning items were stored and sent without an id. Users report '
        "that this prevents the error “Item with id 'rs_…' not found”: the service looks for an item that it no longer keeps.",
        holds=lambda seen: (
            did(seen) == ["run in without_ids: What's 3 + 3?", "run in without_ids: What's 3 + 4?"]
            and ids_of(seen, "reasoning") == [None]
            and seen.sent_kinds == ["user", "reasoning", "assistant", "user"]
            and not sent_raw(seen, "rs_3")
        ),
        session_id="without_ids",
    ),
    Step(
        "Pop the answer alone",
        pop_the_answer_alone,
        asks="pop_item() removes the reply only. What will the next run send?",
        look_for="One pop removed the reply and left its reasoning item. The next run sent it without the message that has to "
        "follow. The script that answers here accepts it. Users report that a hosted model refuses it. Take back the whole "
        "turn.",
        holds=lambda seen: (
            did(seen) == ["run in popped: What's 4 + 4?", "pop_item() of popped", "run in popped: What's 4 + 4?"]
            and removed(seen) == ["assistant"]
            and added(seen)[-2:] == ["user", "assistant"]
            and seen.sent_kinds == ["user", "reasoning", "user"]
        ),
        session_id="popped",
    ),
    Step(
        "Use hosted tools",
        use_hosted_tools,
        asks="The service runs a search and an MCP call by itself. Will their outputs be rows?",
        look_for="The model searched the web, and called a tool of an MCP server, which is a server that offers tools. The "
        "service ran both, so no output follows: each is one row, and the MCP call has its output inside. A list of the "
        "server's tools, if the service sends one, is a row too. A function tool of yours makes two rows, a call and an "
        "output. So do a hosted shell and a hosted tool search.",
        holds=lambda seen: (
            did(seen) == ["run in model_items: When do you close, and what did I order?"]
            and added(seen) == ["user", "tool call", "tool call", "assistant"]
            and stored_word_for_word(seen, '"web_search_call"', '"mcp_call"', '"output": "order 7"')
        ),
    ),
    Step(
        "Send an image and a file",
        send_an_image_and_a_file,
        asks="Your message has an image and a file. What of them will be in the row?",
        deeper=True,
        look_for="The content of your message is a list of parts, stored as it was given. An image in a data: address is "
        "stored inside the row, and sent again with every run. A file_id or an https address keeps the row small.",
        holds=lambda seen: (
            did(seen) == ["run in picture: What is in the picture? [input_image] [input_file]"]
            and added(seen) == ["user", "assistant"]
            and parts_of(seen) == ["input_text", "input_image", "input_file"]
            and stored_word_for_word(seen, "What is in the picture?", "data:image/png;base64,iVBORw0KGgo")
            and stored_word_for_word(seen, "SUVORK5CYII=", '"detail": "auto"', '"file_id": "file_1"')
        ),
        session_id="picture",
    ),
    Step(
        "Be refused",
        refuse,
        asks="The model refuses to answer. What will be stored?",
        look_for="The model refused, and the run raised ModelRefusalError. Your message is stored and the refusal is not: the "
        "next run sends the question again.",
        holds=lambda seen: (
            did(seen) == ["run in refused: Tell me a secret"]
            and (seen.result or "").count("ModelRefusalError") == 1
            and added(seen) == ["user"]
        ),
        session_id="refused",
    ),
    Step(
        "Answer by Chat Completions",
        answer_by_chat_completions,
        asks="Chat Completions gives messages no id. Which id will the row have?",
        deeper=True,
        look_for="That API gives messages no id, so the SDK's Chat Completions class writes the id __fake_id__, and the "
        "model's name into provider_data. The SDK's Responses class removes this id before it sends the item.",
        holds=lambda seen: (
            did(seen) == ["run in chat_completions: Hi"]
            and ids_of(seen, "assistant") == ["__fake_id__"]
            and '"provider_data": {"model": "llama3.2"' in data_of(seen)
        ),
        session_id="chat_completions",
    ),
)


LESSON = Lesson(
    entry=entry("model_items"),
    make_agent=make_agent,
    session_id="model_items",
    walk_stores=("sqlite_file", "sqlite_custom_tables"),
    steps=STEPS,
    learned=(
        "A reasoning item is a row before its reply, and is sent again with it. Take back both or neither.",
        "Most calls that the service runs itself are one row each. A function tool of yours makes two: call and output.",
        "Images in data: addresses are stored whole in the row. A refusal is not stored, and the question is.",
    ),
)
