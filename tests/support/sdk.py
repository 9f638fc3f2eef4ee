"""What a test asks of the installed SDK, where the minors that the app supports differ.

Where only a value differs, a test says both with `lessons.kit.sdk_version.since`. A test that is marked with `since_sdk` has
a counterpart marked with `before_sdk`, which asserts what the older SDK does.
"""

from collections.abc import Sequence

import pytest
from agents import Session, TResponseInputItem

from lessons.kit.sdk_version import Minor, sdk_minor
from lessons.kit.stores.hosted.emulation.service import MOST_ITEMS


def since_sdk(minor: Minor, does: str) -> pytest.MarkDecorator:
    """The mark of a test of what the SDK does since this minor. It is skipped on an older one, with `does` as the reason."""
    return pytest.mark.skipif(sdk_minor() < minor, reason=f"only since openai-agents {_dotted(minor)}: {does}")


def before_sdk(minor: Minor, does: str) -> pytest.MarkDecorator:
    """The mark of a test of what the SDK did before this minor. It is skipped on a newer one, with `does` as the reason."""
    return pytest.mark.skipif(sdk_minor() >= minor, reason=f"only before openai-agents {_dotted(minor)}: {does}")


async def add_in_parts(session: Session, items: Sequence[TResponseInputItem]) -> None:
    """Add the items, at most 20 a call. Before 0.24, OpenAIConversationsSession does not split them itself."""
    for first in range(0, len(items), MOST_ITEMS):
        await session.add_items(list(items[first : first + MOST_ITEMS]))


def _dotted(minor: Minor) -> str:
    return ".".join(map(str, minor))
