"""The phases of a turn, and after which of them the stored rows are drawn again."""

import pytest
from agents.extensions.memory import AdvancedSQLiteSession

from lessons.kit.ledger.phase import Phase, phase_after, phase_during
from lessons.kit.ledger.session_methods import RECORDED_METHODS, REMOVING_METHODS, STORING_METHODS


def test_every_storing_method_is_recorded():
    assert set(STORING_METHODS) <= set(RECORDED_METHODS)
    assert set(REMOVING_METHODS) <= set(STORING_METHODS)


@pytest.mark.parametrize("method", STORING_METHODS)
def test_rows_are_drawn_again_after_a_call_that_stores(method):
    """After run_compaction and the calls on branches the page showed the rows from before."""
    assert phase_during(method) is Phase.STORING
    assert phase_after(method).may_have_stored


def test_every_call_on_branches_that_is_not_a_question_counts_as_storing():
    calls = {name for name in vars(AdvancedSQLiteSession) if "branch" in name and not name.startswith("_")}
    asking = {"list_branches", "get_conversation_by_turns"}
    assert {name for name in calls if name in RECORDED_METHODS} - asking == set(STORING_METHODS) & calls
    assert calls & set(STORING_METHODS) >= {"create_branch_from_turn", "switch_to_branch", "delete_branch"}


@pytest.mark.parametrize("method", sorted(set(RECORDED_METHODS) - set(STORING_METHODS)))
def test_rows_are_not_drawn_again_after_a_call_that_only_reads(method):
    assert phase_during(method) is (Phase.READING if method == "get_items" else Phase.CALLING)
    assert not phase_after(method).may_have_stored
