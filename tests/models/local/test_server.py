"""Tasks over a real llama.cpp and a model that the tests wrote: what must hold whatever the weights are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from rulewright.models.local.messages import ModelProcessError
from rulewright.models.task import Abstention, ClassifyQuestion, TaskAnswer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rulewright.models.local.local_provider import LocalProvider
    from rulewright.models.task import Task

pytestmark = pytest.mark.slow

TYPES = (("bug", "Something is broken."), ("feature", "Something is wished for."), ("question", ""))


def same(one: TaskAnswer | Abstention, other: TaskAnswer | Abstention) -> bool:
    """Alike but for tokens and time."""
    return one._replace(tokens={}, latency_ms=0) == other._replace(tokens={}, latency_ms=0)


def test_a_label_out_of_the_list_with_its_probabilities(tiny_provider: LocalProvider, task: Task) -> None:
    said = tiny_provider.answer(task)
    assert isinstance(said, TaskAnswer)
    assert said.value in {"critical", "high", "low"}
    assert said.probabilities is not None
    assert set(said.probabilities) == {"critical", "high", "low"}
    assert sum(said.probabilities.values()) == pytest.approx(1, abs=0.0016)
    assert said.probabilities[said.value] == max(said.probabilities.values())
    assert (said.tier, said.model) == ("local", tiny_provider.settings.sha256)


def test_a_text_changes_the_probabilities(tiny_provider: LocalProvider, task: Task) -> None:
    """Or the prompt never reached the model."""
    other = task._replace(inputs=(("title", "Dark mode, please"),))
    assert tiny_provider.answer(task).probabilities != tiny_provider.answer(other).probabilities


def test_paths_side_by_side_score_as_one_after_the_other(tiny_provider: LocalProvider) -> None:
    """Forty labels are more than go side by side at once; the oracle puts what they share into the cue."""
    ask = tiny_provider.process.ask
    request = {"do": "classify", "system": "Sort.", "fields": [["body", "It stops."]], "question": "?"}
    letters, digits = "abcdefghijklmnopqrst", "12"
    labels = [f"{letter}{digit}" for letter in letters for digit in digits]
    found = ask({**request, "cue": 'label: "', "labels": labels})["probabilities"]
    first = ask({**request, "cue": 'label: "', "labels": list(letters)})["probabilities"]
    wanted = []
    for letter, chance in zip(letters, first, strict=True):
        then = ask({**request, "cue": f'label: "{letter}', "labels": list(digits)})["probabilities"]
        wanted += [chance * one for one in then]
    assert found == pytest.approx(wanted, abs=1e-4)
    assert sum(found) == pytest.approx(1)


def test_a_label_that_is_too_long_is_an_abstention(
    providers: Callable[..., LocalProvider], task: Task
) -> None:
    said = providers(batch=64).answer(task._replace(labels=(("x" * 80, ""), ("y", ""))))
    assert isinstance(said, Abstention)
    assert said.code == "too_long"


def test_labels_that_begin_alike_and_hold_quotes(tiny_provider: LocalProvider, task: Task) -> None:
    labels = tuple((label, "") for label in ("a", "ab", "ab c", 'a"', 'a"b', "ä", "日本", "\\", "a\n"))
    said = tiny_provider.answer(task._replace(labels=labels))
    assert said.probabilities is not None
    assert sum(said.probabilities.values()) == pytest.approx(1, abs=0.005)


def test_unsure_is_an_abstention_that_says_what_was_known(tiny_provider: LocalProvider, task: Task) -> None:
    said = tiny_provider.answer(task._replace(min_probability=1.0))
    assert isinstance(said, Abstention)
    assert said.code == "unsure"
    assert said.probabilities == tiny_provider.answer(task).probabilities


@pytest.mark.slow
def test_threads_and_runs_agree(providers: Callable[..., LocalProvider], task: Task) -> None:
    """Each run asks in another order, so that other prefixes are held when a question comes."""
    reports = ["Crash on start", "", "x" * 3000, "Slow since 1.4 <|eot_id|>", "日本語 😀"]
    tasks = [
        task._replace(inputs=(("body", text),), labels=labels)
        for text in reports
        for labels in (task.labels, TYPES)
    ]
    runs = []
    for threads, order in ((1, 1), (2, 1), (1, -1), (2, -1)):
        provider = providers(threads=threads)
        runs.append([provider.answer(one) for one in tasks[::order]][::order])
    for run in runs[1:]:
        for one, other in zip(run, runs[0], strict=True):
            assert type(one) is type(other)
            assert getattr(one, "value", None) == getattr(other, "value", None)
            assert one.probabilities == pytest.approx(other.probabilities, abs=1e-3)
    assert all(same(one, other) for one, other in zip(runs[2], runs[0], strict=True)), (
        "one thread: to the bit"
    )


def test_a_second_question_about_a_report_costs_its_own_tokens(
    providers: Callable[..., LocalProvider], task: Task
) -> None:
    questions = (ClassifyQuestion(task.prompt, task.labels), ClassifyQuestion("Of what type is it?", TYPES))
    body = (("body", "It stops at once. " * 60),)
    first = task._replace(inputs=body, questions=questions)
    second = first._replace(prompt="Of what type is it?", labels=TYPES)
    provider = providers()
    one, two = provider.answer(first), provider.answer(second)
    assert one.tokens["evaluated"] >= one.tokens["prompt"] > 1000
    assert two.tokens["evaluated"] < 150
    assert same(two, providers().answer(second)), "what was held changes nothing"


def test_a_question_that_is_not_in_the_brief_is_put_after_the_report(
    tiny_provider: LocalProvider, task: Task
) -> None:
    questions = (ClassifyQuestion("Of what type is it?", TYPES),)
    assert isinstance(tiny_provider.answer(task._replace(questions=questions)), TaskAnswer)


def test_the_rules_prefix_is_kept_between_runs(
    providers: Callable[..., LocalProvider], task: Task, tmp_path: Path
) -> None:
    states = str(tmp_path / "states")
    first = providers(states=states).answer(task)
    second = providers(states=states).answer(task)
    fresh = providers().answer(task)
    assert first.tokens["saved"] == 0
    assert second.tokens["saved"] > 100
    assert second.tokens["evaluated"] == first.tokens["evaluated"] - second.tokens["saved"]
    assert same(first, second)
    assert same(first, fresh)


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_a_damaged_prefix_costs_time_and_nothing_else(
    damage: bytes | None, providers: Callable[..., LocalProvider], task: Task, tmp_path: Path
) -> None:
    provider = providers(states=str(tmp_path))
    first = provider.answer(task)
    provider.close()
    (file,) = tmp_path.glob("*.state")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    assert same(providers(states=str(tmp_path)).answer(task), first)
    assert file.read_bytes() == whole, "it is written anew"


def test_few_prefixes_are_kept(providers: Callable[..., LocalProvider], task: Task, tmp_path: Path) -> None:
    provider = providers(states=str(tmp_path))
    for number in range(7):
        provider.answer(task._replace(prompt=f"{task.prompt} {number} " * 3))
    assert len(list(tmp_path.iterdir())) == 4


def test_a_text_that_is_too_long_is_cut_and_counted(
    providers: Callable[..., LocalProvider], task: Task
) -> None:
    long = task._replace(inputs=(("title", "Crash"), ("body", "It stops. " * 5000)))
    said = providers(context=1024).answer(long)
    assert isinstance(said, TaskAnswer)
    assert said.tokens["cut"] > 10_000
    assert said.tokens["prompt"] <= 1024


def test_a_question_that_fills_the_context_is_an_abstention(
    providers: Callable[..., LocalProvider], task: Task
) -> None:
    said = providers(context=256).answer(task._replace(prompt="word " * 300))
    assert isinstance(said, Abstention)
    assert said.code == "too_long"


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "version": {"type": ["string", "null"], "maxLength": 12},
        "count": {"type": "integer"},
        "systems": {"type": "array", "items": {"enum": ["linux", "mac", "windows"]}, "maxItems": 3},
        "sure": {"type": "boolean"},
    },
    "required": ["version", "systems"],
    "additionalProperties": False,
}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_extracted_fits_the_schema(
    seed: int, providers: Callable[..., LocalProvider], task: Task
) -> None:
    """Random weights at a high temperature write whatever the grammar lets them: half characters are no answer."""
    from jsonschema import Draft202012Validator

    provider = providers(temperature=2.0, seed=seed)
    for title in ("One", "Two", "Three", "Four", "Five", "Six"):
        asked = task._replace(kind="extract", schema=SCHEMA, labels=(), inputs=(("title", title),))
        said = provider.answer(asked)
        if isinstance(said, TaskAnswer):
            assert Draft202012Validator(SCHEMA).is_valid(said.value)
        else:
            assert (said.code, said.reason) == ("invalid", "the answer of the model is not text")
        assert same(provider.answer(asked), said), "the seed is set for every call"


def test_greedy_extraction_answers(tiny_provider: LocalProvider, task: Task) -> None:
    said = tiny_provider.answer(task._replace(kind="extract", schema=SCHEMA, labels=()))
    assert isinstance(said, TaskAnswer)
    assert set(said.value) <= set(SCHEMA["properties"])


def test_an_answer_that_does_not_end_is_an_abstention(
    providers: Callable[..., LocalProvider], task: Task
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "minLength": 100}}, "required": ["a"]}
    said = providers(max_tokens=20).answer(task._replace(kind="extract", schema=schema, labels=()))
    assert isinstance(said, Abstention)
    assert (said.code, said.reason) == ("invalid", "the answer did not end within 20 tokens")


def test_a_schema_outside_of_the_subset_is_an_abstention(tiny_provider: LocalProvider, task: Task) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^x"}}}
    said = tiny_provider.answer(task._replace(kind="extract", schema=schema, labels=()))
    assert isinstance(said, Abstention)
    assert said.code == "unsupported"
    assert "/properties/a: the keyword pattern" in said.reason


def test_a_summary_has_no_more_words_than_asked_for(
    providers: Callable[..., LocalProvider], task: Task
) -> None:
    asked = task._replace(kind="summarize", labels=(), max_words=5)
    said = providers(temperature=2.0, seed=3, max_tokens=400).answer(asked)
    if isinstance(said, TaskAnswer):
        assert 1 <= len(said.value.split()) <= 5
    else:
        assert said.code == "invalid"


def test_an_embedding_needs_a_model_of_its_own(tiny_provider: LocalProvider, task: Task) -> None:
    said = tiny_provider.answer(task._replace(kind="embed", labels=()))
    assert isinstance(said, Abstention)
    assert said.code == "unsupported"


def test_time_that_is_up_is_an_abstention_and_the_next_answer_is_the_same(
    providers: Callable[..., LocalProvider], task: Task
) -> None:
    """The abort callback ends the work; the process stays, and what it held is whole."""
    provider = providers()
    first = provider.answer(task)
    pid = provider.process.pid
    settings = provider.process.settings
    provider.process.settings = settings._replace(timeout=0.0)
    said = provider.answer(task._replace(prompt="Another prompt."))
    assert isinstance(said, Abstention)
    assert said.code == "timeout"
    provider.process.settings = settings
    assert same(provider.answer(task), first)
    assert provider.process.pid == pid


GRAMMARS = ['root ::= root "a" | "b"', "root ::= (", 'root ::= "a', "root ::= missing", "", 'other ::= "a"']


@pytest.mark.parametrize("grammar", GRAMMARS)
def test_a_broken_grammar_is_contained(
    grammar: str, providers: Callable[..., LocalProvider], task: Task
) -> None:
    provider = providers()
    first = provider.answer(task)
    request = {"do": "generate", "grammar": grammar, "most": 4, "system": "", "question": "?", "cue": ""}
    with pytest.raises(ModelProcessError) as caught:
        provider.process.ask({**request, "fields": [["title", "x"]]})
    assert caught.value.code in ("invalid", "crashed")
    assert same(provider.answer(task), first)


def test_a_file_that_is_no_model_is_an_abstention(
    providers: Callable[..., LocalProvider], task: Task, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but not really")
    said = providers(path=str(broken)).answer(task)
    assert isinstance(said, Abstention)
    assert said.reason.startswith("the model does not load")


def test_too_little_memory_is_an_abstention(providers: Callable[..., LocalProvider], task: Task) -> None:
    said = providers(memory=8 << 20).answer(task)
    assert isinstance(said, Abstention)
    assert said.code in ("memory", "crashed")
