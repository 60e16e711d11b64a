"""Edits of an event, of the time or of a named fact that turn a condition, tried on the condition itself."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from rulewright.evaluate.places import find_place
from rulewright.evaluate.turning_values import Turn, moment_text, turning_values
from rulewright.policy.quantity import parse_moment
from rulewright.program.closures import build_closure
from rulewright.program.frame import NOW, fold
from rulewright.program.matchers.table import MATCHERS
from rulewright.program.nodes import ExpressionNode, MatchNode, path_nodes
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.evaluate.places import Place
    from rulewright.policy.json_types import Json
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import PathNode
    from rulewright.program.program import Program

_EXAMPLES: Final[Mapping[str, Json]] = {
    "milestone": {"title": "v1"},
    "assignee": {"login": "octocat"},
    "user": {"login": "octocat", "type": "User"},
    "pull_request": {},
    "number": 1,
}
"""Values of members that are not text, where any value is wanted."""


class TurningEdit(NamedTuple):
    """One edit: `path` in the payload, the named fact `path[0]` as a whole, or the time."""

    target: Literal["payload", "fact", "now"]
    path: tuple[str, ...]
    operation: Literal["set", "remove"]
    value: Json = None


def find_edits(node: PathNode, frame: Frame, program: Program, wanted: bool) -> Iterator[TurningEdit]:
    """Edits after which a leaf is true, or false, the best first; none where no value can be named."""
    place = find_place(program.paths[node.path], frame, program)
    if place is None:
        return
    for value in _values(node, frame, place, program, wanted):
        edit = _edit(place, frame, value)
        if edit is not None:
            yield edit


def _values(node: PathNode, frame: Frame, place: Place, program: Program, wanted: bool) -> Iterator[Any]:
    """The values at a place with which the leaf is as wanted; None for one that is removed."""
    if isinstance(node, ExpressionNode):
        yield wanted
        return
    operand = node.operand if node.fact_path is None else frame[node.fact_path]
    closure = build_closure(node)
    named = _with_named_texts(node, frame, place, program) if wanted else ()
    for value in chain(named, _candidates(node, operand, frame, place)):
        seen: dict[Any, Any] = {node.path: value, ~node.path: fold(value), NOW: frame[NOW]}
        if node.fact_path is not None:
            seen[node.fact_path] = operand
        if closure(cast("Frame", seen)) is wanted:
            yield value


def _with_named_texts(node: MatchNode, frame: Frame, place: Place, program: Program) -> Iterator[list[Json]]:
    """The names of a list with one more that conditions of the policies name: of the labels that fit `severity/*`, one
    that there is."""
    if place.member is None or MATCHERS[node.matcher].family != "text":
        return
    value = frame[node.path]
    present = value if isinstance(value, list) else []
    conditions = chain(
        (entry.when for policy in program.policies for entry in policy.entries),
        (
            case.when
            for policy in program.policies
            for fact in policy.facts.values()
            for case in fact.cases
            if case.when is not None
        ),
    )
    for leaf in chain.from_iterable(map(path_nodes, conditions)):
        if (
            isinstance(leaf, MatchNode)
            and leaf.path == node.path
            and MATCHERS[leaf.matcher].family == "membership"
        ):
            for name in leaf.operand if isinstance(leaf.operand, list) else [leaf.operand]:
                if isinstance(name, str):
                    yield [*present, name]


def _candidates(node: MatchNode, operand: object, frame: Frame, place: Place) -> Iterator[object]:
    value = frame[node.path]
    if operand is not None and operand is not ERROR and value is not ERROR:
        turn = Turn(node, operand, value, frame[NOW], lists_only=place.member is not None)
        yield from turning_values(turn)
    if place.member is None:
        yield _EXAMPLES.get((place.path or ("",))[-1], "x")
    else:
        yield ["x"]
    yield None


def _edit(place: Place, frame: Frame, value: Json) -> TurningEdit | None:
    if place.root == "now":
        return None if not isinstance(value, str) else TurningEdit("now", (), "set", value)
    if place.root == "fact":
        return TurningEdit("fact", (place.name,), "set", _with_inner(frame.get(place.key), place.path, value))
    if place.root == "age" and value is not None:
        value = _created(frame, value)
        if value is None:
            return None
    elif place.member is not None and isinstance(value, list):
        value = _objects(_value_at(frame, place.path), place.member, value)
    if value is None:
        return TurningEdit("payload", place.path, "remove")
    return TurningEdit("payload", place.path, "set", value)


def _created(frame: Frame, age: object) -> str | None:
    now = parse_moment(frame[NOW])
    return moment_text(now - age) if now is not None and isinstance(age, int | float) else None


def _value_at(value: Any, path: tuple[str, ...]) -> object:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _objects(present: object, member: str, names: list[Json]) -> Json:
    """The objects with these names: those that are there, and new ones."""
    known = {}
    for item in present if isinstance(present, list) else ():
        if isinstance(item, dict) and isinstance(name := item.get(member), str):
            known[name] = item
    return [known.get(name, {member: name}) if isinstance(name, str) else {member: name} for name in names]


def _with_inner(value: object, path: tuple[str, ...], inner: Json) -> Json:
    """The value with another one at `path` in it; a null takes the member away."""
    if not path:
        return inner
    members: dict[str, Json] = dict(value) if isinstance(value, dict) else {}
    changed = _with_inner(members.get(path[0]), path[1:], inner)
    if changed is None:
        members.pop(path[0], None)
    else:
        members[path[0]] = changed
    return cast("Json", members)
