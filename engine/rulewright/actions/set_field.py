"""set_field: one field of the subject's item on a project board."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import Action, Context, Undetermined, undoing
from rulewright.actions.plan import Effect, Precondition

if TYPE_CHECKING:
    from rulewright.events.snapshot import Snapshot


def field_name(arguments: Any) -> str:
    """How a snapshot names the field: `1/Status`."""
    return f"{arguments['project']}/{arguments['field']}"


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    value = context.read(arguments["value"])
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        raise Undetermined("a board field takes text or a number")
    written = {"project": arguments["project"], "field": arguments["field"], "value": value}
    return (context.effect("set_field", written),)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    return None if snapshot.fields.get(field_name(effect.arguments)) == effect.arguments["value"] else effect


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    """A board that the event does not show is read by apply; nothing can be required of it here."""
    name = field_name(effect.arguments)
    if name not in snapshot.fields:
        return ()
    return (Precondition("field_is", {"field": name, "value": snapshot.fields[name]}),)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    return snapshot._replace(
        fields={**snapshot.fields, field_name(effect.arguments): effect.arguments["value"]}
    )


def _inverse(effect: Effect) -> tuple[Effect, ...]:
    for known in effect.preconditions:
        if known.kind == "field_is":
            now = {"field": known.value["field"], "value": effect.arguments["value"]}
            written = {**effect.arguments, "value": known.value["value"]}
            return (undoing(effect, "set_field", written, Precondition("field_is", now)),)
    return ()


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    return ((f"field:{field_name(effect.arguments).casefold()}", effect.arguments["value"]),)


SET_FIELD: Final = Action(
    "set_field", frozenset({"fields"}), _wish, _needed, _guard, _predict, _inverse, _claims
)
