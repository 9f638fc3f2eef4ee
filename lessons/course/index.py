"""The order and the parts of the course, and what is known of a lesson before it is loaded.

A lesson's file imports the SDK, which takes a second or two the first time. The navigation, the title and the stored rows are
drawn from here, before that.
"""

from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from lessons.frame.entry import Entry
from lessons.kit.imports import load_sdk

if TYPE_CHECKING:
    from lessons.frame.lesson import Lesson


START = Entry(
    "start",
    "Sessions Lab",
    "See what an agent of the OpenAI Agents SDK stores, reads and sends.",
    "Start",
    "home",
)

LESSONS = (
    Entry(
        "basic",
        "Basic sessions",
        "Why does the agent remember?",
        "Lessons",
        "chat",
        steps=11,
        minutes=4,
        session_id="my_chat",
        offered_stores=("sqlite_file", "sqlite_memory", "sqlite_custom_tables"),
    ),
    Entry(
        "memory_operations",
        "Memory operations",
        "How do you read, correct and clear memory?",
        "Lessons",
        "edit_note",
        steps=14,
        minutes=8,
        session_id="my_chat",
        offered_stores=("sqlite_file", "sqlite_memory", "sqlite_custom_tables"),
        panels=("operations",),
    ),
    Entry(
        "model_items",
        "What real models store",
        "Which items does a real model make, and what happens to them?",
        "Lessons",
        "category",
        steps=8,
        minutes=5,
        session_id="my_chat",
        offered_stores=("sqlite_file", "sqlite_custom_tables"),
        panels=("operations",),
    ),
    Entry(
        "multi_session",
        "Multiple sessions",
        "Who remembers what, and for whom?",
        "Lessons",
        "forum",
        steps=15,
        minutes=7,
        session_id="my_chat",
        offered_stores=("sqlite_file", "sqlite_memory", "sqlite_custom_tables", "json_files"),
        panels=("switcher",),
        sections=("session_class",),
    ),
    Entry(
        "encrypted",
        "Encrypted sessions",
        "Who can read what is stored, and until when?",
        "Lessons",
        "lock",
        steps=15,
        minutes=7,
        session_id="my_chat",
        offered_stores=(
            "encrypted_sqlite_file",
            "encrypted_sqlite_memory",
            "encrypted_async_sqlite",
            "encrypted_advanced_sqlite",
            "encrypted_sqlalchemy_sqlite",
            "encrypted_redis_fake",
            "encrypted_postgresql",
            "encrypted_mysql",
            "encrypted_redis",
        ),
        panels=("encryption", "operations"),
        sections=("envelope",),
    ),
    Entry(
        "analytics",
        "Analytics",
        "What does a conversation cost, and where did it branch?",
        "Lessons",
        "monitoring",
        steps=17,
        minutes=7,
        session_id="my_chat",
        offered_stores=("advanced_sqlite",),
        panels=("operations", "branch_calls"),
        sections=("usage", "turns", "branches", "dataset"),
    ),
    Entry(
        "long_conversations",
        "Long conversations",
        "How do you send less, and what is forgotten then?",
        "Lessons",
        "compress",
        steps=10,
        minutes=7,
        session_id="my_chat",
        offered_stores=("sqlite_file", "sqlite_custom_tables", "sqlite_memory", "compaction_emulated"),
        panels=("operations",),
        sections=("measured_ways",),
    ),
    Entry(
        "failures",
        "When a run fails",
        "What is stored when a run fails, and how do you ask again?",
        "Lessons",
        "error",
        steps=14,
        minutes=10,
        session_id="my_chat",
        offered_stores=(
            "sqlite_file",
            "sqlite_memory",
            "sqlite_custom_tables",
            "async_sqlite",
            "advanced_sqlite",
            "sqlalchemy_sqlite",
            "postgresql",
            "mysql",
            "redis_fake",
            "redis",
            "json_files",
        ),
        panels=("operations",),
        sections=("goes_wrong",),
    ),
    Entry(
        "approvals",
        "Approvals",
        "What does a session keep while a call waits for a person?",
        "Lessons",
        "how_to_reg",
        steps=14,
        minutes=7,
        session_id="my_chat",
        offered_stores=("sqlite_file", "sqlite_custom_tables"),
        panels=("operations",),
    ),
    Entry(
        "life_cycle",
        "Life cycle",
        "How do you export, upgrade, clean up and erase sessions?",
        "Lessons",
        "recycling",
        steps=10,
        minutes=8,
        session_id="my_chat",
        offered_stores=(
            "sqlite_file",
            "sqlite_custom_tables",
            "async_sqlite",
            "advanced_sqlite",
            "sqlalchemy_sqlite",
            "sqlite_memory",
            "json_files",
            "encrypted_sqlite_file",
            "compaction_emulated",
            "hosted_emulated",
            "redis_fake",
            "redis",
            "postgresql",
            "mysql",
            "encrypted_sqlite_memory",
            "encrypted_async_sqlite",
            "encrypted_advanced_sqlite",
            "encrypted_sqlalchemy_sqlite",
            "encrypted_redis_fake",
            "encrypted_redis",
            "encrypted_postgresql",
            "encrypted_mysql",
        ),
        panels=("operations", "operate"),
    ),
    Entry(
        "databases",
        "SQL databases",
        "Where does an application keep its memory?",
        "Backends",
        "database",
        steps=13,
        minutes=5,
        session_id="my_chat",
        offered_stores=("sqlalchemy_sqlite", "postgresql", "mysql", "async_sqlite"),
        sections=("dialects", "pool"),
    ),
    Entry(
        "redis",
        "Redis",
        "How does a session expire by itself?",
        "Backends",
        "timer",
        steps=13,
        minutes=6,
        session_id="my_chat",
        offered_stores=("redis_fake", "redis"),
        panels=("redis_keys", "operations"),
    ),
    Entry(
        "hosted",
        "Hosted conversations",
        "What does a service keep for you, and under which id?",
        "Backends",
        "cloud",
        steps=13,
        minutes=7,
        session_id="my_chat",
        offered_stores=("hosted_emulated", "compaction_emulated", "hosted", "compaction"),
        panels=("opening", "operations"),
    ),
)

GUIDES = (
    Entry(
        "choose",
        "Choose",
        "Which session type do you need, and what goes wrong with it?",
        "Guides",
        "alt_route",
    ),
    Entry(
        "compare",
        "Compare",
        "How does each store keep the same turn?",
        "Guides",
        "compare_arrows",
    ),
    Entry(
        "inspect",
        "Your own sessions",
        "What would the next run send of your own sessions, and what is wrong?",
        "Guides",
        "troubleshoot",
    ),
)
"""Pages without steps: what helps to choose, to compare and to look up."""

COURSE = (START, *LESSONS, *GUIDES)


def entry(slug: str) -> Entry:
    """Raises KeyError if the page does not exist."""
    for found in COURSE:
        if found.slug == slug:
            return found
    raise KeyError(slug)


@cache
def load_lesson(slug: str) -> "Lesson":
    """The lesson with its challenges, from its folder. Raises KeyError if the lesson does not exist."""
    if entry(slug) not in LESSONS:
        raise KeyError(slug)
    load_sdk()
    lesson: Lesson = import_module(f"lessons.course.{slug}.lesson").LESSON
    return replace(lesson, challenges=import_module(f"lessons.course.{slug}.challenges").CHALLENGES)
