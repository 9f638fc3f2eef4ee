"""Multiple sessions: one store for many people, several agents on one session, and what happens when runs overlap."""

import asyncio

from agents import Agent, RunHooks, Runner, handoff
from agents.extensions import handoff_filters
from agents.models.interface import Model

from lessons.course.index import entry
from lessons.course.multi_session import verdicts
from lessons.frame.lesson import Lesson, Step
from lessons.kit.stores.kind import SHARED, UNCHANGED


def make_agent(model: Model | None = None) -> Agent:
    return Agent(name="Assistant", instructions="Reply in one or two short sentences.", model=model)


def namespaced(owner: str, topic: str) -> str:
    """One id for a person and a topic, that no other pair can give."""
    for part in (owner, topic):
        if not part or ":" in part:
            raise ValueError(f"{part!r} cannot be part of a session id")
    return f"{owner}:{topic}"


async def alice_and_bob(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("user_alice"))
    await Runner.run(agent, "My name is Bob", session=open_session("user_bob"))
    return await Runner.run(agent, "What's my name?", session=open_session("user_alice"))


async def one_person_two_contexts(agent, open_session):
    support = open_session(namespaced("alice", "support"))
    sales = open_session(namespaced("alice", "sales"))
    await Runner.run(agent, "I'm having issues with my account", session=support)
    return await Runner.run(agent, "What premium features do you offer?", session=sales)


async def refer_back(agent, session):
    await Runner.run(agent, "I want to visit Japan next month", session=session)
    await Runner.run(agent, "What's the weather like there in March?", session=session)
    return await Runner.run(agent, "What about hotels?", session=session)


async def keep_a_preference(agent, session):
    await Runner.run(agent, "I prefer sustainable and eco-friendly products", session=session)
    return await Runner.run(agent, "Show me some laptop bags", session=session)


async def three_agents_on_one_session(agent, session):
    support = agent.clone(name="Support", instructions="You are support. Reply in one sentence.")
    billing = agent.clone(name="Billing", instructions="You are billing. Reply in one sentence.")
    technical = agent.clone(name="Technical", instructions="You are technical support. Reply in one sentence.")
    await Runner.run(support, "I'm having issues with my account", session=session)
    await Runner.run(billing, "Check my recent charges", session=session)
    return await Runner.run(technical, "The mobile app also crashes on startup", session=session)


async def back_to_sales(agent, session):
    sales = agent.clone(name="Sales", instructions="You are sales. Reply in one sentence.")
    support = agent.clone(name="Support", instructions="You are support. Reply in one sentence.")
    await Runner.run(sales, "What premium features do you offer?", session=session)
    await Runner.run(support, "I'm interested in your premium plan but have technical questions.", session=session)
    return await Runner.run(sales, "How do I upgrade?", session=session)


async def researcher_then_writer(agent, session):
    researcher = agent.clone(name="Researcher", instructions="You are a researcher. Collect facts.")
    writer = agent.clone(name="Writer", instructions="You are a writer. Write from what was found.")
    await Runner.run(researcher, "Research AI safety", session=session)
    return await Runner.run(writer, "Summarize the research", session=session)


def make_triage(agent, **options):
    level_1 = agent.clone(
        name="Level 1 support",
        handoff_description="Passwords, accounts.",
    )
    level_2 = agent.clone(
        name="Level 2 support",
        handoff_description="Enterprise deployments, error codes.",
    )
    return agent.clone(name="Triage", handoffs=[handoff(level_1, **options), handoff(level_2, **options)])


async def hand_off(agent, session):
    triage = make_triage(agent)
    return await Runner.run(triage, "My enterprise deployment fails with error code 5000", session=session)


async def ask_after_the_handoff(agent, session):
    return await Runner.run(make_triage(agent), "What did I ask you?", session=session)


async def hand_off_without_the_call(agent, session):
    triage = make_triage(agent, input_filter=handoff_filters.remove_all_tools)
    return await Runner.run(triage, "My enterprise deployment fails with error code 5000", session=session)


