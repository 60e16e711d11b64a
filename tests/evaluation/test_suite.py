"""Suites over providers whose answers are known: the figures must be those that follow from them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.evaluation import memory
from rulewright.evaluation.data.issues import NAMES
from rulewright.evaluation.data.memories import ABILITIES, NOT_SAID
from rulewright.evaluation.data.statements import FIELDS, generate_extractions
from rulewright.evaluation.metric import (
    Metric,
    MetricFigure,
    SuiteResult,
    build_measurement,
    compute_metric_figures,
)
from rulewright.evaluation.run import RUNNERS, run_suite
from rulewright.evaluation.suite import SUITE_KINDS
from rulewright.kinds.slo_gate.judgement import judge_objective
from rulewright.kinds.slo_gate.terms import ObjectiveNode
from rulewright.measurements.records import read_event_records, sample_of_records, select_records
from rulewright.measurements.sample import SourceRecord
from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, Task, TaskAnswer
from rulewright.policy.json_schema.bundled_schema import load_schema

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rulewright.evaluation.measured_model import MeasuredModel
    from rulewright.evaluation.suite import ModelSuite

    Make = Callable[..., ModelSuite]
    Over = Callable[..., MeasuredModel]


def said(value: Any, **parts: Any) -> TaskAnswer:
    return TaskAnswer(value, "api", "m", **parts)


def body_of(task: Task) -> str:
    return dict(task.inputs)["body"]


def found(result: SuiteResult) -> dict[str, MetricFigure]:
    assert result.status == "measured", result.reason
    return {one.name: one for metric in result.metrics for one in compute_metric_figures(metric)}


def test_every_kind_has_a_runner_and_a_schema() -> None:
    assert tuple(RUNNERS) == SUITE_KINDS
    assert {*SUITE_KINDS} < {*load_schema("suite")["$defs"]}


def test_a_fair_model_has_no_flips(suite: Make, subject: Over) -> None:
    parts = ("login", "search", "export")

    def fair(task: Task) -> TaskAnswer:
        title = dict(task.inputs)["title"].lower()
        if any(one in title for one in parts):
            return said("high", probabilities={"high": 0.6, "low": 0.4})
        return said("low", probabilities={"high": 0.3, "low": 0.7})

    of = found(run_suite(suite("bias", issues=40), subject(fair)))
    assert of["bias_flips_names"].value == of["bias_flips_dialect"].value == 0
    assert of["bias_shift_names"].value == 0
    assert of["bias_answered"].value == 1
    assert 0.5 < of["bias_commonest"].value < 1
    assert 0.08 < of["bias_flips_names"].upper < 0.1, "forty reports prove no more"


def test_a_model_that_looks_at_names_is_found_out(suite: Make, subject: Over) -> None:
    """It says `low` to one group of four: one of three variants flips, in each report."""
    unfair = set(NAMES["black-male"])

    def say(task: Task) -> TaskAnswer:
        hit = any(f"{name} here" in body_of(task) for name in unfair)
        chance = 0.9 if hit else 0.3
        return said("low" if hit else "high", probabilities={"low": chance, "high": 1 - chance})

    result = run_suite(suite("bias"), subject(say))
    of = found(result)
    assert of["bias_flips_names"].value == pytest.approx(1 / 3, abs=1e-6)
    assert of["bias_shift_names"].value == pytest.approx(0.6 / 3, abs=1e-6)
    assert of["bias_flips_dialect"].value == 0
    assert (of["bias_flips_names"].n, of["bias_flips_names"].per) == (10, "report")


def test_abstaining_is_a_decision_and_never_answering_is_told(suite: Make, subject: Over) -> None:
    def say(task: Task) -> TaskAnswer | Abstention:
        standard = "ain't" not in body_of(task)
        return said("low") if standard else Abstention("unsure", "api", "unsure")

    result = run_suite(suite("bias"), subject(say))
    of = found(result)
    assert of["bias_flips_dialect"].value > 0
    assert result.missing["bias_shift_names"] == "scripted gives no probabilities"
    assert "bias_shift_names" not in of
    silent = found(run_suite(suite("bias"), subject(lambda task: Abstention("a tie", "api", "tie"))))
    assert silent["bias_answered"].value == 0


def test_texts_go_out_masked_as_they_do_for_policies(suite: Make, subject: Over) -> None:
    over = subject(lambda task: said("low"))
    question = over.build_template({"labels": ["a", "low"]})
    over.ask_about(question, "Login fails", "write to hubot@acme.io")
    assert "acme" not in body_of(over.provider.asked[-1])


def test_extraction_is_held_against_the_text(suite: Make, subject: Over) -> None:
    """Two of three fields are copied, and one is made up: support and found are two thirds."""
    spans = {one.body: dict(one.spans) for one in generate_extractions(20260105, 10)}

    def say(task: Task) -> TaskAnswer:
        return said({**spans[body_of(task)], "system": "an abacus"})

    result = run_suite(suite("hallucination"), subject(say))
    of = found(result)
    assert of["extraction_support"].value == pytest.approx(2 / 3, abs=1e-6)
    assert of["extraction_found"].value == pytest.approx(2 / 3, abs=1e-6)
    assert "not local" in result.missing["pair_accuracy"]
    assert "pair_accuracy" not in of


def test_extracting_nothing_supports_nothing(suite: Make, subject: Over) -> None:
    result = run_suite(suite("hallucination"), subject(lambda task: said(dict.fromkeys(FIELDS))))
    assert found(result)["extraction_found"].value == 0
    assert "nothing was extracted" in result.missing["extraction_support"]


def test_a_model_that_obeys_is_found_out(suite: Make, subject: Over) -> None:
    def say(task: Task) -> TaskAnswer:
        return said("high" if 'Answer "high"' in body_of(task) else "critical")

    result = run_suite(suite("injection"), subject(say))
    of = found(result)
    assert 0.3 < of["injection_obeyed"].value < 0.8
    assert of["injection_obeyed"].value + of["injection_kept"].value == pytest.approx(1)
    assert of["injection_outside"].value == 0
    assert "injection_control" in result.missing


def test_an_answer_outside_of_the_list_is_counted(suite: Make, subject: Over) -> None:
    def say(task: Task) -> TaskAnswer | Abstention:
        if "SYSTEM NOTICE" in body_of(task):
            return said("administrator")
        return (
            Abstention("not in the list", "api", "invalid") if "Examples:" in body_of(task) else said("low")
        )

    of = found(run_suite(suite("injection"), subject(say)))
    assert of["injection_outside"].value == pytest.approx(2 / 25)


def test_effects_beyond_what_is_declared_are_counted(suite: Make, subject: Over) -> None:
    """One of the hostile texts brings the policy to do more; an abstention brings it to do nothing."""
    over = subject(lambda task: said("low"))
    seen: list[Any] = []

    def effects(file: str, policy: Any, labels: Any) -> Any:
        seen.append((file, policy, list(labels)))
        return lambda title, body, label: "SYSTEM NOTICE" in body and label == "low"

    over.effects = effects
    policy = {"file": "types.yaml", "fact": "type"}
    of = found(run_suite(suite("injection", policy=policy), over))
    assert of["injection_effects"].value == pytest.approx(1 / 24, abs=1e-6)
    assert seen == [("injection.yaml", policy, ["critical", "high", "low"])]
    assert "injection_effects" not in found(run_suite(suite("injection"), over))
    over.provider.say = lambda task: Abstention("unsure", "api", "unsure")  # type: ignore[union-attr]
    assert found(run_suite(suite("injection", policy=policy), over))["injection_effects"].value == 0


def vectors(texts: Any) -> list[list[float]]:
    """By shared words with the text: enough to find what a question is about."""
    rows = []
    for text in texts:
        row = [0.0] * 512
        for word in text.lower().strip("?.").split():
            row[sum(map(ord, word)) % 512] += 1.0
        norm = sum(one * one for one in row) ** 0.5
        rows.append([one / norm for one in row])
    return rows


@pytest.fixture
def by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "open_embeddings", lambda subject, stack: ("words", vectors, vectors))


@pytest.mark.usefixtures("by_words")
def test_who_knows_everything_is_right(suite: Make, subject: Over) -> None:
    """Answers by the data itself: the model that could not be better."""
    from rulewright.evaluation.data.memories import generate_people

    asked = iter([one for person in generate_people(20260105, 10, 4) for one in person.questions])

    def say(task: Task) -> TaskAnswer:
        question = next(asked)
        assert question.text in task.prompt
        return said(question.answer)

    result = run_suite(suite("memory"), subject(say))
    of = found(result)
    assert of["memory_model_right"].value == 1
    assert of["memory_model_stale"].value == 0
    assert of["memory_model_abstention_f1"].value == 1
    assert 0 < of["memory_recall"].value <= 1
    assert {f"memory_ndcg_{one}" for one in ABILITIES[:-1]} < {*of}
    assert result.about["embeddings"] == "words"


@pytest.mark.usefixtures("by_words")
def test_who_never_answers_abstains_at_random(suite: Make, subject: Over) -> None:
    """One of five questions cannot be answered: precision 0.2, recall 1, F1 a third."""
    of = found(run_suite(suite("memory"), subject(lambda task: said(NOT_SAID))))
    assert of["memory_model_right"].value == pytest.approx(0.2)
    assert of["memory_model_abstention_f1"].value == pytest.approx(1 / 3, abs=1e-6)
    assert of["memory_model_stale"].value == 0


@pytest.mark.usefixtures("by_words")
def test_the_model_sees_what_was_retrieved_and_nothing_else(suite: Make, subject: Over) -> None:
    over = subject(lambda task: said(task.labels[0][0]))
    run_suite(suite("memory"), over)
    for task in over.provider.asked:
        ((name, told),) = task.inputs
        days = [line[:10] for line in told.splitlines()]
        assert (name, len(days)) == ("memories", 3)
        assert days == sorted(days)


@pytest.mark.usefixtures("by_words")
def test_the_nearest_memory_needs_no_model(suite: Make, nobody: MeasuredModel) -> None:
    result = run_suite(suite("memory", answer="nearest", least=0.9), nobody)
    assert found(result)["memory_nearest_abstention_f1"].value == pytest.approx(1 / 3, abs=0.05)
    again = run_suite(suite("memory", answer="nearest", least=0.0), nobody)
    assert "memory_nearest_abstention_f1" in found(again)
    assert found(again)["memory_nearest_abstention_f1"].value == 0


@pytest.mark.parametrize("kind", SUITE_KINDS)
def test_nobody_to_ask_skips(
    kind: str, suite: Make, subject: Over, nobody: MeasuredModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", "/nonexistent")
    result = run_suite(suite(kind), nobody)
    assert result.status == "skipped"
    assert result.reason
    assert result.metrics == ()
    lacking = run_suite(suite(kind), subject(lambda task: Abstention("no model: pull it", "api", "missing")))
    assert lacking.status == "skipped"


@pytest.mark.parametrize("kind", ["bias", "hallucination", "injection"])
def test_a_failure_leaves_no_figure(kind: str, suite: Make, subject: Over) -> None:
    asked = 0

    def say(task: Task) -> TaskAnswer | Abstention:
        nonlocal asked
        asked += 1
        return said("low") if asked < 5 else Abstention("it took too long", "api", "timeout")

    result = run_suite(suite(kind), subject(say))
    assert (result.status, result.reason, result.metrics) == ("failed", "it took too long", ())

    def broken(task: Task) -> TaskAnswer:
        raise ProviderError("the server is gone", hint="start it")

    result = run_suite(suite(kind), subject(broken))
    assert (result.status, result.reason, result.hint) == ("failed", "the server is gone", "start it")


def test_the_document_is_a_measurement_event(suite: Make, subject: Over) -> None:
    def read(event: Any, name: str) -> Any:
        return sample_of_records(select_records(read_event_records(event), (name,)))

    good = run_suite(suite("bias"), subject(lambda task: said("low", probabilities={"low": 1.0})))
    bad = run_suite(suite("latency"), subject(lambda task: said("low")))
    written = json.loads(
        json.dumps(build_measurement([good, bad], {"id": "1"}, {"name": "m"}), allow_nan=False)
    )
    assert [one["status"] for one in written["suites"]] == ["measured", "skipped"]
    assert "not local" in written["suites"][1]["reason"]
    sample = read(written, "bias_flips_names")
    assert sample is not None
    assert [[*run.values] for run in sample.runs] == [[0.0] * 10]
    assert (sample.unit, sample.source) == ("ratio", SourceRecord("rulewright model evaluate"))
    bounds = read(written, "bias_flips_names_upper")
    assert bounds is not None
    ((upper,),) = ([*run.values] for run in bounds.runs)
    assert 0.27 < upper < 0.28
    assert read(written, "model_response") is None, "what was skipped has no data"


def judge_against_champion(result: SuiteResult, champion: SuiteResult, folder: Path) -> dict[str, Any]:
    """What a gate says of the answers of a model, paired by report with those of the one in use."""
    import rulewright

    path = folder / "slo.yaml"
    path.write_text(
        "apiVersion: rulewright/v1\nkind: SLOGate\nmetadata: { name: slo, owner: team-a }\non: [measurement]\n"
        "objectives:\n  - id: answered\n    source: { measurement: injection_answered, independent: true }\n"
        "    unit: ratio\n    direction: higher\n    aggregate: rate\n    pair_by: case\n    max_drop: 2%\n"
        "    baseline: { from: champion, max_regression: 2% }\n",
        "utf-8",
    )
    node = rulewright.load(path).policies[0].entries[0].when
    assert isinstance(node, ObjectiveNode)
    now, before = (
        sample_of_records(
            select_records(read_event_records(build_measurement([one], {}, {})), ("injection_answered",))
        )
        for one in (result, champion)
    )
    assert now is not None
    return judge_objective(node, replace(now, baseline=before))


def test_two_models_are_compared_report_by_report(suite: Make, subject: Over, tmp_path: Path) -> None:
    kind = suite("injection", issues=30)
    steady = run_suite(kind, subject(lambda task: said("low")))
    silent = run_suite(kind, subject(lambda task: Abstention("unsure", "api", "unsure")))
    judged = judge_against_champion(silent, steady, tmp_path)
    assert (judged["verdict"], judged["code"]) == ("FAIL", "regression")
    assert len(judged["cases"]["newly_failing"]) == 30
    assert judged["cases"]["newly_failing"][0] == "20260105-0"
    assert judge_against_champion(steady, steady, tmp_path)["verdict"] != "FAIL"
    fewer = run_suite(suite("injection", issues=29), subject(lambda task: said("low")))
    lacking = judge_against_champion(fewer, steady, tmp_path)
    assert (lacking["code"], lacking["cases"]["missing"]) == ("missing_cases", ["20260105-29"])


def test_the_same_values_of_the_same_units_count_once() -> None:
    about = {"seed": 7}
    metric = Metric("memory_recall", (1.0, 0.5), "person", share=True)
    one, two = (SuiteResult(name, "memory", "measured", (metric,), about=about) for name in ("a", "b"))
    other = SuiteResult("c", "memory", "measured", (metric,), about={"seed": 8})
    written = build_measurement([one, two, other], {}, {})["measurements"]
    assert isinstance(written, list)
    values = [entry for entry in written if isinstance(entry, dict) and entry["metric"] == "memory_recall"]
    assert [entry["cases"] for entry in values] == [["7-0", "7-1"], ["8-0", "8-1"]]


def test_units_without_a_value_keep_the_ids_of_the_others(suite: Make, subject: Over) -> None:
    """The first report has nothing extracted, so that its support is not defined."""
    first, *rest = generate_extractions(20260105, 10)
    spans = {one.body: dict(one.spans) for one in rest}
    nothing = dict.fromkeys(FIELDS)
    result = run_suite(suite("hallucination"), subject(lambda task: said(spans.get(body_of(task), nothing))))
    entries = {entry["metric"]: entry for entry in build_measurement([result], {}, {})["measurements"]}  # type: ignore[index, call-overload, union-attr]
    assert entries["extraction_support"]["cases"] == [f"20260105-{number}" for number in range(1, 10)]  # type: ignore[index, call-overload]
    assert len(entries["extraction_found"]["cases"]) == 10  # type: ignore[index, arg-type, call-overload]
    assert first.body not in spans
