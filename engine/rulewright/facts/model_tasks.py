"""The sources that ask a model: classify, extract, summarize, embed, similar, call.

    severity:
      label_group: severity
      otherwise:
        classify: { input: [title, body], labels: { critical: …, low: … }, min_probability: 0.6 }

A value reaches policies as plain data; which model gave it, and how surely, is its provenance (`Facts.provenance`).
"""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING, Any, Final, cast

from rulewright.detection.masking import mask_text
from rulewright.events.fact_source import Absent, Sourced
from rulewright.events.texts import read_texts
from rulewright.models.chain import ProviderChain
from rulewright.models.models_config import build_task_template, read_models_config, read_number
from rulewright.models.task import ClassifyQuestion, TaskAnswer
from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.models.chain import ChainOutcome
    from rulewright.models.models_config import ModelsConfig
    from rulewright.models.task import Task
    from rulewright.policy.config import Config
    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.program.named_facts import Need

NO_PROVIDER: Final = "no model provider is configured"
_CHAINS: Final[dict[str, ProviderChain]] = {}


def build_model_source(config: Config, home: str, beside: tuple[Need, ...] = ()) -> ModelTaskSource:
    """The source for a repository's configuration. `home`: the folder of its policies; `beside`: all facts that may
    be asked about one event."""
    return ModelTaskSource(shared_chain(read_models_config(config, home)), beside)


def shared_chain(config: ModelsConfig) -> ProviderChain:
    """One chain per configuration and process: a run has one budget, and a model is loaded once."""
    key = digest([config._asdict() | {"budget": list(config.budget)}])
    if key not in _CHAINS:
        if not _CHAINS:
            atexit.register(_close_chains)
        _CHAINS[key] = ProviderChain(config)
    return _CHAINS[key]


def _close_chains() -> None:
    while _CHAINS:
        _CHAINS.popitem()[1].close()


class ModelTaskSource:
    """Gathers the facts that a model answers. Questions about the same texts share a prompt (`Task.questions`), so that
    a local model reads its rules and the report once for all of them."""

    def __init__(self, chain: ProviderChain, related: tuple[Need, ...] = ()) -> None:
        self.chain = chain
        self.related = related

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
        """Fact → `Sourced` with the value of `policy/fact_sources/`, or `Absent` with what was tried."""
        return {request.name: self.gather_fact(request, event) for request in requests}

    def gather_fact(self, request: Need, event: Event) -> Sourced | Absent:
        config = self.chain.config
        arguments = request.arguments
        if not config.providers:
            return Absent(NO_PROVIDER)
        try:
            template = build_task_template(request.source, arguments, config)
            task = template.build_task(request.name, lambda path: read_masked_text(event, path))
            if task.kind == "classify":
                task = task._replace(questions=self._find_questions(template.inputs))
            given = {name for name, _ in template.inputs}
            if not any(text.strip() for name, text in task.inputs if name in given):
                return Absent("there is no text to read")
            outcome = self.chain.ask(task, template.chain)
        except UsageError as error:
            return Absent(error.message if error.hint is None else f"{error.message} {error.hint}", True)
        if isinstance(outcome.said, TaskAnswer):
            value = _build_value(task, outcome.said, template.details)
            return Sourced(value, build_provenance(task, outcome))
        # A failure that the policy provides for (`otherwise:`) is reported, and does not fail the run.
        failed = outcome.failed and (config.mode == "replay" or "otherwise" not in arguments)
        provenance = build_provenance(task, outcome) if outcome.tried else None
        return Absent(outcome.reason, failed, provenance)

    def _find_questions(self, inputs: tuple[tuple[str, str], ...]) -> tuple[ClassifyQuestion, ...]:
        """The distinct classifications of the same texts; empty where there is only one."""
        questions: dict[ClassifyQuestion, None] = {}
        for need in self.related:
            source = need.source
            if source not in ("classify", "call"):
                continue
            try:
                template = build_task_template(source, need.arguments, self.chain.config)
            except UsageError:
                continue  # reported where the fact is gathered
            if template.kind == "classify" and template.inputs == inputs:
                task = template.build_task(need.name, lambda _: "")
                questions.setdefault(ClassifyQuestion(task.prompt, task.labels, task.examples))
        return tuple(questions) if len(questions) > 1 else ()


def read_masked_text(event: Event, path: str) -> str:
    """The texts at a path, as one, without secrets and personal data that are recognised."""
    return mask_text("\n\n".join(read_texts(event.payload, [path])))


def build_provenance(task: Task, outcome: ChainOutcome) -> JsonObject:
    """Which provider answered and how surely, as plain data without the input's text and without what differs from run
    to run. Only the message of a server's error, which is cut, may repeat some of either.

    {task, tier?, provider?, model?, probabilities?, margin?, tokens?, note?, replayed?, prompt_sha256, tried:
    [{provider, tier, code, reason}]}
    """
    result = outcome.said
    out: JsonObject = {"task": task.kind, "prompt_sha256": task.prompt_sha256}
    if result is not None:
        if isinstance(result, TaskAnswer):
            out |= {"tier": result.tier, "provider": outcome.provider, "model": result.model}
            out |= {"note": result.note} if result.note else {}
        if result.probabilities is not None:
            out["probabilities"] = dict(result.probabilities)
        if result.margin is not None:
            out["margin"] = result.margin
        if result.tokens:
            out["tokens"] = dict(result.tokens)
    if outcome.replayed:
        out["replayed"] = True
    out["tried"] = [attempt._asdict() for attempt in outcome.tried]
    return out


def _build_value(task: Task, answer: TaskAnswer, details: Mapping[str, Json]) -> Json:
    if task.kind != "similar":
        return answer.value
    least = read_number(details, "threshold")
    pairs = cast("list[tuple[str, float]]", answer.value)  # checked by the chain
    candidates = [(name, round(score, 4)) for name, score in pairs if score >= least]
    first, second = (*(score for _, score in candidates), 0.0, 0.0)[:2]
    return {
        "count": len(candidates),
        "score": first,
        "margin": round(first - second, 4),
        "candidates": [{"title": name, "score": score} for name, score in candidates],
    }
