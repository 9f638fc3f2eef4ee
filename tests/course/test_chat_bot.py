"""The chat bot that learners download: the file as it is, in an empty folder, over real HTTP."""

import asyncio
import shutil
from pathlib import Path

import pytest

from lessons.course.multi_session import chat_bot
from lessons.course.multi_session.chat_bot import ChatBot
from lessons.kit.models.offline.model import OfflineModel
from tests.support.model_endpoint import ModelEndpoint
from tests.support.turns import FailingModel, SilentModel


def stored(bot: ChatBot) -> list[str]:
    return [item["role"] for item in asyncio.run(bot.session.get_items())]


@pytest.fixture
def bot(tmp_path):
    made = ChatBot("alice", tmp_path / "chat.db", OfflineModel())
    yield made
    made.session.close()


@pytest.mark.matrix
def test_the_downloaded_file_chats_and_remembers(scripts, tmp_path):
    downloaded = Path(shutil.copy(chat_bot.__file__, tmp_path))
    with ModelEndpoint() as endpoint:
        service = {"OPENAI_BASE_URL": endpoint.url, "OPENAI_API_KEY": "sk-a-key-of-a-test"}
        ended = scripts.run(
            downloaded, "alice", said="My name is Alice\nWhat's my name?\n\nnobody hears this", **service
        )
    assert (ended.returncode, ended.stderr) == (0, "")
    answer = ended.stdout.splitlines()[2]
    assert "Alice" in answer
    assert [len(request.json["input"]) for request in endpoint.requests] == [1, 3]
    assert {request.authorization for request in endpoint.requests} == {"Bearer sk-a-key-of-a-test"}
    started_again = ChatBot("alice", tmp_path / "chat_bot.db", OfflineModel())
    assert "Alice" in asyncio.run(started_again.chat("What's my name?"))
    started_again.session.close()


def test_without_a_key_it_says_so_and_creates_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SystemExit, match="OPENAI_API_KEY is not set"):
        chat_bot.main()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("end", [EOFError, KeyboardInterrupt])
def test_the_chat_goes_on_after_a_failure_and_ends_quietly(bot, monkeypatch, capsys, end):
    said = iter(["My name is Alice", "/clear"])

    def type_it(prompt):
        for line in said:
            return line
        raise end

    bot.agent.model = FailingModel(ConnectionError("no network"))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-a-key-of-a-test")
    monkeypatch.setattr(chat_bot, "ChatBot", lambda session_id: bot)
    monkeypatch.setattr("builtins.input", type_it)
    chat_bot.main()
    assert capsys.readouterr().out.splitlines()[1:] == [
        "No reply came, and nothing was stored. ConnectionError: no network",
        "I have forgotten what was said.",
    ]
    assert stored(bot) == []


def test_it_answers_from_what_it_was_told(bot):
    asyncio.run(bot.chat("My name is Alice"))
    assert "Alice" in asyncio.run(bot.chat("What's my name?"))
    asyncio.run(bot.clear_history())
    assert stored(bot) == []


def test_a_message_without_a_reply_is_not_stored(bot):
    asyncio.run(bot.chat("My name is Alice"))
    bot.agent.model = FailingModel(ConnectionError("no network"))
    with pytest.raises(ConnectionError):
        asyncio.run(bot.chat("What's my name?"))
    assert stored(bot) == ["user", "assistant"]


def test_a_message_that_is_cancelled_is_not_stored(bot):
    bot.agent.model = silent = SilentModel()

    async def cancel():
        asking = asyncio.create_task(bot.chat("Hello"))
        await asyncio.to_thread(silent.asked.wait, 60)
        asking.cancel()
        await asyncio.wait([asking])

    asyncio.run(cancel())
    assert stored(bot) == []


def test_messages_at_the_same_time_wait_for_each_other(bot):
    async def say_both():
        return await asyncio.gather(bot.chat("My name is Alice"), bot.chat("What's my name?"))

    assert "Alice" in asyncio.run(say_both())[1]
    assert stored(bot) == ["user", "assistant", "user", "assistant"]
