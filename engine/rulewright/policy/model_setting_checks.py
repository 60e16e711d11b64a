"""Checks of `models:` and `providers:` of rulewright.yaml beyond the schema: names that exist, limits that can bind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.json_types import as_object, as_texts
from rulewright.policy.suggestions import list_names, nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import Json, JsonObject, JsonPath

MINIMA: Final = ("min_probability", "min_margin", "min_confidence")
"""Keys of a `classify` task that only an answer with probabilities meets."""
MINIMUM_HINT: Final = (
    "remove the minimum, or add a provider with probabilities; if the server gives them, remove "
    "`probabilities: false` and `omit: [logprobs]`"
)


def check_model_settings(document: Document, data: JsonObject) -> Iterator[Diagnostic]:
    """The findings for a configuration that fits the schema."""
    models = as_object(data.get("models")) or {}
    providers = as_object(data.get("providers")) or {}
    yield from _check_chain(document, models.get("chain"), ("models", "chain"), providers)
    for name, task in (as_object(models.get("tasks")) or {}).items():
        asked, place = as_object(task) or {}, ("models", "tasks", name)
        yield from _check_chain(document, asked.get("chain"), (*place, "chain"), providers)
        yield from _check_answer_schema(document, asked, place)
        yield from _check_minimum(document, asked, place, as_texts(models.get("chain")), providers)
    has_cost_limit = "cost" in (as_object(models.get("budget")) or {})
    for name, provider in providers.items():
        settings, at = as_object(provider) or {}, ("providers", name)
        if settings.get("kind") != "api":
            continue
        if has_cost_limit and not settings.get("price"):
            message = f"`models.budget.cost` does not limit the provider `{name}`, which has no `price`"
            hint = "add `price: { prompt: …, generated: … }`, the cost of a million tokens; 0 if it is free"
            yield document.diagnostic("RW886", message, at, key=True, hint=hint)
        if "key_env" in settings:
            yield from _check_encryption(document, str(settings["base_url"]), (*at, "base_url"))


def _check_encryption(document: Document, url: str, at: JsonPath) -> Iterator[Diagnostic]:
    from rulewright.policy.web_address import is_unencrypted  # a warm run imports no urllib

    if is_unencrypted(url):
        message = "the key is not sent over http, except to this machine"
        yield document.diagnostic("RW886", message, at, hint="use an https:// address")


def _check_chain(
    document: Document, chain: Json, at: JsonPath, providers: JsonObject
) -> Iterator[Diagnostic]:
    for number, name in enumerate(as_texts(chain)):
        if name not in providers:
            near = nearest(name, providers)
            known = f"declared: {list_names(providers)}" if providers else "declare it under `providers:`"
            hint = f"did you mean `{near}`?" if near else known
            yield document.diagnostic("RW318", f"unknown provider `{name}`", (*at, number), hint=hint)


def find_unmet_minimum(
    task: Mapping[str, Json], chain: Collection[str], providers: Mapping[str, Json]
) -> tuple[str, str] | None:
    """(the minimum, what no provider gives) of a `classify` task whose answers are abstentions whatever they are, as
    every provider of its chain is an API that is not asked for probabilities; None where one may give them. `task`: by
    the names of a fact's mapping or of its short form; `chain`: every provider where it is empty."""
    minimum = next((name for name in MINIMA if task.get(name)), None)
    asked = [as_object(providers.get(name)) or {} for name in chain or providers]
    if minimum is None or not asked or not all(map(_gives_no_probabilities, asked)):
        return None
    names = ", ".join(f"`{name}`" for name in chain or providers)
    message = f"`{minimum}` is never reached: no probabilities are requested from {names}"
    return minimum, message


def _gives_no_probabilities(provider: Mapping[str, Json]) -> bool:
    omitted = {"logprobs", "top_logprobs"} & {*as_texts(provider.get("omit"))}
    return provider.get("kind") == "api" and (provider.get("probabilities") is False or bool(omitted))


def _check_minimum(
    document: Document, task: JsonObject, at: JsonPath, chain: Sequence[str], providers: JsonObject
) -> Iterator[Diagnostic]:
    found = find_unmet_minimum(
        as_object(task.get("classify")) or {}, as_texts(task.get("chain")) or chain, providers
    )
    if found is not None:
        minimum, message = found
        yield document.diagnostic("RW886", message, (*at, "classify", minimum), key=True, hint=MINIMUM_HINT)


def _check_answer_schema(document: Document, task: JsonObject, at: JsonPath) -> Iterator[Diagnostic]:
    schema = (as_object(task.get("extract")) or {}).get("schema")
    if schema is None:
        return
    from rulewright.policy.json_schema.user_schema import UserSchema  # loads jsonschema

    for fault in UserSchema.of(schema).faults:
        message = f"schema of the answer: {fault.message}"
        yield document.diagnostic("RW319", message, (*at, "extract", "schema"), hint=fault.hint)
