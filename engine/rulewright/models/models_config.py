"""What is asked and of whom: the arguments of a fact and `models:` of rulewright.yaml → a Task and the settings.

models:
  mode: live                  # replay | record | live
  cassettes: rules/cassettes  # a folder; beside the policies where nothing is said
  chain: [local, api]         # names under `providers:`, the first is asked first
  tasks: { triage-severity: { classify: { … }, chain: [api] } }
  budget: { tokens: 200000, cost: 1.50, time: 5m }
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, cast

from rulewright.models.prompts import load_prompt
from rulewright.models.task import Task, TaskExample
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.task import MinTier, TaskKind

CassetteMode = Literal["replay", "record", "live"]
MODE_VARIABLE: Final = "RULEWRIGHT_MODELS"
"""Overrides `models.mode`: replay, record or live."""
KINDS: Final[tuple[TaskKind, ...]] = ("classify", "extract", "summarize", "embed", "similar")
MAX_WORDS: Final = 60
MAX_INPUT_CHARACTERS: Final = 24_000
"""Characters of all inputs of one task; what is beyond is cut, evenly from the end of each input."""


class Budget(NamedTuple):
    """What one run may spend on models; None is no limit. `cost`: in the currency of the prices, `time`: seconds."""

    tokens: int | None = None
    cost: float | None = None
    time: float | None = None


class ModelsConfig(NamedTuple):
    """`models:` and `providers:`, read. `chain`: names of providers in the order in which they are asked."""

    mode: CassetteMode
    cassettes: str
    chain: tuple[str, ...]
    providers: Mapping[str, Mapping[str, Any]]
    tasks: Mapping[str, Mapping[str, Any]]
    budget: Budget


class TaskTemplate(NamedTuple):
    """A fact's task before its texts are known. `inputs`: (name, path); `chain`: who alone may be asked, if anybody."""

    kind: TaskKind
    inputs: tuple[tuple[str, str], ...]
    details: Mapping[str, Any]
    chain: tuple[str, ...] | None = None

    def task(self, name: str, texts: Callable[[str], str]) -> Task:
        """The task over the texts of one event. `texts(path)` gives what stands there, "" where nothing does."""
        details = self.details
        text, digest = load_prompt(self.kind, details.get("question"))
        given = [(label, texts(path)) for label, path in self.inputs]
        inputs = [
            *_shorten_inputs(given),
            *((each, str(to)) for each, to in (details.get("to") or {}).items()),
        ]
        labels = details.get("labels") or {}
        pairs = labels.items() if isinstance(labels, dict) else ((label, None) for label in labels)
        return Task(
            kind=self.kind,
            name=name,
            prompt=text,
            prompt_sha256=digest,
            inputs=tuple(inputs),
            labels=tuple((str(label), meaning or "") for label, meaning in pairs),
            examples=tuple(TaskExample(one["text"], one["label"]) for one in details.get("examples") or ()),
            schema=details.get("schema"),
            max_words=(details.get("max_words") or MAX_WORDS) if self.kind == "summarize" else None,
            min_probability=float(details.get("min_probability") or 0.0),
            min_margin=float(details.get("min_margin") or 0.0),
            min_tier=cast("MinTier | None", details.get("min_tier")),
        )


def read_models_config(config: Mapping[str, Any], home: str = "") -> ModelsConfig:
    """The settings of a repository. `home` is the folder of the policies, where cassettes lie if nothing is said.

    Raises UsageError for a chain that names no provider, and a mode that does not exist.
    """
    models = config.get("models") or {}
    providers = config.get("providers") or {}
    mode = os.environ.get(MODE_VARIABLE) or models.get("mode") or "live"
    if mode not in ("replay", "record", "live"):
        raise UsageError(
            f"There is no mode `{str(mode)[:40]}` of models.", hint="Known: replay, record, live."
        )
    chain = tuple(models.get("chain") or providers)
    _require_known_providers(chain, providers)
    return ModelsConfig(
        cast("CassetteMode", mode),
        str(models.get("cassettes") or os.path.join(home, "cassettes")),
        chain,
        providers,
        models.get("tasks") or {},
        read_budget(models.get("budget") or {}),
    )


def read_budget(written: Mapping[str, Any]) -> Budget:
    from rulewright.policy.quantity import QuantityError, parse_duration

    time = written.get("time")
    try:
        seconds = None if time is None else parse_duration(time)
    except QuantityError as error:
        raise UsageError(f"`models.budget.time`: {error.message}", hint=error.hint) from None
    return Budget(written.get("tokens"), written.get("cost"), seconds)


def build_task_template(source: str, arguments: Mapping[str, Any], settings: ModelsConfig) -> TaskTemplate:
    """The question that a fact asks. Raises UsageError for a task that rulewright.yaml does not define."""
    chain = arguments.get("provider")
    alone = None if chain is None else (str(chain),)
    if source == "call":
        name = str(arguments["call"])
        defined = settings.tasks.get(name)
        if defined is None:
            raise UsageError(
                f"There is no task `{name}`.", hint="Define it under `models.tasks` of rulewright.yaml."
            )
        kind = next(kind for kind in KINDS if kind in defined)
        found = build_task_template(kind, defined, settings)
        inputs = _read_inputs(arguments.get("with") or arguments.get("in") or ()) or found.inputs
        written = defined.get("chain")
        chosen = alone or (None if written is None else tuple(written))
        _require_known_providers(chosen or (), settings.providers)
        return found._replace(inputs=inputs, chain=chosen)
    _require_known_providers(alone or (), settings.providers)
    written = arguments[source]
    details: dict[str, Any] = dict(written) if isinstance(written, dict) else {"question": written}
    beside = {"labels": "into", "input": "in", "min_probability": "min_confidence", "schema": "schema"}
    for name, short in beside.items():
        if name not in details and short in arguments:
            details[name] = arguments[short]
    inputs = _read_inputs(details.get("input") or ("title", "body"))
    return TaskTemplate(cast("TaskKind", source), inputs, details, alone)


def _read_inputs(written: Any) -> tuple[tuple[str, str], ...]:
    if isinstance(written, dict):
        return tuple((str(name), str(path)) for name, path in written.items())
    return tuple((str(path), str(path)) for path in written)


def _require_known_providers(chain: tuple[str, ...], providers: Mapping[str, Any]) -> None:
    for name in chain:
        if name not in providers:
            raise UsageError(
                f"There is no model provider `{name}`.",
                hint=f"Known: {', '.join(providers)}." if providers else "Declare it under `providers:`.",
            )


def _shorten_inputs(inputs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The inputs within MAX_TEXT characters: the longest ones lose their ends first."""
    limit = MAX_INPUT_CHARACTERS
    lengths = sorted(len(text) for _, text in inputs)
    for place, length in enumerate(lengths):
        share = limit // (len(lengths) - place)
        if length > share:
            return [(name, text[:share]) for name, text in inputs]
        limit -= length
    return inputs
