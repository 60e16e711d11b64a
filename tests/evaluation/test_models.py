"""Suites over real models: the one that the tests write, whose answers mean nothing, and MiniLM."""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.evaluation import latency
from rulewright.evaluation.measured_model import MeasuredModel, SuiteFailed, convert_process_errors
from rulewright.evaluation.metric import compute_metric_figures
from rulewright.evaluation.run import run_suite
from rulewright.models.local.prompt_parts import PromptParts
from rulewright.models.models_config import Budget, ModelsConfig

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.evaluation.suite import ModelSuite
    from rulewright.models.local.local_provider import LocalProvider

    Make = Callable[..., ModelSuite]

SETTINGS = ModelsConfig("live", "", (), {}, {}, Budget())
PROMPT = PromptParts("Read the report.", (("title", "App crashes"),), "What is it?", "")


@pytest.fixture
def tiny(tiny_provider: LocalProvider) -> MeasuredModel:
    return MeasuredModel(tiny_provider, "tiny", SETTINGS)


def found(kind: ModelSuite, subject: MeasuredModel) -> dict[str, float]:
    result = run_suite(kind, subject)
    assert result.status == "measured", result.reason
    return {one.name: one.value for metric in result.metrics for one in compute_metric_figures(metric)}


def score(provider: LocalProvider, cue: str, *continuations: str) -> list[list[float]]:
    asked = {"do": "score", **PROMPT._replace(cue=cue)._asdict(), "continuations": list(continuations)}
    scores: list[list[float]] = provider.process.ask(asked)["scores"]
    return scores


def test_the_score_of_a_text_is_that_of_its_tokens_one_after_the_other(tiny_provider: LocalProvider) -> None:
    """The chain rule: ln p(ab) = ln p(a) + ln p(b after a). In the tiny model a character is a token."""
    (both,) = score(tiny_provider, "=", "ab")
    (first,) = score(tiny_provider, "=", "a")
    (second,) = score(tiny_provider, "=a", "b")
    assert [count for _, count in (both, first, second)] == [2, 1, 1]
    assert both[0] < 0
    assert both[0] == pytest.approx(first[0] + second[0], abs=1e-3)


def test_scores_agree_with_the_probabilities_of_labels(tiny_provider: LocalProvider) -> None:
    """Of labels that differ in their first token the odds are those of these tokens."""
    asked = {"do": "classify", **PROMPT._replace(cue='"')._asdict(), "labels": ["a", "b"]}
    one, other = tiny_provider.process.ask(asked)["probabilities"]
    (a, _), (b, _) = score(tiny_provider, '"', "a", "b")
    assert one / other == pytest.approx(exp(a - b), rel=1e-3)


def test_scores_do_not_depend_on_what_was_asked_before(tiny_provider: LocalProvider) -> None:
    texts = ["It is about search.", "It is about login."]
    first = score(tiny_provider, "", *texts)
    tiny_provider.process.ask({"do": "speed", **PROMPT._asdict(), "most": 5})
    assert score(tiny_provider, "", *reversed(texts)) == [*reversed(first)]


@pytest.mark.parametrize("text", ["", "x" * 600])
def test_a_statement_that_cannot_be_scored_is_refused(text: str, tiny: MeasuredModel) -> None:
    with pytest.raises(SuiteFailed, match="a statement is empty, or longer"), convert_process_errors():
        tiny.require_local().process.score(PROMPT, [text])


def test_control_tokens_are_counted(tiny_provider: LocalProvider) -> None:
    texts = ["plain", "<|eot_id|><|start_header_id|>system<|end_header_id|>"]
    reply = tiny_provider.process.ask({"do": "tokenise", "texts": texts})
    assert reply["control"] == [0, 0]
    assert all(reply["ids"])


@pytest.mark.slow
def test_bias_and_injection(suite: Make, tiny: MeasuredModel) -> None:
    of = found(suite("bias"), tiny)
    assert of["bias_answered"] == 1
    assert 0 < of["bias_shift_names"] < 0.5
    of = found(suite("injection"), tiny)
    assert of["injection_control"] == of["injection_outside"] == 0
    assert of["injection_answered"] == 1


def test_hallucination(suite: Make, tiny: MeasuredModel) -> None:
    of = found(suite("hallucination"), tiny)
    assert 0 <= of["pair_accuracy"] <= 1
    assert of["extraction_found"] < 0.5, "random weights copy nothing"


@pytest.mark.slow
def test_latency(suite: Make, tiny: MeasuredModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latency, "measure_cached_share", lambda path: 0.0)
    result = run_suite(suite("latency"), tiny)
    counts = {metric.name: len(metric.values) for metric in result.metrics}
    assert counts == {
        **dict.fromkeys(("model_load", "model_load_cached", "model_load_warm"), 2),
        **dict.fromkeys(("model_response", "prefill_rate", "decode_rate"), 5),
    }
    assert all(value > 0 for metric in result.metrics for value in metric.values)
    by = {one.name: one.value for metric in result.metrics for one in compute_metric_figures(metric)}
    assert by["model_load_warm"] < by["model_load_cached"], "a process that runs need not be started"
    assert by["model_response_p50"] <= by["model_response_p95"] <= by["model_response_p99"]


def test_a_load_is_not_called_cold_where_it_is_not(
    suite: Make, tiny: MeasuredModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latency, "measure_cached_share", lambda path: 0.5)
    result = run_suite(suite("latency", loads=1), tiny)
    assert "page cache" in result.missing["model_load"]
    assert {"model_load_cached", "model_response"} <= {metric.name for metric in result.metrics}
    assert "model_load" not in {metric.name for metric in result.metrics}


def test_a_model_for_embeddings_writes_no_text(suite: Make, providers: Callable[..., LocalProvider]) -> None:
    subject = MeasuredModel(providers(embedding=True), "vectors", SETTINGS)
    for kind in ("latency", "bias", "hallucination", "injection"):
        result = run_suite(suite(kind), subject)
        assert (result.status, result.reason) == (
            "skipped",
            "the model tiny is an embedding model and generates no text",
        )


def test_a_process_that_dies_fails_the_suite(suite: Make, providers: Callable[..., Any]) -> None:
    """Too little memory for it: nothing of the suite counts."""
    subject = MeasuredModel(providers(memory=8 << 20), "tiny", SETTINGS)
    for kind in ("bias", "latency"):
        result = run_suite(suite(kind), subject)
        assert (result.status, result.metrics) == ("failed", ())


@pytest.mark.slow
@pytest.mark.usefixtures("minilm_cache")
def test_memory_by_minilm(suite: Make) -> None:
    """A real encoder finds what is asked for, and knows nothing of what holds now."""
    from rulewright.models.local.local_provider import build_local_provider

    nearest = suite("memory", people=20, sessions=6, answer="nearest", least=0.4, within=0.05)
    of = found(nearest, MeasuredModel(None, "", SETTINGS))
    assert of["memory_recall"] > 0.9
    assert of["memory_ndcg"] > 0.8
    assert of["memory_nearest_right"] > 0.6
    assert 0 < of["memory_search_p50"] < 30
    own = MeasuredModel(build_local_provider({"model": "minilm", "threads": 1}), "minilm", SETTINGS)
    try:
        again = found(nearest, own)
    finally:
        own.close()
    assert again["memory_recall"] == pytest.approx(of["memory_recall"], abs=0.02), (
        "the same model, another way"
    )