async def hand_off_as_one_message(agent, session):
    triage = make_triage(agent, nest_handoff_history=True)
    return await Runner.run(triage, "My enterprise deployment fails with error code 5000", session=session)


async def use_an_agent_as_a_tool(agent, session, open_session):
    expert = agent.clone(name="Python expert", instructions="You know Python.")
    tool = expert.as_tool(
        tool_name="ask_python_expert",
        tool_description="Python questions",
        session=open_session("expert"),
    )
    return await Runner.run(agent.clone(tools=[tool]), "Ask the Python expert: tell me about Python", session=session)


def meeting_point(runs: int) -> RunHooks:
    """Each run waits for the others before it asks the model, as if that took long."""
    hooks, all_here = RunHooks(), asyncio.Barrier(runs)

    async def wait(*_):
        await all_here.wait()

    hooks.on_llm_start = wait
    return hooks


async def two_runs_at_once(agent, session):
    meet = meeting_point(2)
    return await asyncio.gather(
        Runner.run(agent, "My name is Alice", session=session, hooks=meet),
        Runner.run(agent, "I work as a developer", session=session, hooks=meet),
    )


async def two_runs_in_turn(agent, session):
    one_at_a_time = asyncio.Lock()

    async def run(message):
        async with one_at_a_time:
            return await Runner.run(agent, message, session=session)

    return await asyncio.gather(run("My name is Alice"), run("I work as a developer"))


async def slip_in_the_id(agent, open_session):
    await Runner.run(agent, "My name is Alice", session=open_session("thread_1"))
    return await Runner.run(agent, "What's my name?", session=open_session("thread-1"))


