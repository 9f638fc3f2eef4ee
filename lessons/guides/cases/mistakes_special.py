"""Mistakes with what is seldom used: branch_id, max_scan_items, the wrapper argument, damaged encrypted rows."""

from lessons.guides.cases.case import Case
from lessons.kit.sdk_version import since


async def advanced_with_a_branch(path):
    from agents.extensions.memory import AdvancedSQLiteSession

    session = AdvancedSQLiteSession(
        session_id="user_123",
        db_path=path,
        create_tables=True,
    )
    for word in ("one", "two"):
        await session.add_items([{"role": "user", "content": word}])
    await session.create_branch_from_turn(2, "other")
    await session.switch_to_branch("main")
    return session


async def switch_to_read(path):
    session = await advanced_with_a_branch(path)
    await session.switch_to_branch("other")
    await session.get_items()
    await session.add_items([{"role": "user", "content": "three"}])
    return f"{len(await session.get_items(branch_id='main'))} items on main"


async def read_by_branch_id(path):
    session = await advanced_with_a_branch(path)
    await session.get_items(branch_id="other")
    await session.add_items([{"role": "user", "content": "three"}])
    return f"{len(await session.get_items(branch_id='main'))} items on main"


async def rows_of_another_key():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    base = SQLiteSession("user_123")
    mine = EncryptedSession("user_123", base, "my key")
    await mine.add_items([{"role": "user", "content": "Hi"}])
    other = EncryptedSession("user_123", base, "another key")
    await other.add_items([{"role": "user", "content": "Hidden"}] * 10)
    return base


async def scan_at_most_five():
    from agents.extensions.memory import EncryptedSession

    base = await rows_of_another_key()
    session = EncryptedSession("user_123", base, "my key", max_scan_items=5)
    return await session.get_items(limit=1)


async def scan_far_enough():
    from agents.extensions.memory import EncryptedSession

    base = await rows_of_another_key()
    session = EncryptedSession("user_123", base, "my key")  # no bound
    return await session.get_items(limit=1)


def session_that_wants_the_context(names):
    """A session whose methods with these names take the context of the run."""
    from agents import SessionSettings

    class Own:
        session_id = "user_123"
        session_settings: SessionSettings | None = None

        def __init__(self):
            self.items, self.given = [], set()

        async def get_items(self, limit=None, wrapper=None):
            self.given.add(wrapper is not None)
            return list(self.items)

        async def add_items(self, items, wrapper=None):
            self.given.add(wrapper is not None)
            self.items.extend(items)

        async def pop_item(self, wrapper=None):
            return self.items.pop() if self.items else None

        async def clear_session(self, wrapper=None):
            self.items.clear()

    if "clear_session" not in names:

        async def clear_session(self):
            self.items.clear()

        return type("Own", (Own,), {"clear_session": clear_session})()
    return Own()


async def wrapper_in_three_methods(agent):
    from agents import Runner

    names = {"get_items", "add_items", "pop_item"}
    session = session_that_wants_the_context(names)
    await Runner.run(agent, "Hi", session=session, context={"tenant": "a"})
    return f"the context was given: {True in session.given}"


async def wrapper_in_all_four(agent):
    from agents import Runner

    names = {"get_items", "add_items", "pop_item", "clear_session"}
    session = session_that_wants_the_context(names)
    await Runner.run(agent, "Hi", session=session, context={"tenant": "a"})
    return f"the context was given: {True in session.given}"


async def session_with_a_damaged_row():
    from agents import SQLiteSession
    from agents.extensions.memory import EncryptedSession

    base = SQLiteSession("user_123")
    session = EncryptedSession("user_123", base, "secret")
    await session.add_items([{"role": "user", "content": "Hi"}])
    damaged: list = [{"__enc__": 1, "v": 1, "kid": "hkdf-v1", "payload": None}]
    await base.add_items(damaged)
    return session


async def read_a_damaged_row():
    session = await session_with_a_damaged_row()
    return await session.get_items()


async def leave_the_damaged_row_out():
    session = await session_with_a_damaged_row()
    base = session.underlying_session
    items = await base.get_items()
    await base.clear_session()
    whole = [item for item in items if isinstance(item.get("payload"), str)]
    await base.add_items(whole)
    return await session.get_items()


