"""The sections `models:` and `providers:` of rulewright.yaml, and the tasks that facts define with them.

models:
  mode: live                  # replay | record | live
  cassettes: rules/cassettes  # a folder; beside the policies by default
  chain: [local, api]         # names under `providers:`, the first is asked first
  tasks: { triage-severity: { classify: { … }, chain: [api] } }
  budget: { tokens: 200000, cost: 1.50, time: 5m }
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, cast, get_args

from rulewright.models.budget import Budget
from rulewright.models.task import Task, TaskExample, load_prompt
from rulewright.policy.config import Models
from rulewright.policy.diagnostics import UsageError
from rulewright.policy.fact_sources import FACT_DECLARATIONS
from rulewright.policy.json_types import as_array, as_object, as_objects
from rulewright.policy.quantity import QuantityError, parse_duration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from rulewright.models.task import MinTier, TaskKind
    from rulewright.policy.config import Config
    from rulewright.policy.json_types import Json, JsonObject

CassetteMode = Literal["replay", "record", "live"]
MODE_VARIABLE: Final = "RULEWRIGHT_MODELS"
"""Overrides `models.mode`: replay, record or live."""
KINDS: Final[tuple[TaskKind, ...]] = ("classify", "extract", "summarize", "embed", "similar")
MAX_WORDS: Final = 60
MAX_INPUT_CHARACTERS: Final = 24_000
"""Characters of all inputs of one task; longer inputs are cut, evenly from the end of each."""


class ModelsConfig(NamedTuple):
    """`chain`: names of providers in the order in which they are asked. `providers`, `tasks`: name → settings."""

    mode: CassetteMode
    cassettes: str
    chain: tuple[str, ...]
    providers: Mapping[str, JsonObject]
    tasks: Mapping[str, JsonObject]
    budget: Budget


class TaskTemplate(NamedTuple):
    """A fact's task before its texts are known. `inputs`: (name, path); `chain`: the providers to ask instead of those
    of the configuration."""

    kind: TaskKind
    inputs: tuple[tuple[str, str], ...]
    details: Mapping[str, Json]
    chain: tuple[str, ...] | None = None

    def build_task(self, name: str, read_text: Callable[[str], str]) -> Task:
        """The task over the texts of one event. `read_text(path)` gives the text at a path, "" where there is none."""
        details = self.details
        question = details.get("question")
        prompt, digest = load_prompt(self.kind, None if question is None else str(question))
        inputs = _shorten_inputs([(label, read_text(path)) for label, path in self.inputs])
        candidates = as_object(details.get("to")) or {}
        examples = as_objects(details.get("examples"))
        max_words = cast("int", details.get("max_words") or MAX_WORDS)
        return Task(
            kind=self.kind,
            name=name,
            prompt=prompt,
            prompt_sha256=digest,
            inputs=(*inputs, *((candidate, str(text)) for candidate, text in candidates.items())),
            labels=_read_labels(details.get("labels")),
            examples=tuple(TaskExample(str(one["text"]), str(one["label"])) for one in examples),
            schema=as_object(details.get("schema")),
            max_words=max_words if self.kind == "summarize" else None,
            min_probability=read_number(details, "min_probability"),
            min_margin=read_number(details, "min_margin"),
            min_tier=cast("MinTier | None", details.get("min_tier")),
        )


def read_number(details: Mapping[str, Json], key: str) -> float:
    """A number of a task's definition; 0 where it is absent."""
    return float(cast("float", details.get(key) or 0.0))


def read_models_config(config: Config, home: str = "") -> ModelsConfig:
    """The models of a repository. `home`: the folder of the policies, where cassettes are by default.

    Raises UsageError for a chain that names no provider, and for an unknown mode.
    """
    models, providers = config.models or Models(), config.providers or {}
    mode = os.environ.get(MODE_VARIABLE) or models.mode or "live"
    if mode not in get_args(CassetteMode):
        raise UsageError(f"Unknown models mode `{str(mode)[:40]}`.", hint="Known: replay, record, live.")
    chain = models.chain or tuple(providers)
    _require_known_providers(chain, providers)
    return ModelsConfig(
        cast("CassetteMode", mode),
        models.cassettes or os.path.join(home, "cassettes"),
        chain,
        providers,
        cast("Mapping[str, JsonObject]", models.tasks),
        read_budget(models.budget),
    )


