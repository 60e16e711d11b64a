"""The fact with meanings: fused where there is a model, by words where there is none, and said either way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

import rulewright
from fixtures.duplicates import IssueLister
from rulewright.duplicates import sync as fed
from rulewright.duplicates.database import open_index
from rulewright.duplicates.vector_search import index_with_vectors
from rulewright.events.fact_source import Sourced
from rulewright.events.model import Event
from rulewright.models.embedding import embedder
from rulewright.models.embedding.embedder import Embedder, EmbeddingFailed, EmbeddingsUnavailable
from rulewright.policy.config import Config

pytest.importorskip("numpy", reason="numpy comes with the learn extra")

NOW = "2026-01-05T09:00:00Z"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: similar, owner: team-triage, description: A policy of the tests. }
on: [schedule]
let: { similar: { duplicates: open, within: 365d } }
rules:
  - { id: known, when: { similar.count: { gt: 0 } }, then: [ add_labels: [duplicate] ] }
"""
CONFIG = "apiVersion: rulewright/v1\nkind: Config\npolicies: [similar.yaml]\n"
MEANINGS = (("blank", "black"), ("login", "sign in"))


class Source:
    """One number per meaning; `broken`: it fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        if self.broken:
            raise EmbeddingFailed("embeddings failed: it crashed")
        self.asked += texts
        return [[0.05, *(float(any(word in text for word in words)) for words in MEANINGS)] for text in texts]

    def close(self) -> None:
        pass


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Iterator[Source]:
    """A model of two meanings in the place of MiniLM."""
    found = Source()
    with Embedder(found, "meanings", 3, model="ab" * 32) as embed:
        monkeypatch.setattr(embedder, "shared_embedder", lambda: embed)
        yield found


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Embedder:
        raise EmbeddingsUnavailable("the model minilm is not pulled", hint="run rulewright model pull minilm")

    monkeypatch.setattr(embedder, "shared_embedder", missing)


def issue(number: int, title: str, body: str = "") -> dict[str, Any]:
    at = f"2026-01-0{number}T09:00:00Z"
    base = {"number": number, "title": title, "body": body, "state": "open", "labels": [], "assignees": []}
    return {**base, "created_at": at, "updated_at": at}


BLANK, LOGIN, BLACK = issue(1, "Window goes blank"), issue(2, "No login"), issue(3, "Display turns black")


@pytest.fixture
def gather(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Decides about an issue: `config` and `policy` are texts, `lister` a repository or None."""
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))

    def gathered(found: dict[str, Any], lister: Any = None, config: str = "", policy: str = POLICY) -> Any:
        (tmp_path / "similar.yaml").write_text(policy)
        (tmp_path / "rulewright.yaml").write_text(CONFIG + config)
        program = rulewright.load(tmp_path / "similar.yaml", cache=False)
        payload = {"schedule": "", "issue": found, "repository": {"full_name": "octo-org/demo"}}
        facts = rulewright.gather(program, Event("schedule", None, payload), now=NOW, reader=lister)
        return facts, rulewright.plan(rulewright.evaluate(program, facts))

    return gathered


EVERYWHERE = "duplicates: { embed: minilm }\n"


def test_a_fed_index_keeps_vectors_and_finds_by_meaning(gather: Any, source: Source) -> None:
    facts, made = gather(BLACK, IssueLister(BLANK, LOGIN, BLACK), EVERYWHERE)
    (found,) = facts.values["similar"]["candidates"]
    assert (found["number"], found["why"]) == (1, ["meaning rank 1"])
    assert facts.provenance["similar"] == {
        "task": "duplicates",
        "tier": "local",
        "provider": "minilm",
        "model": "ab" * 32,
        "tried": [],
    }
    assert made.models == {"similar": facts.provenance["similar"]}


def test_where_nobody_asks_for_meanings_there_are_none(gather: Any, source: Source) -> None:
    facts, made = gather(BLACK, IssueLister(BLANK, LOGIN, BLACK))
    assert (facts.values["similar"]["count"], dict(facts.provenance), dict(made.models)) == (0, {}, {})
    assert source.asked == []


def test_without_the_model_words_decide_and_the_plan_says_so(gather: Any, nobody: None) -> None:
    duplicate = issue(4, "The window goes blank")
    facts, made = gather(duplicate, IssueLister(BLANK, LOGIN, duplicate), EVERYWHERE)
    assert [one["number"] for one in facts.values["similar"]["candidates"]] == [1]
    said = made.models["similar"]
    assert said["tier"] == "heuristic"
    assert said["reason"] == ("words only: the model minilm is not pulled: run rulewright model pull minilm")
    assert [one["code"] for one in said["tried"]] == ["missing"]
    from rulewright.evaluate.model_results import format_model_result

    assert format_model_result("similar", said).startswith(
        "similar, by heuristic; words only: the model minilm is not"
    )


def test_what_was_fed_without_a_model_gets_its_vectors_later(
    gather: Any, source: Source, tmp_path: Path
) -> None:
    gather(LOGIN, IssueLister(BLANK, LOGIN))
    assert source.asked == []
    lister = IssueLister(BLANK, LOGIN, BLACK)
    assert gather(BLACK, lister, EVERYWHERE)[0].values["similar"]["count"] == 1
    assert lister.asked == ["2025-01-05T09:00:00Z"]
    again = IssueLister(BLANK, LOGIN, BLACK)
    gather(BLACK, again, EVERYWHERE)
    assert again.asked == ["2026-01-03T08:59:00Z"]


