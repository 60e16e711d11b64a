"""Named facts as written → their compiled form, with every expression in them checked.

A compiled fact is `{"source", "arguments", "key", "gathered", "at"}`, with `path` (interned, for `jmespath`), `cases`
(`{"when": node | None, "value"}`, for `choose`), `file` (where a library has it) and `otherwise` (source, arguments, …)
where it has them. `key` names its value in the frame, `gathered` what comes from outside. Facts that mean the same
share a key between policies: a key is made of the fact's own text and of the facts and lists that this text reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.policy.canonical import digest
from rulewright.policy.fact_sources import LET_SOURCES
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.model import Expression, Match

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.model import Condition, FactSpec


def fact_keys(context: Context) -> dict[str, str]:
    """Name → frame key of every fact of the policy. Reports facts that are computed from themselves."""
    keys: dict[str, str] = {}
    for name in context.policy.let:
        _key(name, context, keys, [])
    return keys


def _key(name: str, context: Context, keys: dict[str, str], above: list[str]) -> str:
    if name in keys:
        return keys[name]
    spec = context.policy.let[name]
    if name in above:
        circle = " → ".join([*above[above.index(name) :], name])
        context.report(
            "RW311", f"`{name}` is computed from itself: {circle}", spec.span, hint="break the circle"
        )
        return ""
    means: list[Any] = [{"source": spec.source, "arguments": spec.arguments}]
    for root, member in sorted(_reads(spec)):
        if root == "lists" and member in context.policy.lists:
            means.append([root, member, list(context.policy.lists[member])])
        elif root in context.policy.let:
            means.append([root, _key(root, context, keys, [*above, name])])
    try:
        found = digest(means if len(means) > 1 else means[0])
    except ValueError:  # NaN and infinities
        context.report("RW406", f"`{name}` holds a number that is infinite or none", spec.span)
        found = digest(repr(means))
    keys[name] = f"$let:{name}#{found[:12]}"
    return keys[name]


def _reads(spec: FactSpec) -> set[tuple[str, str]]:
    """The (first, second) steps of every path in the expressions of a fact and of its `otherwise:`."""
    from rulewright.program.expression import ExpressionError, parse, root_paths

    found: set[tuple[str, str]] = set()
    conditions = [text for chosen in spec.chosen for text in condition_texts(chosen)]
    for text in (*_expressions(spec.arguments), *conditions):
        try:
            paths = root_paths(parse(text))
        except ExpressionError:  # reported where the expression is compiled
            paths = []
        found.update((path[0], path[1] if len(path) > 1 else "") for path in paths if path)
    return found


def _expressions(arguments: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(arguments.get("jmespath"), str):
        yield arguments["jmespath"]
    if isinstance(arguments.get("otherwise"), dict):
        yield from _expressions(arguments["otherwise"])


def condition_texts(conditions: Iterable[Condition | None]) -> Iterator[str]:
    """The paths and expressions that conditions read, as written."""
    for condition in conditions:
        if isinstance(condition, Match):
            yield condition.path
            for value in condition.value if isinstance(condition.value, list) else (condition.value,):
                if (fact := as_text((as_object(value) or {}).get("fact"))) is not None:
                    yield fact
        elif isinstance(condition, Expression):
            yield condition.text
        elif condition is not None:
            yield from condition_texts(condition.children)


def compile_fact(spec: FactSpec, context: Context) -> dict[str, Any]:
    """A named fact in compiled form; what is wrong with its paths goes to the context."""
    key = context.lets[spec.name]
    data = _source(spec.source, spec.arguments, spec, ("let", spec.name), context, iter(spec.chosen))
    gathered = key.replace("$let:", "$got:", 1)
    data |= {"key": key, "gathered": gathered, "at": [spec.span.line, spec.span.column]}
    return data if spec.span.file == context.policy.file else {**data, "file": spec.span.file}


def _source(
    source: str,
    arguments: Mapping[str, Any],
    spec: FactSpec,
    at: tuple[str | int, ...],
    context: Context,
    chosen: Iterator[tuple[Condition | None, ...]],
) -> dict[str, Any]:
    data: dict[str, Any] = {"source": source, "arguments": dict(arguments)}
    if source == "jmespath":
        use = context.path(str(arguments["jmespath"]), _span(spec, (*at, "jmespath"), context))
        missing: dict[str, Any] = {"type": "literal", "children": [], "value": None}
        data["path"] = use.number if use is not None else context.table.number(missing)
    if source == "choose":
        data["cases"] = _cases(
            arguments["choose"], next(chosen, ()), _span(spec, (*at, "choose"), context), context
        )
    from rulewright.compile.fact_checks import check_fact

    check_fact(source, arguments, lambda name: _span(spec, (*at, name), context), context)
    otherwise = arguments.get("otherwise")
    if isinstance(otherwise, dict):
        inner = next((name for name in LET_SOURCES if name in otherwise), None)
        if inner is not None:
            data["otherwise"] = _source(inner, otherwise, spec, (*at, "otherwise"), context, chosen)
    return data


def _cases(
    written: Any, conditions: tuple[Condition | None, ...], span: Span, context: Context
) -> list[dict[str, Any]]:
    """The compiled cases of a `choose`. One without a condition always holds, so that nothing may stand below it."""
    from rulewright.compile.conditions import compile_condition

    cases = []
    pairs = list(zip(written if isinstance(written, list) else (), conditions, strict=False))
    for number, (case, condition) in enumerate(pairs, 1):
        if not isinstance(case, dict) or "value" not in case:
            continue  # the schema's finding
        if "when" not in case and number < len(pairs):
            context.report(
                "RW317",
                f"case {number} of `choose` always holds, and no case below it is ever looked at",
                span,
                hint="give it a `when`, or put it last",
            )
        when = None if condition is None else compile_condition(condition, context)
        cases.append({"when": when, "value": case["value"]})
    return cases


def _span(spec: FactSpec, path: tuple[str | int, ...], context: Context) -> Span:
    """The place of a part of a fact: in the policy's own document, or the fact's where a library has it."""
    document = context.policy.source
    own = as_object((as_object(document.data) or {}).get("let")) if document is not None else None
    if document is not None and own is not None and spec.name in own:
        return document.span(path)
    return spec.span
