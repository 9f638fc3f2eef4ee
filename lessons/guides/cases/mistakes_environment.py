"""Mistakes with event loops, threads, Streamlit and caches, each next to code that works."""

from lessons.guides.cases.case import Case


async def run_sync_in_a_coroutine(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    return Runner.run_sync(agent, "Hi", session=session).final_output


async def run_in_a_coroutine(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    await Runner.run(agent, "Hi", session=session)
    return f"{len(await session.get_items())} items"


def loop_of_a_thread():
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    def in_a_thread():  # Streamlit, Flask and others run your code like this
        return asyncio.get_event_loop()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(in_a_thread).result()


def loop_for_the_program():
    import asyncio
    import threading

    from agents import SQLiteSession

    # made once; in Streamlit, in a function with st.cache_resource
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    def wait_for(coroutine):  # from any thread
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    items = wait_for(SQLiteSession("user_123").get_items())
    loop.call_soon_threadsafe(loop.stop)
    return f"{len(items)} items"


def store_the_object():
    import pickle

    from agents import SQLiteSession

    # st.cache_data, multiprocessing and task queues do the same
    return pickle.dumps(SQLiteSession("user_123"))


async def store_the_id(path):
    from agents import SQLiteSession

    kept = "user_123"  # in st.session_state, a cookie, a job
    session = SQLiteSession(kept, path)
    await session.add_items([{"role": "user", "content": "Hi"}])
    return f"{len(await session.get_items())} item"


def use_the_engine_without_await():
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite://")
    with engine.sync_engine.connect() as connection:
        return connection.exec_driver_sql("SELECT 1").scalar()


async def use_the_engine_with_await():
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine("sqlite+aiosqlite://")
    async with engine.connect() as connection:
        found = (await connection.exec_driver_sql("SELECT 1")).scalar()
    await engine.dispose()
    return f"{found}"


async def leave_the_loop(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    result = Runner.run_streamed(agent, "What's 2 + 2?", session=session)
    events = result.stream_events()
    async for event in events:
        if event.type == "raw_response_event":
            break  # the user has closed the page
    await events.aclose()
    return f"{len(await session.get_items())} items are stored"


async def cancel_the_run(agent):
    from agents import Runner, SQLiteSession

    session = SQLiteSession("user_123")
    result = Runner.run_streamed(agent, "What's 2 + 2?", session=session)
    async for event in result.stream_events():
        if event.type == "raw_response_event":
            result.cancel()
    return f"{len(await session.get_items())} item is stored"


async def await_a_close_that_is_not_async():
    from agents import SQLiteSession

    await SQLiteSession("user_123").close()


async def close_without_await():
    from agents import SQLiteSession

    session = SQLiteSession("user_123")
    session.close()  # AsyncSQLiteSession and RedisSession: await close()
    return "closed"


async def use_async_with(path):
    from agents import SQLiteSession

    async with SQLiteSession("user_123", path) as session:
        return await session.get_items()


async def use_closing(path):
    from contextlib import closing

    from agents import SQLiteSession

    with closing(SQLiteSession("user_123", path)) as session:
        return await session.get_items()


MISTAKES = (
    Case(
        "run-sync",
        "Runner.run_sync in async code",
        "run_sync starts an event loop, and one is running already. In async code, a notebook included, await Runner.run.",
        run_sync_in_a_coroutine,
        "RuntimeError: AgentRunner.run_sync() cannot be called when an event loop is already running.",
        run_in_a_coroutine,
        "2 items",
        step=("basic", 9, "Run it without await"),
        pasted="This event loop is already running. asyncio.run() cannot be called from a running event loop jupyter notebook",
    ),
    Case(
        "no-loop",
        "A thread without an event loop, as in Streamlit",
        "A thread that you start has no event loop. Start one loop in a background thread for the whole program, and send "
        "every session call to it.",
        loop_of_a_thread,
        "RuntimeError: There is no current event loop in thread 'ThreadPoolExecutor-",
        loop_for_the_program,
        "0 items",
        pasted="ScriptRunner.scriptThread streamlit st.cache_resource flask django",
    ),
    Case(
        "await-close",
        "await session.close() on SQLiteSession",
        "The four methods are async, and close() of SQLiteSession and AdvancedSQLiteSession is not. SQLAlchemySession has no "
        "close(): await session.engine.dispose().",
        await_a_close_that_is_not_async,
        "TypeError: object NoneType can't be used in 'await' expression",
        close_without_await,
        "closed",
        pasted="has no attribute close",
    ),
    Case(
        "async-with",
        "async with around a session",
        "SQLiteSession is not a context manager. closing() of contextlib closes it at the end. A session that is never closed "
        "keeps its file open. A process may open only so many, and Python's documentation says that Windows does not delete "
        "a file that is in use.",
        use_async_with,
        "TypeError: 'SQLiteSession' object does not support the asynchronous context manager protocol",
        use_closing,
        "[]",
        pasted="has no attribute __aenter__ __enter__ context manager protocol",
    ),
    Case(
        "pickle",
        "A session that is pickled or copied, as in a Streamlit cache",
        "A session has locks and connections, which cannot be pickled. Keep its id, and open it again: the rows are in the "
        "storage. In Streamlit, put the id into st.session_state, or the object into st.cache_resource with the id as a key.",
        store_the_object,
        "TypeError: cannot pickle '_thread.",
        store_the_id,
        "1 item",
        pasted="RLock object streamlit session state st.session_state st.cache_data st.cache_resource deepcopy multiprocessing "
        "celery lock",
    ),
    Case(
        "greenlet",
        "An async engine used without await",
        "Everything on an async engine is awaited, inside a coroutine. An object that is loaded later, outside of it, raises "
        "the same, or a StatementError that names it.",
        use_the_engine_without_await,
        "MissingGreenlet: greenlet_spawn has not been called",
        use_the_engine_with_await,
        "1",
        lesson="databases",
        pasted="sqlalchemy.exc.MissingGreenlet",
    ),
    Case(
        "left-stream",
        "A stream that is left with break",
        "break ends your loop, and the run goes on: its reply is stored later. cancel() stops the run, and "
        'cancel(mode="after_turn") lets the turn finish.',
        leave_the_loop,
        "2 items are stored",
        cancel_the_run,
        "1 item is stored",
        step=("basic", 11, "Leave a stream early"),
        pasted="cancel cancelled run_streamed stream_events stop streaming",
    ),
)