def test_a_run_makes_so_many_vectors_and_the_next_goes_on(
    gather: Any, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fed, "MOST_VECTORS", 1)
    monkeypatch.setattr(fed, "CHUNK", 1)
    everything = (LOGIN, BLANK, BLACK)
    ordered = sorted(everything, key=lambda one: one["updated_at"])
    first = gather(BLACK, IssueLister(*ordered), EVERYWHERE)[0].provenance["similar"]
    assert (first["tier"], first["tried"][0]["code"]) == ("local", "budget")
    assert "1 issues were embedded in this run" in first["tried"][0]["reason"]
    lister = IssueLister(*ordered)
    gather(BLACK, lister, EVERYWHERE)
    assert lister.asked == ["2026-01-01T08:59:00Z"]
    assert gather(BLACK, IssueLister(*ordered), EVERYWHERE)[0].provenance["similar"]["tried"] == []


def test_a_model_that_fails_leaves_the_words(gather: Any, source: Source) -> None:
    source.broken = True
    duplicate = issue(4, "The window goes blank")
    facts, _ = gather(duplicate, IssueLister(BLANK, LOGIN, duplicate), EVERYWHERE)
    assert facts.values["similar"]["count"] == 1
    assert facts.provenance["similar"]["reason"] == "words only: embeddings failed: it crashed"
    source.broken = False
    assert (
        gather(duplicate, IssueLister(BLANK, LOGIN, duplicate), EVERYWHERE)[0].provenance["similar"]["tier"]
        == "local"
    )
    source.broken = True
    other = issue(5, "A window goes blank again")
    facts, _ = gather(other, IssueLister(), EVERYWHERE)
    assert (facts.values["similar"]["count"], facts.provenance["similar"]["tier"]) == (2, "heuristic")


def test_no_secret_reaches_the_model(gather: Any, source: Source) -> None:
    secret = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    found = issue(3, "Display turns black", f"My token is {secret}.")
    facts, _ = gather(found, IssueLister(BLANK, found), EVERYWHERE)
    assert facts.values["similar"]["count"] == 1
    assert [text for text in source.asked if secret in text] == []


def test_an_index_of_ones_own_is_asked_as_well(gather: Any, source: Source, tmp_path: Path) -> None:
    from rulewright.duplicates.issue import github_issue

    path = str(tmp_path / "own.db")
    config = "duplicates: { embed: minilm, database: own.db }\n"
    opened = open_index(path, write=True)
    from rulewright.duplicates.index import index_issues

    index_issues(opened, [github_issue(BLANK)])
    facts, _ = gather(BLACK, None, config)
    assert "has no vectors: rulewright duplicates index FILE" in facts.provenance["similar"]["reason"]
    index_with_vectors(opened, [github_issue(BLANK)], embedder.shared_embedder(), name=path)
    opened.close()
    for _ in range(2):
        facts, _ = gather(BLACK, None, config)
        assert [one["number"] for one in facts.values["similar"]["candidates"]] == [1]


def test_the_fusion_chooses_who_is_shown(index: Any, issue: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many that share a common word do not push out the one that says the same in others."""
    from rulewright.duplicates.semantic_search import SemanticSearch
    from rulewright.duplicates.vector_search import read_vectors
    from rulewright.facts.duplicates import DuplicatesSource
    from rulewright.program.named_facts import Need

    with Embedder(Source(), "meanings", 3) as embed:
        others = [issue(number, "Display" + " demo" * number, day=1) for number in range(10, 40)]
        index_with_vectors(index, [issue(1, "Window goes blank"), *others], embed, name="x")
        query = {"number": 99, "title": "Display turns black", "created_at": NOW, "state": "open"}
        asked = (Need("p", "similar", "duplicates", {"duplicates": "issues", "limit": 10}),)
        source = DuplicatesSource(
            Config({"duplicates": {"embed": "minilm"}}), index, SemanticSearch(read_vectors(index, embed))
        )
        found = source.gather(asked, Event("issues", "opened", {"issue": query}), NOW)["similar"]
        assert isinstance(found, Sourced)
        assert 1 in [one["number"] for one in found.value["candidates"]]


@pytest.mark.slow
def test_minilm_itself(
    gather: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, minilm_cache: Path
) -> None:
    from rulewright.models import model_store as store

    with vectors_of_minilm() as embed:
        monkeypatch.setattr(embedder, "shared_embedder", lambda: embed)
        first = issue(1, "Window goes blank after sleep")
        duplicate = issue(3, "Screen turns black upon resuming")
        monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
        facts, _ = gather(duplicate, IssueLister(first, LOGIN, duplicate), EVERYWHERE)
    assert [one["number"] for one in facts.values["similar"]["candidates"]] == [1]
    assert facts.provenance["similar"]["model"] == embed.model
    assert store.find_stored_model("minilm") is None


def vectors_of_minilm() -> Embedder:
    from rulewright.models.embedding.embedder import open_embedder

    return open_embedder()
