"""Which subjects a run decides about: those named, those of webhook events, or all that are open."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rulewright.events.history import is_own
from rulewright.events.reader import read_event
from rulewright.events.recognise import recognise
from rulewright.events.snapshot import subject
from rulewright.facts.payload_loader import with_viewer
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.quantity import parse_moment
from rulewright.run.execution import workflow_event_path
from rulewright.run.subject_event import name_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.events.model import Event
    from rulewright.run.context import RunContext


def select_events(
    context: RunContext, numbers: Sequence[int], files: Sequence[str], event_name: str | None
) -> list[Event]:
    """The events of a run: of the subjects of `numbers` (`subject_event.py`); else those of the webhook payloads in
    `files`.

    Without both it is the workflow's own event; on a schedule, by hand and outside of Actions, a sweep.
    Raises UsageError for a number or an event that cannot be meant, SourceError when GitHub fails.
    """
    if numbers:
        return [_numbered_event(context, number, event_name) for number in numbers]
    own = workflow_event_path(os.environ)
    by_hand = os.environ.get("GITHUB_EVENT_NAME") in ("schedule", "workflow_dispatch")
    if not files and (own is None or by_hand):
        return _sweep(context)
    events: list[Event] = []
    for file in files or (str(own),):
        event = recognise(read_event(file), name=event_name, environ=os.environ, path=file)
        if event.name == "schedule" and subject(event) is None:
            events += _sweep(context)
            continue
        present = _present_event(context, event)
        events += [] if present is None else [present]
    return events


def _numbered_event(context: RunContext, number: int, event_name: str | None) -> Event:
    found = context.reader.event(context.repository, number, "schedule")
    if found is None:
        raise UsageError(f"{context.repository} has no issue or pull request {number}")
    event, note = name_event(found, context.program, event_name)
    if note:
        context.tell(note)
    return event


def _sweep(context: RunContext) -> list[Event]:
    """A `schedule` event for every open subject; those first that the last sweep did not reach.

    Issues from before `issues.created_after` of rulewright.yaml are left out, and counted in the summary.
    """
    if not context.program.route("schedule", None).policies:
        context.tell("no policy subscribes to schedule, so there is nothing to evaluate")
        return []
    context.sweep = True
    try:
        events = list(context.reader.subjects(context.repository))
    except SourceError:
        if context.errors.halt is None:
            raise
        context.summary.halt = context.errors.halt
        return []
    since = context.program.config.issues.created_after
    if since is not None:
        kept = [event for event in events if not is_opened_before(event, since)]
        context.summary.left_out = len(events) - len(kept)
        events = kept
    start = context.store.memory().resume.get(context.repository, 0)
    return sorted(events, key=lambda event: _number(event) < start)


def _number(event: Event) -> int:
    about = subject(event)
    return (about.number or 0) if about is not None else 0


def is_opened_before(event: Event, date: str) -> bool:
    """Whether the event is about an issue that was opened before a date (ISO 8601); never for a pull request."""
    issue = event.payload.get("issue")
    opened = parse_moment(str(issue.get("created_at"))) if isinstance(issue, dict) else None
    return opened is not None and opened < (parse_moment(date) or 0.0)


def _present_event(context: RunContext, event: Event) -> Event | None:
    """The event with its subject as it is now; None where we caused it ourselves, or the subject is gone.

    So a plan that was made with --repo has the same hash here, as long as the subject is the same. Raises UsageError
    for an event of another repository.
    """
    about = subject(event)
    if (
        about is not None
        and about.repository
        and about.repository.casefold() != context.repository.casefold()
    ):
        raise UsageError(f"the event is from {about.repository}, but the run is for {context.repository}")
    viewer = with_viewer(event, context.program.config.identity, context.reader).payload.get("viewer")
    own = own_cause(event, viewer)
    if own is not None:
        context.tell(f"{about.target if about is not None else event.name}: {own}: nothing to do")
        return None
    if about is None:
        return event
    present = context.reader.fresh(event, about)
    if present is None:
        context.tell(f"{about.target} no longer exists: nothing to do")
    return present


def own_cause(event: Event, viewer: Mapping[str, object] | None) -> str | None:
    """Why nothing follows from an event: the tool itself caused it. None where somebody else did."""

    payload = event.payload
    sender = payload.get("sender")
    app = payload.get("comment") if isinstance(payload.get("comment"), dict) else None
    by = app.get("performed_via_github_app") if app is not None else None
    if event.name in ("schedule", "manual", "workflow_dispatch") or not is_own(sender, viewer, by):
        return None
    login = sender.get("login") if isinstance(sender, dict) else "the tool"
    return f"{login} is the account of this tool, and caused this event"
