"""Where marks come from and how they travel: text that anyone may write, and answers of models, through facts to uses.

A path is marked when what it leads to may have been written by anyone, or was answered by a model (`x-untrusted` in
`schemas/event.schema.json` and `policy/fact_sources/`). A fact is marked when its source is, or what it is made of.
Labels are marked as well: a model may have chosen one, in this run or in an earlier one, and a label does not say so.
What a person set and still stands is told by the timeline (`standing: true`), which is not marked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.policy.fact_sources import LET_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MOST: int = 6
"""Steps of a flow that are told."""


def is_marked(path: str, triggers: tuple[str, ...], lets: Mapping[str, Any], *, numbers: bool = True) -> bool:
    """Whether anyone, or a model, may have made what an expression leads to.

    `lets`: name → `FactSpec`, or its compiled form. With `numbers` false, what can only be a number or true or false is
    not: it can be chosen, but holds no text. An expression that cannot be read is marked.
    """
    from rulewright.policy.event_catalog import Unknown, describe
    from rulewright.program.expression import ExpressionError, parse_expression, root_paths

    try:
        roots = root_paths(parse_expression(path))
    except ExpressionError:
        return True
    plain = {".".join(root).replace(".[]", "[]") for root in roots} == {path.strip()}
    if reads_labels(roots, lets):
        return True
    for root in roots:
        if root and root[0] == "lists":
            continue
        info = describe(tuple(root), triggers, lets) if root else None
        if info is None or isinstance(info, Unknown):
            return True
        kinds = (info.items if info.projected else info.types) - {"null"}
        if info.untrusted and (numbers or not plain or not kinds or not kinds <= {"number", "boolean"}):
            return True
    return False


def reads_labels(roots: Iterable[Sequence[str]], lets: Mapping[str, Any]) -> bool:
    """Whether any of an expression's roots leads to a subject's labels, itself or through a fact.

    `label` is the one that an event `labeled` is about: a token of a machine user causes such events too.
    """
    named = [root for root in roots if root and root[0] != "lists"]
    return any(
        _labelled(lets[root[0]]) if root[0] in lets else root[0] == "label" or "labels" in root
        for root in named
    )


def _labelled(spec: Any) -> bool:
    """Whether a fact, or its `otherwise:`, is a label: a `FactSpec`, its compiled form, or as written."""
    if isinstance(spec, dict):
        arguments = spec.get("arguments") or spec
        otherwise = spec.get("otherwise") or arguments.get("otherwise")
        named = spec.get("source") == "label_group" or "label_group" in arguments
    else:
        otherwise, named = spec.arguments.get("otherwise"), spec.source == "label_group"
    return named or (isinstance(otherwise, dict) and _labelled(otherwise))


def flow(path: str, lets: Mapping[str, Any]) -> str:
    """How marked data reaches a path, in one line: `issue.title, issue.body → severity (classify)`."""
    from rulewright.program.expression import ExpressionError, parse_expression, root_paths

    steps: list[str] = []
    here = [path]
    try:
        for _ in range(MOST):
            names = [
                root[0]
                for one in here
                for root in root_paths(parse_expression(one))
                if root and root[0] in lets
            ]
            if not names:
                break
            name = names[0]
            spec = lets[name]
            steps.append(f"{name} ({spec.source})")
            inner = list(dict.fromkeys(inputs_of(spec.source, spec.arguments)))
            if not inner:
                return " → ".join(reversed(steps))
            here = inner
    except ExpressionError:
        pass
    return " → ".join((", ".join(here[:4]), *reversed(steps)))


def inputs_of(source: str, arguments: Mapping[str, Any]) -> Iterator[str]:
    """The paths that a fact reads, those of its `otherwise:` as well."""
    if source == "jmespath" and isinstance(arguments.get("jmespath"), str):
        yield arguments["jmespath"]
    task = arguments.get(source)
    for written in (task.get("input") if isinstance(task, dict) else None, arguments.get("in")):
        yield from (one for one in written or () if isinstance(one, str))
    if isinstance(arguments.get("with"), dict):
        yield from (one for one in arguments["with"].values() if isinstance(one, str))
    for case in task if source == "choose" and isinstance(task, list) else ():
        if isinstance(case, dict):
            yield from _conditions(case.get("when"))
    otherwise = arguments.get("otherwise")
    if isinstance(otherwise, dict):
        inner = next((one for one in LET_SOURCES if one in otherwise), None)
        if inner is not None:
            yield from inputs_of(inner, otherwise)


def _conditions(when: Any) -> Iterator[str]:
    if isinstance(when, dict):
        for key, value in when.items():
            if key in ("all", "any", "none"):
                for child in value if isinstance(value, list) else ():
                    yield from _conditions(child)
            elif key == "jmespath":
                yield str(value)
            else:
                yield str(key)
