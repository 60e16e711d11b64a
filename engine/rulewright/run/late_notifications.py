"""Notifications that earlier runs could not send, and those that this run cannot: sent late, kept, or withdrawn."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.notify import notifying_rules
from rulewright.actions.plan import Plan
from rulewright.actions.prune_comment import own_comment
from rulewright.events.snapshot import subject
from rulewright.planning.plan_json import plan_hash
from rulewright.policy.diagnostics import SourceError
from rulewright.run.apply import apply
from rulewright.run.context import WaitingNotification, numbered_subject, unix_time
from rulewright.run.pending_notifications import MARKER, keep, late_notification, unsent_in, update
from rulewright.run.state.memory import KEPT

if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from datetime import timedelta

    from rulewright.actions.plan import Effect
    from rulewright.actions.port import Port
    from rulewright.events.model import Event
    from rulewright.run.context import RunContext
    from rulewright.run.journal import Record
    from rulewright.run.pending_notifications import Unsent

REWRITE_AFTER: Final = 7 * 86_400
"""Seconds. After this the comment that keeps unsent notifications is written anew: sweeps look at the comments of the
last 30 days."""


def keep_unsent(context: RunContext, effect: Effect, why: str, plan: Plan) -> bool:
    """Keep a notification that did not go out for a later run, before anything else is done: whether it is kept."""
    context.summary.unsent.append(WaitingNotification(effect.target, str(effect.arguments["channel"]), why))
    if context.store.lasting:
        return True
    if context.port is None or not context.reader.knows_itself():
        return False
    try:
        return keep(effect, context.port, record=context.record, plan=plan.hash)
    except SourceError as error:
        context.note_halt(error)
        return False


def send_late(context: RunContext, events: list[Event]) -> None:
    """Send the notifications that earlier runs could not send, and list those that still wait in the summary."""
    notifying = frozenset(notifying_rules(context.program))
    if context.summary.halt is not None or context.expected is not None:
        return
    try:
        for target in _targets_with_unsent(context, events):
            if context.port is None:
                comments = context.reader.comments(numbered_subject(target))
                context.summary.unsent += [
                    WaitingNotification(target, entry.channel, context.dry) for entry in unsent_in(comments)
                ]
            else:
                _send_of_subject(context, target, notifying)
    except SourceError as error:
        context.note_halt(error)


def _send_of_subject(context: RunContext, target: str, notifying: Container[tuple[str, str]]) -> None:
    """Send those of one subject, as its comment lists them now. Raises SourceError.

    A notification that its policy's rule no longer sends is withdrawn: the comment is data that others may have
    written. One of a policy that this run did not load, or does not enforce, waits for a run that does.
    """
    port = context.port
    assert port is not None
    state = port.read(target, frozenset({"comments"}))
    comment = own_comment(state, MARKER) if state is not None else None
    if state is None or comment is None:
        return
    entries = unsent_in(state.comments or ())
    modes = {policy.name: policy.mode for policy in context.program.policies}
    mode_of = {entry.key: modes.get(entry.rule.partition("/")[0]) for entry in entries}
    wanted = [entry for entry in entries if (entry.rule, entry.channel) in notifying]
    enforced = [entry for entry in entries if mode_of[entry.key] == "enforce"]
    withdrawn = [entry for entry in enforced if entry.key not in _keys(wanted)]
    plan, waiting = _try_again(context, port, target, wanted)
    old = unix_time(context.now()) - unix_time(str(comment.get("updated_at"))) > REWRITE_AFTER
    done = _keys(withdrawn) | (_keys(wanted) - _keys(waiting))
    if done or old:
        update(target, port, remove=done, record=context.record, plan=plan.hash)
        context.forget([target])
    context.summary.unsent += [
        WaitingNotification(target, entry.channel, f"the policy of {entry.rule} is not enforced")
        for entry in entries
        if mode_of[entry.key] not in ("enforce", None)
    ]
    context.summary.withdrawn += [f"{target} to {entry.channel} ({entry.rule})" for entry in withdrawn]


def _try_again(
    context: RunContext, port: Port, target: str, wanted: Iterable[Unsent]
) -> tuple[Plan, list[Unsent]]:
    """Send what was not tried in this run yet. Returns the plan, and what still waits, which is in the summary."""
    summary, wanted = context.summary, list(wanted)
    tried = _undone_reasons(summary.resumed)
    late = tuple(late_notification(target, entry) for entry in wanted if entry.key not in tried)
    plan = Plan(late, plan_hash(late, {}, ""))
    journal = apply(plan, port, record=context.record, sent=context.sent, resumed=True, halt=summary.halt)
    summary.halt = summary.halt or journal.halt
    why = _undone_reasons(journal.records)
    summary.unsent += [
        WaitingNotification(target, entry.channel, why[entry.key]) for entry in wanted if entry.key in why
    ]
    return plan, [entry for entry in wanted if entry.key in why or entry.key in tried]


def _keys(entries: Iterable[Unsent]) -> set[str]:
    return {entry.key for entry in entries}


def _undone_reasons(records: Iterable[Record]) -> dict[str, str]:
    """Key of each effect that was not done → why."""
    return {record.effect.key: record.reason or "" for record in records if record.noteworthy}


def _targets_with_unsent(context: RunContext, events: list[Event]) -> list[str]:
    """The targets on which notifications wait: of these subjects, in a sweep of all that were kept lately.

    Raises SourceError.
    """
    if not context.reader.knows_itself():
        return []
    comments = _recent_comments(context) if context.sweep else _comments_of(context, events)
    return sorted(target for target, listed in comments.items() if unsent_in(listed))


def _recent_comments(context: RunContext) -> dict[str, list[dict[str, Any]]]:
    """Target → the comments of this kind that were written lately, in the whole repository."""
    comments: dict[str, list[dict[str, Any]]] = {}
    for comment in context.reader.recent_comments(context.repository, _earlier(context.now(), KEPT)):
        if str(comment.get("body") or "").startswith(MARKER):
            comments.setdefault(f"{context.repository}#{comment['number']}", []).append(comment)
    return comments


def _comments_of(context: RunContext, events: Iterable[Event]) -> dict[str, list[dict[str, Any]]]:
    """Target → the comments, of each issue and pull request that has any."""
    comments: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        about = subject(event)
        payload = event.payload.get("issue") or event.payload.get("pull_request") or {}
        if about is not None and about.number is not None and payload.get("comments"):
            comments[about.target] = context.reader.comments(about)
    return comments


def _earlier(moment: str, by: timedelta) -> str:
    """A moment that much earlier, as GitHub writes it."""
    return (datetime.fromisoformat(moment) - by).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
