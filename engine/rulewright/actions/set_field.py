"""set_field: one field of the subject's item on a project board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.plan import Effect, Precondition
from rulewright.actions.template import Undetermined
from rulewright.actions.words import Phrase, format_value
from rulewright.events.board_values import as_board_shows
from rulewright.policy.actions import set_field as declared
from rulewright.policy.actions.set_field import board_field

if TYPE_CHECKING:
    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    given = declared.SET_FIELD.named(arguments)
    value = context.read(given["value"])
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise Undetermined("a board field takes text or a number")
    resolved = {"project": given["project"], "field": given["field"], "value": value}
    return (context.effect("set_field", resolved),)


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    present = snapshot.fields.get(board_field(effect.arguments))
    return None if present == as_board_shows(effect.arguments["value"], present) else effect


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    """A board that the event does not show is read by apply; nothing can be required of it here."""
    name = board_field(effect.arguments)
    if name not in snapshot.fields:
        return ()
    return (Precondition("field_is", {"field": name, "value": snapshot.fields[name]}),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    name = board_field(effect.arguments)
    shown = as_board_shows(effect.arguments["value"], snapshot.fields.get(name))
    return snapshot._replace(fields={**snapshot.fields, name: shown})


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    before = effect.precondition_value("field_is")
    if not isinstance(before, dict):
        return ()
    now: Json = {
        "field": before["field"],
        "value": as_board_shows(effect.arguments["value"], before["value"]),
    }
    written = {**effect.arguments, "value": before["value"]}
    return (effect.undone_by("set_field", written, Precondition("field_is", now)),)


def _describe(effect: Effect) -> Phrase:
    arguments, before = effect.arguments, effect.precondition_value("field_is")
    where = f"{format_value(arguments.get('project'), 40)} · {format_value(arguments.get('field'), 40)}"
    after = format_value(arguments.get("value"), 60)
    if isinstance(before, dict):
        return "~", "set field", f"{where}: {format_value(before.get('value'), 60)} → {after}"
    return "~", "set field", f"{where}: {after}"


SET_FIELD: Final = Action(
    declared.SET_FIELD, _describe, _propose, _select_needed, _preconditions, _predict, _inverse
)