def read_budget(written: Mapping[str, Json]) -> Budget:
    """Raises UsageError for a time that is no duration."""
    time = written.get("time")
    try:
        seconds = None if time is None else parse_duration(cast("str", time))
    except QuantityError as error:
        raise UsageError(f"`models.budget.time`: {error.message}", hint=error.hint) from None
    return Budget(
        cast("int | None", written.get("tokens")), cast("float | None", written.get("cost")), seconds
    )


def build_task_template(source: str, arguments: Mapping[str, Json], config: ModelsConfig) -> TaskTemplate:
    """The task that a fact's `source` defines. Raises UsageError for a task that rulewright.yaml does not define."""
    provider = arguments.get("provider")
    chain = None if provider is None else (str(provider),)
    if source == "call":
        return _named_template(arguments, config, chain)
    _require_known_providers(chain or (), config.providers)
    written = arguments[source]
    details: JsonObject = dict(written) if isinstance(written, dict) else {"question": written}
    short_forms = {"labels": "into", "input": "in", "min_probability": "min_confidence", "schema": "schema"}
    for name, short in short_forms.items():
        if name not in details and short in arguments:
            details[name] = arguments[short]
    inputs = _read_inputs(details.get("input") or list(FACT_DECLARATIONS[source].default_paths))
    return TaskTemplate(cast("TaskKind", source), inputs, details, chain)


def _named_template(
    arguments: Mapping[str, Json], config: ModelsConfig, chain: tuple[str, ...] | None
) -> TaskTemplate:
    """The task of `models.tasks` that `call` names, over the inputs of the fact where it has any."""
    name = str(arguments["call"])
    defined = config.tasks.get(name)
    if defined is None:
        raise UsageError(
            f"Unknown models task `{name}`.", hint="Define it under `models.tasks` of rulewright.yaml."
        )
    kind = next(kind for kind in KINDS if kind in defined)
    template = build_task_template(kind, defined, config)
    inputs = _read_inputs(arguments.get("with") or arguments.get("in")) or template.inputs
    if chain is None and defined.get("chain") is not None:
        chain = tuple(map(str, as_array(defined["chain"]) or ()))
    _require_known_providers(chain or (), config.providers)
    return template._replace(inputs=inputs, chain=chain)


def _read_inputs(written: Json) -> tuple[tuple[str, str], ...]:
    """(name, path) of a list of paths, or of a table from names to paths."""
    if isinstance(written, dict):
        return tuple((str(name), str(path)) for name, path in written.items())
    return tuple((str(path), str(path)) for path in as_array(written) or ())


def _read_labels(written: Json) -> tuple[tuple[str, str], ...]:
    """(label, description) of a list of labels, or of a table from labels to descriptions."""
    if isinstance(written, dict):
        return tuple((str(label), str(meaning or "")) for label, meaning in written.items())
    return tuple((str(label), "") for label in as_array(written) or ())


def _require_known_providers(chain: Iterable[str], providers: Mapping[str, object]) -> None:
    for name in chain:
        if name not in providers:
            raise UsageError(
                f"Unknown model provider `{name}`.",
                hint=f"Known: {', '.join(providers)}." if providers else "Declare it under `providers:`.",
            )


def _shorten_inputs(inputs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The inputs within MAX_INPUT_CHARACTERS: the longest ones are cut to one length."""
    limit = MAX_INPUT_CHARACTERS
    lengths = sorted(len(text) for _, text in inputs)
    for place, length in enumerate(lengths):
        share = limit // (len(lengths) - place)
        if length > share:
            return [(name, text[:share]) for name, text in inputs]
        limit -= length
    return inputs
