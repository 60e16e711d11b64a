"""Which event an issue or pull request that is named by its number is evaluated as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.events.snapshot import subject
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.event_catalog import check_trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.events.model import Event
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.program import Program

SWEEP: Final = "schedule"
BY_HAND: Final = (SWEEP, "manual", "workflow_dispatch")
"""Events that can be about an issue as well as a pull request."""
OPENING: Final = {"issue": "issues.opened", "pull_request": "pull_request.opened"}
FAMILIES: Final = {
    "issue": ("issues", "issue_comment"),
    "pull_request": ("pull_request", "pull_request_target", "pull_request_review", "issue_comment"),
}
"""Key of the subject in a payload → the events that bring one."""
EVENT_OF: Final = {"issue": ("issues",), "pull_request": ("pull_request", "pull_request_target")}
"""The events whose payload can be made from the subject alone."""


def name_event(found: Event, program: Program, wanted: str | None) -> tuple[Event, str]:
    """The event of a subject, and a note for the user ("" for none).

    `found` is a `schedule` event about the subject. The event is `wanted` (`issues` or `issues.opened`); without it
    `schedule`, or the opening of the subject if no policy subscribes to `schedule` and one to the opening. The note
    names policies that subscribe to other events of the subject only. Raises UsageError for an event that is not about
    such a subject.
    """
    key = "pull_request" if "pull_request" in found.payload else "issue"
    if wanted is not None:
        _check(wanted, key, found)
        return _renamed(found, wanted), ""
    opening = OPENING[key]
    if not _subscribed(program, SWEEP) and _subscribed(program, opening):
        note = f"{_shown(found)} is evaluated as {opening}: no policy subscribes to {SWEEP}"
        return _renamed(found, opening), note
    others = list(list_unsubscribed(found, program))
    if not others:
        return found, ""
    text = ", ".join(f"{policy.name} ({', '.join(policy.on)})" for policy in others)
    return found, (
        f"{_shown(found)} is evaluated as {SWEEP}, to which these policies do not subscribe: {text}; "
        f"to evaluate another event, use --event-name, such as --event-name {opening}"
    )


def _check(wanted: str, key: str, found: Event) -> None:
    problem = check_trigger(wanted)
    name = wanted.partition(".")[0]
    if problem is None and name not in (*BY_HAND, *EVENT_OF[key]):
        kind = "an issue" if key == "issue" else "a pull request"
        problem = f"`{wanted[:60]}` cannot be evaluated for {_shown(found)}, which is {kind}"
    if problem is not None:
        raise UsageError(
            f"--event-name: {problem}", hint=f"use {SWEEP}, manual, or an event such as {OPENING[key]}"
        )


def _renamed(found: Event, name: str) -> Event:
    """The same subject in an event of another name."""
    event, _, action = name.partition(".")
    payload = {key: value for key, value in found.payload.items() if key != SWEEP}
    head = {event: ""} if event in BY_HAND else {"action": action} if action else {}
    return found._replace(name=event, action=action or None, payload={**head, **payload})


def _subscribed(program: Program, name: str) -> tuple[CompiledPolicy, ...]:
    event, _, action = name.partition(".")
    return program.route(event, action or None).policies


def list_unsubscribed(event: Event, program: Program) -> Iterator[CompiledPolicy]:
    """The policies for subjects of the event's kind that do not subscribe to the event itself."""
    families = FAMILIES["pull_request" if "pull_request" in event.payload else "issue"]
    evaluated = {policy.name for policy in program.route(event.name, event.action).policies}
    for policy in program.policies:
        names = {name.partition(".")[0] for name in policy.on}
        if policy.name not in evaluated and not names.isdisjoint((*families, SWEEP)):
            yield policy


def _shown(found: Event) -> str:
    about = subject(found)
    return about.target if about is not None else "the subject"
