"""Expected effects against planned ones: all of them and no others, in any order.

Of the arguments only those that the case names are compared: a mapping is a part of the planned one, a list is
the whole list in any order, `text`, `body` and `message` are a part of the text. A value that is no mapping is the
argument that the action declares as its short form: `assign: mona` is `{users: mona}`; and `template` names a template
of the rule.

`rule: id` tells apart the effects of several rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.actions.table import ACTION_DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.actions.plan import Effect
    from rulewright.policy.json_types import Json
    from rulewright.program.program import Program
    from rulewright.testing.model import WantedEffect

_LISTS: Final = ("labels", "users")
_TEXTS: Final = ("text", "body", "message")


def match_effects(
    wanted: Sequence[WantedEffect], effects: Sequence[Effect], program: Program
) -> tuple[tuple[int, ...], tuple[Effect, ...]]:
    """The numbers of expected effects that are not planned, and the effects that nothing expects.

    Each is paired with at most one of the other side, so that the fewest are left over.
    """
    fits = [[n for n, effect in enumerate(effects) if _matches(want, effect, program)] for want in wanted]
    taken: dict[int, int] = {}

    def find_place(number: int, seen: set[int]) -> bool:
        for effect in fits[number]:
            if effect not in seen:
                seen.add(effect)
                if effect not in taken or find_place(taken[effect], seen):
                    taken[effect] = number
                    return True
        return False

    missing = tuple(number for number in range(len(wanted)) if not find_place(number, set()))
    return missing, tuple(effect for n, effect in enumerate(effects) if n not in taken)


def _matches(want: WantedEffect, effect: Effect, program: Program) -> bool:
    if want.action != effect.action:
        return False
    arguments = want.arguments
    if arguments is None:
        return True
    if not isinstance(arguments, dict):
        arguments = {ACTION_DECLARATIONS[want.action].short_form: arguments}
    return all(_matches_argument(key, value, effect, program) for key, value in arguments.items())


def _matches_argument(key: str, want: Json, effect: Effect, program: Program) -> bool:
    if key == "rule":
        return any(want in (rule, rule.rpartition("/")[2]) for rule in (effect.rule, *effect.also))
    if key == "template":
        return want in _templates_of(effect, program)
    if key == "text" and key not in effect.arguments:
        key = "body"
    if key not in effect.arguments:
        return False
    found = effect.arguments[key]
    if key in _LISTS and isinstance(want, str):
        want = [want]
    if key in _TEXTS and isinstance(want, str) and isinstance(found, str):
        return want.strip() in found
    return _contains(want, found)


def _templates_of(effect: Effect, program: Program) -> set[str]:
    """The templates that the rule of an effect names in actions of this kind; a bare `comment` names the rule's."""
    policy, _, name = effect.rule.partition("/")
    entry = next(
        (e for one in program.policies if one.name == policy for e in one.entries if e.id == name), None
    )
    out = set()
    for use in entry.actions if entry is not None else ():
        written = use.arguments
        if use.name == effect.action:
            named = written.get("template") if isinstance(written, dict) else written or name
            out.add(str(named))
        elif effect.action == "comment" and isinstance(written, dict) and "comment" in written:
            out.add(str(written["comment"]))
    return out


def _contains(want: Json, found: Json) -> bool:
    """Whether `want` is a part of `found`: mappings by the keys that are named, lists whole in any order."""
    if isinstance(want, dict):
        return isinstance(found, dict) and all(
            key in found and _contains(value, found[key]) for key, value in want.items()
        )
    if isinstance(want, list):
        return isinstance(found, list) and len(want) == len(found) and _contains_each(want, found)
    return (type(want) is type(found) and bool(want == found)) or _same_number(want, found)


def _contains_each(want: list[Json], found: list[Json]) -> bool:
    """Whether each wanted item is a part of a found one of its own."""
    left = list(found)
    for item in want:
        match = next((n for n, other in enumerate(left) if _contains(item, other)), None)
        if match is None:
            return False
        del left[match]
    return True


def _same_number(want: Json, found: Json) -> bool:
    numbers = (int, float)
    plain = not isinstance(want, bool) and not isinstance(found, bool)
    return plain and isinstance(want, numbers) and isinstance(found, numbers) and want == found
