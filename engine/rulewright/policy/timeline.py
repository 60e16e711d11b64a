"""The words of `timeline:` facts: topics, and the events of GitHub's timeline that they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

TOPICS: Final[Mapping[str, frozenset[str]]] = {
    "labels": frozenset({"labeled", "unlabeled"}),
    "assignees": frozenset({"assigned", "unassigned"}),
    "milestone": frozenset({"milestoned", "demilestoned"}),
    "title": frozenset({"renamed"}),
    "state": frozenset({"closed", "reopened", "merged"}),
    "project": frozenset(
        {"added_to_project_v2", "removed_from_project_v2", "project_v2_item_status_changed"}
    ),
    "comments": frozenset({"commented"}),
    "reviews": frozenset({"reviewed"}),
    "activity": frozenset(),
}
"""Word → the events it means. `activity` means all in which somebody did something."""

EVENTS: Final = frozenset(
    {
        *(event for events in TOPICS.values() for event in events),
        # https://docs.github.com/en/rest/using-the-rest-api/issue-event-types
        *("added_to_project", "auto_merge_disabled", "auto_merge_enabled", "auto_squash_enabled"),
        *("automatic_base_change_failed", "automatic_base_change_succeeded", "base_ref_changed"),
        *("blocked_by_added", "blocked_by_removed", "blocking_added", "blocking_removed", "comment_deleted"),
        *("committed", "connected", "convert_to_draft", "converted_from_draft", "converted_note_to_issue"),
        *("converted_to_discussion", "cross-referenced", "deployed", "deployment_environment_changed"),
        *("disconnected", "head_ref_deleted", "head_ref_force_pushed", "head_ref_restored"),
        *("issue_type_added", "issue_type_changed", "issue_type_removed", "line-commented", "locked"),
        *("marked_as_duplicate", "mentioned", "moved_columns_in_project", "parent_issue_added"),
        *("parent_issue_removed", "pinned", "ready_for_review", "referenced", "removed_from_merge_queue"),
        *("added_to_merge_queue", "removed_from_project", "review_dismissed", "review_request_removed"),
        *("review_requested", "sub_issue_added", "sub_issue_removed", "subscribed", "transferred"),
        *("unlocked", "unmarked_as_duplicate", "unpinned", "unsubscribed", "user_blocked"),
        # Of the subject itself: no timeline holds its opening and the edits of its text.
        *("opened", "edited"),
    }
)
"""Every event that a fact may name."""