async def gemini_is_sent(model_name):
    import json
    from contextlib import suppress

    import httpx2
    from agents import Agent, OpenAIChatCompletionsModel, Runner, SQLiteSession
    from openai import APIStatusError, AsyncOpenAI

    call = {"type": "function_call", "call_id": "c1", "name": "weather"}
    call |= {"arguments": "{}", "provider_data": {"thought_signature": "abc"}}
    output = {"type": "function_call_output", "call_id": "c1", "output": "sun"}
    session = SQLiteSession("user_123")
    items: list = [{"role": "user", "content": "Hi"}, call, output]
    await session.add_items(items)

    sent = []

    def answer(request):
        sent.append(request.content.decode())
        return httpx2.Response(400, json={"error": {"message": "no answer"}})

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
    client = AsyncOpenAI(api_key="any", http_client=http, max_retries=0)
    model = OpenAIChatCompletionsModel(model_name, client)
    with suppress(APIStatusError):  # the answer does not matter
        await Runner.run(Agent("A", model=model), "And?", session=session)
    call = json.loads(sent[0])["messages"][1]["tool_calls"][0]
    return f"the signature is sent: {'extra_content' in call}"


async def gemini_by_another_name():
    return await gemini_is_sent("my-deployment")


async def gemini_by_its_name():
    return await gemini_is_sent("google/gemini-3-pro-preview")


MISTAKES = (
    Case(
        "branch-id",
        "Switching to a branch only to read it",
        "switch_to_branch changes where the next items are stored. get_items(branch_id=…) reads another branch and stays on "
        "this one. A branch that does not exist reads as empty.",
        switch_to_read,
        "2 items on main",
        read_by_branch_id,
        "3 items on main",
        lesson="analytics",
        pasted="branch_id",
    ),
    Case(
        "max-scan-items",
        "max_scan_items smaller than the rows to skip",
        "With a limit, EncryptedSession skips rows that it cannot read and looks further back. It reads "
        "the newest rows again for each wider look. max_scan_items bounds how many rows it reads in all, and raises if that is "
        "not enough (0.23 and later). Leave it out, or make it three times the limit and the rows to skip together.",
        scan_at_most_five,
        since(
            (0, 23),
            "RuntimeError: EncryptedSession max_scan_items exhausted before a complete history result could be established",
            before="TypeError: EncryptedSession.__init__() got an unexpected keyword argument 'max_scan_items'",
        ),
        scan_far_enough,
        "[{'role': 'user', 'content': 'Hi'}]",
        lesson="encrypted",
    ),
    Case(
        "wrapper",
        "wrapper in only some methods of your class",
        "The SDK passes the context of the run as wrapper when all four methods have a parameter of that name. If one of them "
        "lacks it, none is given it.",
        wrapper_in_three_methods,
        "the context was given: False",
        wrapper_in_all_four,
        "the context was given: True",
        lesson="multi_session",
        pasted="RunContextWrapper context tenant",
    ),
    Case(
        "damaged-encrypted-row",
        "One damaged encrypted row stops the whole session",
        "A row that looks encrypted, and whose payload is not a text, is not skipped: each read that comes to it raises, and "
        "so does each run. Remove that row from the session inside.",
        read_a_damaged_row,
        "AttributeError: 'NoneType' object has no attribute 'encode'",
        leave_the_damaged_row_out,
        "[{'role': 'user', 'content': 'Hi'}]",
        lesson="encrypted",
    ),
    Case(
        "thought-signature",
        "Gemini misses a thought_signature",
        "Users report that Gemini gives a tool call a thought_signature, and refuses the call if it comes back without. The "
        "SDK's Chat Completions class stores it in the row of the call, under provider_data. It sends it only if the name of "
        "the model contains gemini. A row without provider_data has none to send.",
        gemini_by_another_name,
        "the signature is sent: False",
        gemini_by_its_name,
        "the signature is sent: True",
        pasted="thought_signature missing in functionCall parts Gemini",
    ),
)
