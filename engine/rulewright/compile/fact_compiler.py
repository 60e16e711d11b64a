"""Named facts as written → their compiled form, with every expression in them checked.

Facts that mean the same share a frame key between policies: it is made of the fact's own text and of the facts and
lists that this text reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.compile.conditions import compile_condition, position_of
from rulewright.compile.fact_checks import check_fact
from rulewright.policy.canonical import digest
from rulewright.policy.fact_sources import fact_steps
from rulewright.policy.json_types import as_object, as_text
from rulewright.policy.model import Expression, Match
from rulewright.program.frame import fact_key
from rulewright.program.named_facts import ChoiceCase, CompiledFact, FactStep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.model import Condition, FactSpec
    from rulewright.program.expression.syntax_tree import Ast


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
        context.report("RW311", f"`{name}` depends on itself: {circle}", spec.span, hint="remove the cycle")
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
        context.report("RW406", f"`{name}` contains a number that is infinite or NaN", spec.span)
        found = digest(repr(means))
    keys[name] = fact_key(name, found[:12])
    return keys[name]


def _reads(spec: FactSpec) -> set[tuple[str, str]]:
    """The (first, second) steps of every path in the expressions of a fact and of its `otherwise:`."""
    from rulewright.program.expression import ExpressionError, parse_expression, root_paths

    found: set[tuple[str, str]] = set()
    conditions = [text for chosen in spec.chosen for text in condition_texts(chosen)]
    expressions = [
        str(step["jmespath"]) for source, step in fact_steps(spec.arguments) if source == "jmespath"
    ]
    for text in (*expressions, *conditions):
        try:
            paths = root_paths(parse_expression(text))
        except ExpressionError:  # reported where the expression is compiled
            paths = []
        found.update((path[0], path[1] if len(path) > 1 else "") for path in paths if path)
    return found


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


def compile_fact(spec: FactSpec, context: Context) -> CompiledFact:
    """A named fact in compiled form; what is wrong with its paths goes to the context."""
    steps = tuple(_steps(spec, context))
    file = "" if spec.span.file == context.policy.file else spec.span.file
    return CompiledFact(context.lets[spec.name], position_of(spec.span), steps, file)


def _steps(spec: FactSpec, context: Context) -> Iterator[FactStep]:
    """The fact's source, and that of each `otherwise:` behind it."""
    at: tuple[str | int, ...] = ("let", spec.name)
    chosen = iter(spec.chosen)
    for source, arguments in fact_steps(spec.arguments):
        yield _step(source, arguments, spec, at, context, chosen)
        at = (*at, "otherwise")


def _step(
    source: str,
    arguments: Mapping[str, Any],
    spec: FactSpec,
    at: tuple[str | int, ...],
    context: Context,
    chosen: Iterator[tuple[Condition | None, ...]],
) -> FactStep:
    path = None
    if source == "jmespath":
        use = context.path(str(arguments["jmespath"]), _span(spec, (*at, "jmespath"), context))
        missing: Ast = {"type": "literal", "children": [], "value": None}
        path = use.number if use is not None else context.table.number(missing)
    cases: tuple[ChoiceCase, ...] = ()
    if source == "choose":
        span = _span(spec, (*at, "choose"), context)
        cases = tuple(_cases(arguments["choose"], next(chosen, ()), span, context))
    check_fact(source, arguments, lambda name: _span(spec, (*at, name), context), context)
    return FactStep(source, dict(arguments), path, cases)


def _cases(
    written: Any, conditions: tuple[Condition | None, ...], span: Span, context: Context
) -> Iterator[ChoiceCase]:
    """The compiled cases of a `choose`. One without a condition always holds, so that nothing may stand below it."""
    pairs = list(zip(written if isinstance(written, list) else (), conditions, strict=False))
    for number, (case, condition) in enumerate(pairs, 1):
        if not isinstance(case, dict) or "value" not in case:
            continue  # the schema's finding
        if "when" not in case and number < len(pairs):
            context.report(
                "RW317",
                f"case {number} of `choose` always holds, so the cases below it are never evaluated",
                span,
                hint="add a `when`, or move it to the end",
            )
        when = None if condition is None else compile_condition(condition, context)
        yield ChoiceCase(when, case["value"])


def _span(spec: FactSpec, path: tuple[str | int, ...], context: Context) -> Span:
    """The place of a part of a fact: in the policy's own document, or the fact's where a library has it."""
    document = context.policy.source
    own = as_object(document.mapping.get("let")) if document is not None else None
    if document is not None and own is not None and spec.name in own:
        return document.span(path)
    return spec.span
