"""A check names the right turn if its words name one of several."""

import pytest

from tests.support.by_hand import reason, say


@pytest.mark.parametrize("number", [0, 1])
def test_the_run_that_is_named_is_the_last_one_that_met_rows(data_folder, provider, number):
    long_chat = [say("Hello", "long"), say("Hello again", "long"), say("Who am I?", "long")]
    short_chat = [say("Hi", "short"), say("Who am I?", "short")]
    said = reason("encrypted", number, [*long_chat, *short_chat], provider)
    assert said == 'The last run that met rows could read 2 of 2 in session "short".'
