"""Where marks come from and how they travel: text that anyone may write, and answers of models, through facts to uses.

A path is marked when what it leads to may have been written by anyone, or was answered by a model (`x-untrusted` in
`policy/schemas/event.schema.json` and `policy/fact_sources/`). A fact is marked when its source or its input is.
Labels are marked as well: a model may have chosen one, in this run or in an earlier one, and a label does not say so.
What a person set and still stands is told by the timeline (`standing: true`), which is not marked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.policy.event_catalog import UnknownPath, describe_path
from rulewright.policy.fact_sources import fact_steps, written_paths
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text
from rulewright.program.expression import ExpressionError, parse_expression, root_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.policy.fact_sources import NamedFact
    from rulewright.policy.json_types import Json

MOST_STEPS: int = 6
"""Steps of a flow that are told."""


def is_marked(
    path: str, triggers: tuple[str, ...], lets: Mapping[str, NamedFact], *, numbers: bool = True
) -> bool:
    """Whether anyone, or a model, may have made what an expression leads to.

    `lets`: name → `FactSpec`, or its compiled form. With `numbers` false, what can only be a number or true or false is
    not: it can be chosen, but holds no text. An expression that cannot be read is marked.
    """
    try:
        roots = root_paths(parse_expression(path))
    except ExpressionError:
        return True
    if reads_labels(roots, lets):
        return True
    is_plain = {".".join(root).replace(".[]", "[]") for root in roots} == {path.strip()}
    spared = frozenset({"number", "boolean"}) if is_plain and not numbers else frozenset()
    return any(_is_marked_root(root, triggers, lets, spared) for root in roots if root[:1] != ("lists",))


def _is_marked_root(
    root: tuple[str, ...], triggers: tuple[str, ...], lets: Mapping[str, NamedFact], spared: frozenset[str]
) -> bool:
    """Whether a path is marked; one whose value is certainly of the `spared` types is not."""
    info = describe_path(root, triggers, lets) if root else None
    if info is None or isinstance(info, UnknownPath):
        return True
    types = (info.items if info.projected else info.types) - {"null"}
    return info.untrusted and not (types and types <= spared)


def reads_labels(roots: Iterable[Sequence[str]], lets: Mapping[str, NamedFact]) -> bool:
    """Whether any of an expression's roots leads to a subject's labels, itself or through a fact.

    `label` is the one that an event `labeled` is about: a token of a machine user causes such events too.
    """
    named = [root for root in roots if root and root[0] != "lists"]
    return any(
        any(source == "label_group" for source, _ in fact_steps(lets[root[0]].arguments))
        if root[0] in lets
        else root[0] == "label" or "labels" in root
        for root in named
    )


def describe_flow(path: str, lets: Mapping[str, NamedFact]) -> str:
    """How marked data reaches a path, in one line: `issue.title, issue.body → severity (classify)`."""
    steps: list[str] = []
    here = [path]
    try:
        for _ in range(MOST_STEPS):
            names = [
                root[0]
                for text in here
                for root in root_paths(parse_expression(text))
                if root and root[0] in lets
            ]
            if not names:
                break
            name = names[0]
            spec = lets[name]
            steps.append(f"{name} ({spec.source})")
            inner = list(dict.fromkeys(_input_paths(spec.arguments)))
            if not inner:
                return " → ".join(reversed(steps))
            here = inner
    except ExpressionError:
        pass
    return " → ".join((", ".join(here[:4]), *reversed(steps)))


def _input_paths(arguments: Mapping[str, Json]) -> Iterator[str]:
    """The paths and expressions that a fact reads, those of its `otherwise:` as well."""
    for source, step in fact_steps(arguments):
        if (text := as_text(step.get("jmespath"))) is not None:
            yield text
        yield from written_paths(source, step)
        for case in as_objects(step.get("choose")):
            yield from _condition_inputs(case.get("when"))


def _condition_inputs(when: Json) -> Iterator[str]:
    """The paths and expressions of a condition as written."""
    for key, value in (as_object(when) or {}).items():
        if key in ("all", "any", "none"):
            for child in as_array(value) or ():
                yield from _condition_inputs(child)
        else:
            yield str(value) if key == "jmespath" else key
