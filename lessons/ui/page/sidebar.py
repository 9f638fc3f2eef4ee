"""What is under the navigation on every page: the model that answers, faults of the environment, the visitor's address."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from ipaddress import ip_address

import streamlit as st

from lessons.course import index as course
from lessons.frame.entry import Entry
from lessons.kit.environment import wrong_settings
from lessons.kit.models.providers import active_provider
from lessons.kit.problems.counted import counted
from lessons.kit.stores.registry import wrong_addresses
from lessons.kit.turns.progress import Progress, read_progress
from lessons.kit.visitors.clean_up import DAYS_KEPT
from lessons.kit.visitors.workspace import data_folder, is_visitor
from lessons.ui.page import address
from lessons.ui.page.navigation import link_style
from lessons.ui.page.state import VISITOR
from lessons.ui.widgets.markup import chip, text

SDK_VERSION = version("openai-agents")


def reached_from_elsewhere() -> list[str]:
    """Sentences about a server that other machines can reach; none if they cannot reach it."""
    address, names = st.get_option("server.address"), st.get_option("server.allowedHosts")
    if _is_loopback(address):
        return []
    where = f"at {address}" if address else "at every address of this machine"
    said = []
    if not st.get_option("server.sslCertFile"):
        said.append(
            f"Other machines can reach this server ({where}). Messages and rows travel unencrypted unless a proxy adds TLS."
        )
    if names and all(map(_is_loopback, names)):
        said.append(f"It answers only to {', '.join(names)}: add its own name with --server.allowedHosts.")
    return said


def _is_loopback(address: str | None) -> bool:
    if address is None:
        return False
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost" or address.startswith("unix:")


@contextmanager
def sidebar() -> Iterator[None]:
    """Draw the sidebar, and draw it again after the page if a step has ended in between: the page already tells of that."""
    done = _done()
    shown = st.sidebar.html(_words(done))
    yield
    now = _done()
    if now != done:
        shown.html(_words(now))


def _words(done: dict[str, Progress]) -> str:
    provider = active_provider()
    links = link_style({slug: _on_a_link(course.entry(slug), progress) for slug, progress in done.items()})
    if provider.problem:
        words = f'<p class="note">{text(provider.problem)}</p>'
    elif provider.is_offline:
        words = (
            "<p>A small rule-based stand-in for a model. It answers only from the items that it is sent, "
            "so what it knows is what the session gave it.</p>"
        )
    else:
        words = "<p>A hosted model answers. Your messages are sent to it.</p>"
    said = (*wrong_settings(os.environ), *wrong_addresses(), *reached_from_elsewhere())
    faults = "".join(f'<p class="note">{text(fault)}</p>' for fault in said)
    parts = (
        f'<p class="progress">{_in_all(done)}</p>',
        f"{chip(provider.label, 'model')}{words}",
        faults,
        f"<p>Your rows are kept under the address of this page for {DAYS_KEPT} days after your last visit. Bookmark it to come "
        "back. Anyone with the address can see your rows.</p>"
        f'<p class="quiet">openai-agents {SDK_VERSION} · streamlit {st.__version__}</p>',
    )
    # One element: each costs the server a third of a millisecond in every run.
    return f"{links}{''.join(f'<div class=about>{part}</div>' for part in parts if part)}"


def _done() -> dict[str, Progress]:
    """What the visitor has done of each lesson that they have begun, by its slug."""
    visitor = address.text("visitor") or VISITOR.get()
    folder = data_folder() / str(visitor)
    if not is_visitor(visitor) or not folder.is_dir():
        return {}
    opened = {entry.name for entry in os.scandir(folder)}
    found = {lesson.slug: read_progress(folder / lesson.slug) for lesson in course.LESSONS if lesson.slug in opened}
    return {slug: progress for slug, progress in found.items() if progress != Progress()}


def _on_a_link(lesson: Entry, done: Progress) -> str:
    """What is done of a lesson. Only digits and signs, since it becomes a part of a style sheet."""
    steps = min(done.steps_done, lesson.steps)
    return "✓" if steps == lesson.steps else f"{steps}/{lesson.steps}"


def _in_all(done: dict[str, Progress]) -> str:
    steps = sum(min(one.steps_done, course.entry(slug).steps) - len(one.left_out) for slug, one in done.items())
    solved = sum(len(set(one.solved)) for one in done.values())
    everything = sum(lesson.steps for lesson in course.LESSONS)
    return f"{steps} of {counted(everything, 'step')} done, {counted(solved, 'challenge')} solved"
