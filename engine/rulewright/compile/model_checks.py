"""What a fact that a model answers asks for, checked at load: tasks, providers, labels, schemas.

What rulewright.yaml does not declare is not restricted by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.policy.model_setting_checks import MINIMUM_HINT, find_unmet_minimum
from rulewright.policy.suggestions import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span

    Place = Callable[[str], Span]


def check_provider(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report a provider that rulewright.yaml does not declare."""
    provider, declared = arguments.get("provider"), context.config.providers
    if provider is not None and declared is not None:
        _check_name("provider", provider, declared, place("provider"), context)


def check_call(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report a provider or a task that rulewright.yaml does not declare."""
    check_provider(arguments, place, context)
    if context.config.models is not None:
        _check_name("task", arguments["call"], context.config.model_tasks, place("call"), context)


def check_classify(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report an unknown provider, a missing list of labels, and examples with none of its labels."""
    check_provider(arguments, place, context)
    _check_minimum(arguments, place, context)
    details = _details(arguments["classify"])
    labels = list(details.get("labels") or arguments.get("into") or ())
    if not labels:
        context.report(
            "RW319",
            "a `classify` task needs a closed list of labels",
            place("classify"),
            hint="add `labels:`",
        )
    for number, example in enumerate(details.get("examples") or (), 1):
        if isinstance(example, dict) and example.get("label") not in labels:
            text = f"example {number} has the label `{example.get('label')}`, which the task does not declare"
            context.report("RW319", text, place("classify"), hint=f"use one of {', '.join(map(str, labels))}")


def _check_minimum(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report a minimum that no provider can meet, as it gives no probabilities."""
    provider, models = arguments.get("provider"), context.config.models
    chain = (str(provider),) if provider is not None else () if models is None else models.chain
    task = {**arguments, **_details(arguments["classify"])}
    found = find_unmet_minimum(task, chain, context.config.providers or {})
    if found is not None:
        context.report("RW319", found[1], place("classify"), hint=MINIMUM_HINT)


def check_extract(arguments: Mapping[str, Any], place: Place, context: Context) -> None:
    """Report an unknown provider, and a missing or faulty schema of the answer."""
    from rulewright.policy.json_schema.user_schema import UserSchema

    check_provider(arguments, place, context)
    schema, span = _details(arguments["extract"]).get("schema", arguments.get("schema")), place("extract")
    if schema is None:
        context.report(
            "RW319", "an `extract` task needs the schema of its answer", span, hint="add `schema:`"
        )
        return
    for fault in UserSchema.of(schema).faults:
        context.report("RW319", f"schema of the answer: {fault.message}", span, hint=fault.hint)


def _details(task: Any) -> Mapping[str, Any]:
    return task if isinstance(task, dict) else {}


def _check_name(what: str, name: object, declared: Iterable[str], span: Span, context: Context) -> None:
    known = list(declared)
    if name not in known:
        near = nearest(str(name), known)
        hint = f"did you mean `{near}`?" if near else "declare it in rulewright.yaml"
        context.report("RW318", f"unknown {what} `{name}`", span, hint=hint)
