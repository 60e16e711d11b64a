"""Where the value of a path comes from: a place in the payload, a named fact, or the time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from rulewright.program.frame import AGE, NOW, SUBJECT, SUBJECT_KEYS, is_fact_key
from rulewright.program.paths import field_chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.program.expression.syntax_tree import Ast
    from rulewright.program.frame import Frame
    from rulewright.program.named_facts import CompiledFact
    from rulewright.program.program import Program


class Place(NamedTuple):
    """A place that can be edited. `path` leads to it in the payload, or in the value of the named fact `name`.

    `member`: the value is the list of these members of the objects there, such as the names of labels. `age`: the
    value is the number of seconds since the moment there.
    """

    root: Literal["payload", "fact", "now", "age"]
    path: tuple[str, ...] = ()
    name: str = ""
    key: str = ""
    member: str | None = None


def find_place(ast: Ast, frame: Frame, program: Program) -> Place | None:
    """The place of a plain path or of a list of names (`labels`), None for any other expression. Short names, and
    facts that only name a path, lead to the place in the payload."""
    names = field_chain(ast)
    if names is not None:
        return _place_of_chain(names, frame, program)
    projected = _projected(ast)
    if projected is None:
        return None
    place = _place_of_chain(projected[0], frame, program)
    return place._replace(member=projected[1]) if place is not None and place.root == "payload" else None


def _projected(ast: Ast) -> tuple[tuple[str, ...], str] | None:
    """(names of the list, member) of a path such as `issue.labels[].name`."""
    if ast["type"] != "projection":
        return None
    left, right = ast["children"]
    if left["type"] != "flatten" or right["type"] != "field":
        return None
    names = field_chain(left["children"][0])
    return None if names is None else (names, str(right["value"]))


def _place_of_chain(names: tuple[str, ...], frame: Frame, program: Program) -> Place | None:
    root, *rest = names
    if root == SUBJECT:
        subject = subject_key(frame)
        return None if subject is None else Place("payload", (subject, *rest))
    if root == NOW:
        return Place("now") if not rest else None
    if root == AGE:
        subject = subject_key(frame)
        return Place("age", (subject, "created_at")) if subject is not None and not rest else None
    if is_fact_key(root):
        return _place_of_fact(root, tuple(rest), frame, program)
    return None if root.startswith("$") else Place("payload", names)


def subject_key(frame: Frame) -> str | None:
    """The member of the payload that has the issue, pull request or discussion."""
    return next((key for key in SUBJECT_KEYS if isinstance(frame.get(key), dict)), None)


def _place_of_fact(key: str, rest: tuple[str, ...], frame: Frame, program: Program) -> Place | None:
    name, fact = _facts_by_key(program).get(key, ("", None))
    if fact is None:
        return None
    step = fact.steps[0]
    if len(fact.steps) == 1 and step.path is not None:
        ast = program.paths[step.path]
        names = field_chain(ast)
        if names is not None:
            return _place_of_chain((*names, *rest), frame, program)
        if not rest and (place := find_place(ast, frame, program)) is not None:
            return place
    return Place("fact", rest, name, key)


def _facts_by_key(program: Program) -> Mapping[str, tuple[str, CompiledFact]]:
    return {fact.key: (name, fact) for policy in program.policies for name, fact in policy.facts.items()}
