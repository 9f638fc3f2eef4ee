"""A chat bot that remembers, in one file. It needs Python 3.11, `pip install openai-agents` and a key of OpenAI.

    export OPENAI_API_KEY=...        (in Windows PowerShell: $env:OPENAI_API_KEY = "...")
    python chat_bot.py alice

The conversation is kept in chat_bot.db under the name that you give. Start it again with that name, and it goes on.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

from agents import Agent, RunConfig, Runner, SQLiteSession
from agents.models.interface import Model

NO_TRACES = RunConfig(tracing_disabled=True)
"""The SDK would send a trace of each run, with what was said, to OpenAI's dashboard."""


class ChatBot:
    """One conversation, kept in a SQLite file under a session id. `model` is a name or an object; None: the SDK's default."""

    def __init__(self, session_id: str, path: str | Path = "chat_bot.db", model: str | Model | None = None) -> None:
        self.agent = Agent(name="Chat bot", instructions="Reply in one or two short sentences.", model=model)
        self.session = SQLiteSession(session_id, path)
        self._one_at_a_time = asyncio.Lock()

    async def chat(self, message: str) -> str:
        """Send a message and return the reply. Both are stored. If the run fails, nothing of it is stored.

        Raises what the run raises, such as openai.OpenAIError.
        """
        async with self._one_at_a_time:  # two runs at once would not see what the other is told
            stored = len(await self.session.get_items())
            try:
                result = await Runner.run(self.agent, message, session=self.session, run_config=NO_TRACES)
            except BaseException:
                # A run that fails leaves its message stored, and asking again would store it twice.
                while len(await self.session.get_items()) > stored:
                    await self.session.pop_item()
                raise
            return str(result.final_output)

    async def clear_history(self) -> None:
        """Forget the conversation."""
        await self.session.clear_session()


def main() -> None:
    if not os.environ.get("OPENAI_API_KEY"):
        sys.exit("OPENAI_API_KEY is not set. Make a key at https://platform.openai.com/api-keys and set it first.")
    bot = ChatBot(sys.argv[1] if len(sys.argv) > 1 else "alice")
    print("Type a message, /clear to make me forget, or nothing to leave.")
    # One event loop for all messages: the connections to OpenAI belong to the loop that opened them.
    with suppress(EOFError, KeyboardInterrupt), asyncio.Runner() as loop:
        while message := input("> ").strip():
            if message == "/clear":
                loop.run(bot.clear_history())
                print("I have forgotten what was said.")
                continue
            try:
                print(loop.run(bot.chat(message)))
            except Exception as error:
                print(f"No reply came, and nothing was stored. {type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
