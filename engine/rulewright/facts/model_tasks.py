"""The sources that ask a model: classify, extract, summarize, embed, similar, call.

    severity:
      label_group: severity
      otherwise:
        classify: { input: [title, body], labels: { critical: …, low: … }, min_probability: 0.6 }

A value reaches policies as plain data; who said it, and how surely, is its provenance (`Facts.provenance`).
"""

from __future__ import annotations

import atexit
from typing import TYPE_CHECKING, Any, Final

from rulewright.detection.masking import mask_text
from rulewright.events.fact_source import Absent, Sourced
from rulewright.events.texts import texts
from rulewright.models.chain import ProviderChain
from rulewright.models.models_config import build_task_template, read_models_config
from rulewright.models.task import ClassifyQuestion, TaskAnswer
from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event
    from rulewright.models.chain import ChainOutcome
    from rulewright.models.models_config import ModelsConfig
    from rulewright.models.task import Abstention, Task
    from rulewright.program.named_facts import Need

NO_PROVIDER: Final = "no model provider is configured"
_CHAINS: Final[dict[str, ProviderChain]] = {}


def build_model_source(
    config: Mapping[str, Any], home: str, beside: tuple[Need, ...] = ()
) -> ModelTaskSource:
    """The source for a repository's configuration; `home` is the folder of its policies, `beside` all that may be
    asked of one event."""
    return ModelTaskSource(shared_chain(read_models_config(config, home)), beside)


def shared_chain(settings: ModelsConfig) -> ProviderChain:
    """One chain per settings and process: a run has one budget, and a model is loaded once."""
    key = digest([settings._asdict() | {"budget": list(settings.budget)}])
    if key not in _CHAINS:
        if not _CHAINS:
            atexit.register(_close_chains)
        _CHAINS[key] = ProviderChain(settings)
    return _CHAINS[key]


def _close_chains() -> None:
    while _CHAINS:
        _CHAINS.popitem()[1].close()


class ModelTaskSource:
    """Gathers what a model is asked for. Questions about the same texts are told together (`Task.brief`), so that a
    local model reads its rules and the report once for all of them."""

    def __init__(self, chain: ProviderChain, beside: tuple[Need, ...] = ()) -> None:
        self.chain = chain
        self.beside = beside

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
        """Fact → `Sourced` with the value of `policy/fact_sources/`, or `Absent` with what was tried."""
        return {request.name: self.one(request, event) for request in requests}

    def one(self, request: Need, event: Event) -> Sourced | Absent:
        arguments = request.arguments
        if not self.chain.settings.providers:
            return Absent(NO_PROVIDER)
        try:
            question = build_task_template(request.source, arguments, self.chain.settings)
            task = question.task(request.name, lambda path: read_masked_text(event, path))
            if task.kind == "classify":
                task = task._replace(brief=self.brief(question.inputs))
            given = {name for name, _ in question.inputs}
            if not any(text.strip() for name, text in task.inputs if name in given):
                return Absent("there is no text to read")
            outcome = self.chain.ask(task, question.chain)
        except UsageError as error:
            return Absent(error.message if error.hint is None else f"{error.message} {error.hint}", True)
        if isinstance(outcome.said, TaskAnswer):
            return Sourced(_fact_value(task, outcome.said, question.details), build_provenance(task, outcome))
        # A failure that the policy provides for (`otherwise:`) is told, and is none of the run's.
        failed = outcome.failed and (self.chain.settings.mode == "replay" or "otherwise" not in arguments)
        told = build_provenance(task, outcome) if outcome.tried else None
        return Absent(outcome.reason, failed, told)

    def brief(self, inputs: tuple[tuple[str, str], ...]) -> tuple[ClassifyQuestion, ...]:
        """The classifications of the same texts, each once; none where there is but one."""
        found: dict[ClassifyQuestion, None] = {}
        for need in self.beside:
            source = need.source
            if source not in ("classify", "call"):
                continue
            try:
                question = build_task_template(source, need.arguments, self.chain.settings)
            except UsageError:
                continue  # told where it is asked
            if question.kind == "classify" and question.inputs == inputs:
                task = question.task(need.name, lambda _: "")
                found.setdefault(ClassifyQuestion(task.prompt, task.labels, task.examples))
        return tuple(found) if len(found) > 1 else ()


def read_masked_text(event: Event, path: str) -> str:
    """The texts at a path, as one, without what looks like a secret or personal data."""
    return mask_text("\n\n".join(texts(event.payload, [path])))


def build_provenance(task: Task, outcome: ChainOutcome) -> dict[str, Any]:
    """Who said it and how surely, as plain data without the input's text, and without what differs from run to run.

    {task, tier?, provider?, model?, probabilities?, margin?, tokens?, note?, replayed?, prompt_sha256, tried:
    [{provider, tier, code, reason}]}
    """
    said: TaskAnswer | Abstention | None = outcome.said
    out: dict[str, Any] = {"task": task.kind, "prompt_sha256": task.prompt_sha256}
    if said is not None:
        if isinstance(said, TaskAnswer):
            out |= {"tier": said.tier, "provider": outcome.provider, "model": said.model}
            out |= {"note": said.note} if said.note else {}
        if said.probabilities is not None:
            out["probabilities"] = dict(said.probabilities)
        if said.margin is not None:
            out["margin"] = said.margin
        if said.tokens:
            out["tokens"] = dict(said.tokens)
    if outcome.replayed:
        out["replayed"] = True
    out["tried"] = [one._asdict() for one in outcome.tried]
    return out


def _fact_value(task: Task, answer: TaskAnswer, details: Mapping[str, Any]) -> Any:
    if task.kind != "similar":
        return answer.value
    least = float(details.get("threshold") or 0.0)
    kept = [[name, round(score, 4)] for name, score in answer.value if score >= least]
    first, second = (*(score for _, score in kept), 0.0, 0.0)[:2]
    return {
        "count": len(kept),
        "score": first,
        "margin": round(first - second, 4),
        "candidates": [{"title": name, "score": score} for name, score in kept],
    }
