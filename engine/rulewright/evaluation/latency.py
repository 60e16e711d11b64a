"""Latency of a local model, in seconds and tokens per second, on the machine that runs the suite.

- `model_load`: cold. The file's pages are dropped from the page cache, and a new process loads it, until its first
  token is written. The libraries of the process stay in memory.
- `model_load_cached`: the same with the file in the page cache.
- `model_load_warm`: the process runs and holds the model; this is what asking it costs.
- `prefill_rate`, `decode_rate`: tokens per second to read a report, and to write, one after the other.
- `model_response`: warm. the process runs, the model is loaded, the rules before the report are evaluated; the
  report is new, and the answer has `tokens` tokens. A cold start is never included.
"""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING, Final

from rulewright.evaluation.data.issues import generate_reports, write_report
from rulewright.evaluation.formulas import compute_rate
from rulewright.evaluation.measured_model import SuiteSkipped, convert_process_errors
from rulewright.evaluation.metric import Metric, SuiteMetrics
from rulewright.models.local.benchmark import evict_from_page_cache, measure_cached_share
from rulewright.models.local.llama_process import ModelProcess
from rulewright.models.local.prompt_parts import PromptParts

if TYPE_CHECKING:
    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite
    from rulewright.models.local.local_provider import LocalProvider

SYSTEM: Final = (
    "You are the assistant of a software project. Read the report and answer its author: say what you understood, what "
    "is still missing, and what happens next. Be brief and friendly."
)
COLD: Final = 0.02
"""The share of a file's pages that may stay in memory for a load that counts as cold."""
LOADS: Final = ("mean", "p50", "p95", "p99")
RESPONSES: Final = ("p50", "p95", "p99")
WARM: Final = 3
"""Answers before the first that counts."""


def measure_latency(suite: ModelSuite, model: MeasuredModel) -> SuiteMetrics:
    """Raises SuiteSkipped, SuiteFailed."""
    provider = model.require_local()
    if provider.settings.embedding:
        raise SuiteSkipped(f"the model {provider.settings.name} is an embedding model and generates no text")
    settings = suite.settings
    texts = [write_report(report) for report in generate_reports(suite.seed, settings["responses"] + WARM)]
    missing: dict[str, str] = {}
    with convert_process_errors():
        metrics = _measure_loads(provider, settings["loads"], missing)
        metrics += _measure_responses(provider.process, texts, settings["tokens"])
    return SuiteMetrics(metrics, texts, missing, {"tokens": settings["tokens"]})


def _measure_loads(provider: LocalProvider, count: int, missing: dict[str, str]) -> list[Metric]:
    """Every load in a process of its own; the provider's ends first, so that its memory holds no page of the file."""
    provider.close()
    path = provider.settings.path
    times: dict[str, list[float]] = {"model_load": [], "model_load_cached": [], "model_load_warm": []}
    for _ in range(count):
        evict_from_page_cache(path)
        left = measure_cached_share(path)
        if left is None or left > COLD:
            missing["model_load"] = "the file's pages cannot be dropped from the page cache here"
        for measured in (("model_load",), ("model_load_cached", "model_load_warm")):
            process = ModelProcess(provider.settings)
            try:
                for name in measured:
                    times[name].append(_time_first_token(process))
            finally:
                process.close()
    return [
        Metric(name, tuple(row), "load", LOADS, "s") for name, row in times.items() if name not in missing
    ]


def _time_first_token(process: ModelProcess) -> float:
    """Seconds to one token: a mapped file is read only when its weights are used."""
    began = perf_counter()
    process.time_prompt(PromptParts("Hello.", (), "", ""), 1)
    return perf_counter() - began


def _measure_responses(process: ModelProcess, texts: list[tuple[str, str]], tokens: int) -> list[Metric]:
    times: list[float] = []
    rates: dict[str, list[float]] = {"prefill_rate": [], "decode_rate": []}
    for number, (title, body) in enumerate(texts):
        prompt = PromptParts(SYSTEM, (("title", title), ("body", f"{body}\n\n(report {number})")), "", "")
        began = perf_counter()
        reply = process.time_prompt(prompt, tokens)
        time = perf_counter() - began
        if number < WARM:
            continue
        times.append(time)
        read = compute_rate(reply["tokens"]["evaluated"], reply["seconds"]["prefill"])
        wrote = compute_rate(reply["tokens"]["generated"], reply["seconds"]["decode"])
        rates["prefill_rate"] += [] if read is None else [read]
        rates["decode_rate"] += [] if wrote is None else [wrote]
    metrics = [Metric("model_response", tuple(times), "request", RESPONSES, "s")]
    return metrics + [
        Metric(name, tuple(row), "request", unit="tokens/s") for name, row in rates.items() if row
    ]