STEPS = (
    Step(
        "Two people in one store",
        alice_and_bob,
        asks="Two people, one store. Whose rows will the last run send?",
        look_for="Three runs, two ids, one store. The last run read the rows of user_alice and none of user_bob: only "
        "session_id keeps people apart.",
        holds=verdicts.alice_and_bob,
        session_id="user_alice",
    ),
    Step(
        "One person, two contexts",
        one_person_two_contexts,
        asks="One person talks about two things. How many sessions will there be?",
        look_for="An id can name a context too: alice:support and alice:sales. A helper builds the id. It refuses a part "
        "with a colon, because two pairs could then give the same id.",
        holds=verdicts.one_person_two_contexts,
        session_id="alice:support",
    ),
    Step(
        "Refer back",
        refer_back,
        asks="'there' and 'hotels' do not name a place. How will the model know which place you mean?",
        deeper=True,
        look_for="'there' and 'hotels' do not name a place. The model knows which place you mean because all earlier rows were "
        "sent again.",
        holds=verdicts.refer_back,
        session_id="trip",
    ),
    Step(
        "Keep a preference",
        keep_a_preference,
        asks="You said what you prefer. Where is it stored, and how long does it change the answers?",
        deeper=True,
        look_for="A preference is a row like any other. It changes the answers only while it is sent, and only in this "
        "session.",
        holds=verdicts.keep_a_preference,
        session_id="shopping",
    ),
    Step(
        "Three agents, one session",
        three_agents_on_one_session,
        asks="Three agents use one session. What will each be sent, and will a row say who spoke?",
        look_for="Support, billing and technical support were each sent all earlier rows. No row says which agent spoke: "
        "the SDK stores no name. The app recorded it, under Model input.",
        holds=verdicts.three_agents_on_one_session,
        session_id="customer_7",
    ),
    Step(
        "Back to sales",
        back_to_sales,
        asks="Sales answers, then support, then sales again. Will sales be sent what support said?",
        deeper=True,
        look_for="Sales was sent both replies: its own and that of support. A session does not belong to an agent: each agent "
        "that runs with it reads all of its rows.",
        holds=verdicts.back_to_sales,
        session_id="customer_8",
    ),
    Step(
        "Researcher, then writer",
        researcher_then_writer,
        asks="A second agent continues the work. Is that a handoff, and will a row say so?",
        deeper=True,
        look_for="These are two separate runs that share a session. This was not a handoff: your code chose the second agent, "
        "and no row says so.",
        holds=verdicts.researcher_then_writer,
        session_id="article_1",
    ),
    Step(
        "A real handoff",
        hand_off,
        asks="Triage can hand the question to level 1 or to level 2. Which rows will that make?",
        look_for="One run, two agents: triage called transfer_to_level_2_support, and level 1 was not asked. The call and its "
        "output are rows, and the output names the agent that took over. The reply does not say which agent gave it.",
        holds=verdicts.hand_off,
        session_id="ticket_5000",
    ),
    Step(
        "Ask after the handoff",
        ask_after_the_handoff,
        asks="Level 2 support answered last. Which agent will answer now?",
        look_for="The next run started with triage again. The session stores what was said, but not which agent answers. Your "
        "code decides that.",
        holds=verdicts.ask_after_the_handoff,
        session_id="ticket_5000",
    ),
    Step(
        "Filter the handoff",
        hand_off_without_the_call,
        asks="The input filter removes the calls. Will the rows still show the handoff?",
        deeper=True,
        look_for="The same handoff with remove_all_tools as its input filter. The second agent was sent your message alone, "
        "and the call and its output were not stored either: no row says that there was a handoff.",
        holds=verdicts.hand_off_without_the_call,
        session_id="ticket_5001",
    ),
    Step(
        "Nest the history",
        hand_off_as_one_message,
        asks="The history is nested into one message. Will that message be a row?",
        deeper=True,
        look_for="With nest_handoff_history the second agent was sent one message, which holds the conversation so far as "
        "text. The rows are those of a plain handoff, and the message itself is not stored.",
        holds=verdicts.hand_off_as_one_message,
        session_id="ticket_5002",
    ),
    Step(
        "An agent as a tool",
        use_an_agent_as_a_tool,
        asks="An agent is called as a tool. In which session will its question and its reply be?",
        deeper=True,
        look_for="The expert ran inside a tool call. Its tool was made with session=, so its question and its reply are rows "
        "of the session expert. In your own session they are the arguments and the output of the call, under the name of the "
        "tool.",
        holds=verdicts.use_an_agent_as_a_tool,
        session_id="ticket_5003",
    ),
    Step(
        "Two runs at once",
        two_runs_at_once,
        asks="Two runs start together on one session. In which order will the rows be stored?",
        look_for="Nothing in the SDK makes runs wait. Neither model was sent the other's answer, and the rows are interleaved: "
        "two questions, then two answers. This step has its own session, so your other rows are safe.",
        holds=verdicts.two_runs_at_once,
        session_id="race",
    ),
    Step(
        "The same, one after the other",
        two_runs_in_turn,
        asks="The same two messages, with a lock. What will the second run read now?",
        look_for="With one lock for each session id, the second run read what the first had stored. This app does the same for "
        "every message that you send.",
        holds=verdicts.two_runs_in_turn,
        session_id="in_turn",
    ),
    Step(
        "A slip in the id",
        slip_in_the_id,
        asks="thread_1 and thread-1: what does a slip in the id cost, and will anything warn you?",
        look_for="thread_1 and thread-1 are two sessions. You get no error, no warning and no memory. Build ids in one place.",
        holds=verdicts.slip_in_the_id,
        session_id="thread-1",
    ),
)


LESSON = Lesson(
    entry=entry("multi_session"),
    make_agent=make_agent,
    session_id="user_alice",
    walk_stores=("sqlite_file", "sqlite_custom_tables", "json_files"),
    steps=STEPS,
    learned=(
        "Only session_id keeps people apart. Build ids in one place: a slip gives no error and no memory.",
        "The rows say what was said, and not which agent spoke or answers next. A handoff is two rows, unless a filter "
        "removes them.",
        "Nothing in the SDK makes runs on one session wait. Use one lock for each session id.",
    ),
    needs=(SHARED, UNCHANGED),
)
