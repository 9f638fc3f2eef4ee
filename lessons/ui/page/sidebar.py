"""What stands under the navigation on every page: the model that answers, faults of the environment, the visitor's address."""

from importlib.metadata import version
from ipaddress import ip_address

import streamlit as st

from lessons.kit.models.providers import active_provider
from lessons.kit.stores.registry import wrong_addresses
from lessons.kit.visitors.clean_up import DAYS_KEPT
from lessons.ui.page.navigation import icon_style
from lessons.ui.widgets.markup import chip, text

SDK_VERSION = version("openai-agents")


def reached_from_elsewhere() -> list[str]:
    """What to know of a server that other machines can reach, a sentence each; nothing of one that they cannot."""
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
        said.append(f"It answers to no other name than {', '.join(names)}: add its own with --server.allowedHosts.")
    return said


def _is_loopback(address: str | None) -> bool:
    if address is None:
        return False
    try:
        return ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return address == "localhost" or address.startswith("unix:")


def draw_sidebar() -> None:
    provider = active_provider()
    with st.sidebar, st.container(key="about"):
        st.html(icon_style())
        if provider.problem:
            words = f'<p class="note">{text(provider.problem)}</p>'
        elif provider.is_offline:
            words = (
                "<p>A small rule-based stand-in for a model. It answers only from the items that it is sent, "
                "so what it knows is what the session gave it.</p>"
            )
        else:
            words = "<p>A hosted model answers. What you type is sent to it.</p>"
        st.html(f'<div class="about">{chip(provider.label, "model")}{words}</div>')
        faults = "".join(
            f'<p class="note">{text(fault)}</p>' for fault in (*wrong_addresses(), *reached_from_elsewhere())
        )
        if faults:
            st.html(f'<div class="about">{faults}</div>')
        st.html(
            f'<div class="about"><p>Your rows are kept under the address of this page for {DAYS_KEPT} days after your last '
            "visit. Bookmark it to come back; who has it sees your rows.</p>"
            f'<p class="quiet">openai-agents {SDK_VERSION} · streamlit {st.__version__}</p></div>'
        )
