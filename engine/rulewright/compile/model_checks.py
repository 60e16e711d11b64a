"""What a fact that a model answers asks for, checked at load: tasks, providers, labels, schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span

    Place = Callable[[str], Span]


def check_model_fact(source: str, arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report what is wrong with one fact. What rulewright.yaml does not declare is not restricted by it."""
    config = context.config
    named = arguments.get("provider")
    if named is not None and "providers" in config:
        _known("provider", named, config["providers"], place("provider"), context)
    if source == "call":
        if "models" in config:
            _known("task", arguments["call"], config["models"].get("tasks") or {}, place("call"), context)
        return
    task = arguments[source]
    details = task if isinstance(task, dict) else {}
    labels = list(details.get("labels") or arguments.get("into") or ())
    if source == "classify" and not labels:
        context.report(
            "RW319", "a classification needs its closed list of labels", place(source), hint="add `labels:`"
        )
    for number, example in enumerate(details.get("examples") or (), 1):
        if isinstance(example, dict) and example.get("label") not in labels:
            text = f"example {number} has the label `{example.get('label')}`, which is none of the task's"
            context.report("RW319", text, place(source), hint=f"one of {', '.join(map(str, labels))}")
    schema = details.get("schema", arguments.get("schema"))
    if source == "extract":
        _schema(schema, place(source), context)


def _schema(schema: Any, span: Span, context: Context) -> None:
    from rulewright.policy.json_schema.user_schema import UserSchema

    if schema is None:
        context.report("RW319", "an extraction needs the schema of its answer", span, hint="add `schema:`")
        return
    for fault in UserSchema.of(schema).faults:
        context.report("RW319", f"the schema of the answer: {fault.message}", span, hint=fault.hint)


def _known(what: str, name: Any, names: Iterable[str], span: Span, context: Context) -> None:
    known = list(names)
    if name in known:
        return
    from rulewright.policy.suggestions import nearest

    near = nearest(str(name), known)
    hint = f"did you mean `{near}`?" if near else "declare it in rulewright.yaml"
    context.report("RW318", f"there is no {what} `{name}`", span, hint=hint)
