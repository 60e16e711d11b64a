"""Whether a run may apply its plans, and from which branch: read from rulewright.yaml and the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.glob import glob_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.config import Execution

PAUSED: Final = "writing is paused (`execution.paused` in rulewright.yaml)"


class Permission(NamedTuple):
    """Whether plans are applied, and why not. `branch` is the run's, empty outside of Actions."""

    granted: bool
    why: str
    branch: str


NOT_ASKED: Final = Permission(False, "", "")
"""For commands that never apply anything."""


def branch_of(environ: Mapping[str, str]) -> str:
    """The branch that a workflow runs on; empty for a pull request's merge, a tag, and outside of Actions."""
    ref = environ.get("GITHUB_REF", "")
    return ref.removeprefix("refs/heads/") if ref.startswith("refs/heads/") else ""


def workflow_event_path(environ: Mapping[str, str]) -> str | None:
    """The file with the event of the workflow that this runs in; None outside of Actions."""
    return environ.get("GITHUB_EVENT_PATH") if environ.get("GITHUB_ACTIONS") == "true" else None


def permission(
    execution: Execution,
    environ: Mapping[str, str],
    asked: bool,
    default_branch: Callable[[], str],
    *,
    hint: str = "use --apply to apply the plan",
) -> Permission:
    """Granted when asked for by name, or on one of the branches that apply plans, unless writing is paused.

    Those branches are `execution.apply_branches` (names or globs), else `default_branch()`, which is called only
    for a run on a branch. `hint`: what to do about a refusal. Raises what `default_branch` raises.
    """
    branch = branch_of(environ)
    if execution.paused:
        return Permission(False, PAUSED, branch)
    if asked:
        return Permission(True, "", branch)
    if not branch:
        ref = environ.get("GITHUB_REF")
        why = f"{ref} is not a branch" if ref else "this run is not on a branch"
    elif not execution.apply_branches:
        default = default_branch()
        if branch == default:
            return Permission(True, "", branch)
        why = f"{branch} is not the default branch, {default}"
    elif any(glob_matcher(pattern)(branch) for pattern in execution.apply_branches):
        return Permission(True, "", branch)
    else:
        why = f"{branch} is not one of `execution.apply_branches` ({', '.join(execution.apply_branches)})"
    return Permission(False, f"{why}; {hint}", branch)
