"""The methods of the SDK's session classes, by what they do."""

PROTOCOL_METHODS = ("get_items", "add_items", "pop_item", "clear_session")
"""The methods that every session class has."""

RECORDED_METHODS = (
    "get_items",
    "add_items",
    "pop_item",
    "clear_session",
    "run_compaction",
    "store_run_usage",
    "create_branch_from_turn",
    "create_branch_from_content",
    "switch_to_branch",
    "delete_branch",
    "list_branches",
    "get_session_usage",
    "get_turn_usage",
    "get_tool_usage",
    "get_conversation_turns",
    "get_conversation_by_turns",
    "find_turns_by_content",
)
"""The methods whose calls are logged, if the class has them."""

ENDING_METHODS = ("close", "ping")
"""Also logged, for classes in which they are async."""

STORING_METHODS = (
    "add_items",
    "pop_item",
    "clear_session",
    "run_compaction",
    "create_branch_from_turn",
    "create_branch_from_content",
    "switch_to_branch",
    "delete_branch",
)
"""The methods after which the rows, or the rows that the session returns, may have changed."""

REMOVING_METHODS = ("pop_item", "clear_session", "run_compaction", "delete_branch")
"""The methods that remove rows."""
