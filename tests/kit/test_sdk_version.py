"""What differs between the SDK's minors is decided by the one that is installed."""

from importlib.metadata import version

from lessons.kit.sdk_version import sdk_minor, since


def test_since_is_decided_by_the_installed_minor():
    major, minor = sdk_minor()
    assert version("openai-agents").startswith(f"{major}.{minor}.")
    assert since((major, minor), "now", before="before") == "now"
    assert since((major, minor - 1), "now", before="before") == "now"
    assert since((major, minor + 1), "now", before="before") == "before"
