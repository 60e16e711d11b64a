"""Whether a run may apply its plans, who it is, and where its state is kept: read off rulewright.yaml and the run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.cli.connection import Connection
    from rulewright.events.model import Event
    from rulewright.run.state.store import Store

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


def iso(seconds: float) -> str:
    """Seconds since 1970 as a moment, `2026-01-05T09:00:00Z`."""
    from time import gmtime, strftime

    return strftime("%Y-%m-%dT%H:%M:%SZ", gmtime(seconds))


def paused(config: Mapping[str, Any]) -> bool:
    """Whether rulewright.yaml stops every write."""
    return (config.get("execution") or {}).get("paused") is True


def permission(
    config: Mapping[str, Any], environ: Mapping[str, str], asked: bool, default_branch: Callable[[], str]
) -> Permission:
    """Granted when asked for by name, or on one of the branches that apply plans, unless writing is paused.

    Those branches are `execution.apply_branches` (names or globs), else `default_branch()`, which is called only
    for a run on a branch. Raises what `default_branch` raises.
    """
    from rulewright.program.glob import glob_matcher

    branch = branch_of(environ)
    if paused(config):
        return Permission(False, PAUSED, branch)
    if asked:
        return Permission(True, "", branch)
    patterns = (config.get("execution") or {}).get("apply_branches")
    if not branch:
        ref = environ.get("GITHUB_REF")
        why = f"{ref} is not a branch" if ref else "this run is on no branch"
    elif patterns is None:
        default = default_branch()
        if branch == default:
            return Permission(True, "", branch)
        why = f"{branch} is not the default branch, {default}"
    elif any(glob_matcher(pattern)(branch) for pattern in patterns):
        return Permission(True, "", branch)
    else:
        why = f"{branch} is not one of `execution.apply_branches` ({', '.join(patterns)})"
    return Permission(False, f"{why}; --apply applies the plan", branch)


def cause(event: Event, viewer: Mapping[str, Any] | None) -> str | None:
    """Why an event is our own doing, so that nothing follows from it; None where somebody else caused it."""
    from rulewright.events.history import is_own

    payload = event.payload
    sender = payload.get("sender")
    app = payload.get("comment") if isinstance(payload.get("comment"), dict) else None
    by = app.get("performed_via_github_app") if app is not None else None
    if event.name in ("schedule", "manual", "workflow_dispatch") or not is_own(sender, viewer, by):
        return None
    return f"{sender.get('login') if isinstance(sender, dict) else 'the tool'} caused this event, which is ourselves"


def describe_kept_tip(store: Store, journal: str | None) -> str | None:
    """The line with the tip of a journal that is kept; None where nothing is kept, or nothing was written."""
    from rulewright.run.anchor import describe_tip

    return describe_tip(store.memory().head) if journal is not None or store.lasting else None


def open_store(config: Mapping[str, Any], journal: str | None, connection: Connection | None) -> Store:
    """Where the journal goes: --journal's file, else what `state:` says, else nowhere but this run's memory."""
    from rulewright.run.state.files import DirectoryStore, FileStore
    from rulewright.run.state.store import NoStore

    if journal is not None:
        return FileStore(journal)
    state = config.get("state") or {}
    if state.get("directory"):
        return DirectoryStore(state["directory"])
    if state.get("git_ref"):
        if connection is None:
            raise UsageError(
                f"the journal is kept in {state['git_ref']}, on GitHub",
                hint="name the repository with --repo",
            )
        from rulewright.run.state.git_reference import GitRefStore

        return GitRefStore(connection.client, connection.repository, state["git_ref"], clock=connection.clock)
    return NoStore()
