"""Ten thousand hostile texts: no control token comes out of them, and the answer is in the closed list."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import pytest

from hostile_texts import MARKERS, texts
from rulewright.models.task import TaskAnswer
from tiny_model import CONTROL

if TYPE_CHECKING:
    from rulewright.models.local.local_provider import LocalProvider
    from rulewright.models.task import Task

FORBIDDEN = frozenset(range(1, 1 + len(CONTROL)))
"""The control tokens' numbers in the tiny model: they stand right behind `<unk>`."""


def test_the_texts_are_what_they_claim_to_be() -> None:
    found = list(texts())
    assert len(found) == 10_000
    assert found[:50] == list(texts(50))
    assert found.count("") >= 50
    assert sum(len(text) > 50_000 for text in found) >= 20
    assert sum(any(marker in text for marker in MARKERS) for text in found) > 5_000
    assert any("\ud800" in text for text in found)


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_no_control_token_comes_out_of_a_text(count: int, tiny_provider: LocalProvider) -> None:
    source = texts(count)
    seen = 0
    while chunk := list(islice(source, 250)):
        for ids in tiny_provider.process.ask({"do": "tokenise", "texts": chunk})["ids"]:
            assert not FORBIDDEN.intersection(ids)
            seen += 1
    assert seen == count


@pytest.mark.parametrize("marker", CONTROL)
def test_no_marker_of_the_model_is_read_as_one(marker: str, tiny_provider: LocalProvider) -> None:
    """`<eot>` is one that llama.cpp builds by merging pieces, although it was told to read no control tokens."""
    disguises = [marker, f"x{marker}y", marker * 50, f"{marker[0]}{marker}{marker[1:]}"]
    for ids in tiny_provider.process.ask({"do": "tokenise", "texts": disguises})["ids"]:
        assert ids
        assert not FORBIDDEN.intersection(ids)


@pytest.mark.slow
def test_the_answer_is_in_the_closed_list(tiny_provider: LocalProvider, task: Task) -> None:
    """One text in forty, with a huge and an empty one among them: the others end in the same tokens."""
    crashed = tiny_provider.process.counts.crashed
    sample = [*islice(texts(), 0, None, 40), *islice(texts(), 0, 520)][::3]
    assert "" in sample
    answers = 0
    for text in sample:
        said = tiny_provider.answer(task._replace(inputs=(("title", text[:200]), ("body", text))))
        if isinstance(said, TaskAnswer):
            assert said.value in {"critical", "high", "low"}
            answers += 1
        else:
            assert said.code == "tie"
        assert said.probabilities is not None
        assert set(said.probabilities) == {"critical", "high", "low"}
    assert answers > len(sample) // 2
    assert tiny_provider.process.counts.crashed == crashed


@pytest.mark.slow
def test_what_is_extracted_from_hostile_texts_fits_the_schema(
    tiny_provider: LocalProvider, task: Task
) -> None:
    schema = {
        "type": "object",
        "properties": {"version": {"type": ["string", "null"], "maxLength": 8}},
        "required": ["version"],
    }
    for text in islice(texts(), 0, None, 200):
        said = tiny_provider.answer(
            task._replace(kind="extract", labels=(), schema=schema, inputs=(("body", text),))
        )
        if isinstance(said, TaskAnswer):
            assert set(said.value) == {"version"}
            assert said.value["version"] is None or len(said.value["version"]) <= 8
        else:
            assert said.code == "invalid"
