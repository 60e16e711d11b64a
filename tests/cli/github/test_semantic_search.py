"""`run` with `duplicates: { embed: minilm }`: the index is fed from the simulator, vectors among it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from github_simulator.setup import RepositoryHandle
from rulewright.models.embedding import embedder
from rulewright.models.embedding.embedder import Embedder, EmbeddingsUnavailable

pytest.importorskip("numpy", reason="numpy comes with the learn extra")

Command = Callable[..., tuple[int, str, str]]
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: similar, owner: team-triage, description: Duplicates of earlier issues. }
on: [issues, schedule]
let: { similar: { duplicates: open, within: 365d } }
rules:
  - id: known
    description: An earlier issue is about the same.
    when: { similar.count: { gt: 0 }, state: open }
    then: [ add_labels: [duplicate] ]
"""


class Screens:
    """A model that knows what a dark screen is called."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[0.05, float("blank" in text or "black" in text)] for text in texts]

    def close(self) -> None:
        pass


@pytest.fixture
def screens(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with Embedder(Screens(), "screens", 2, model="ab" * 32) as embed:
        monkeypatch.setattr(embedder, "shared_embedder", lambda: embed)
        yield


@pytest.fixture
def reported(repo: RepositoryHandle, folder: Path, config: Callable[[str], None]) -> int:
    """The number of an issue that says in other words what the first one said."""
    (folder / "rules" / "intake.yaml").write_text(POLICY)
    config("duplicates: { embed: minilm }\n")
    repo.issue("Window goes blank", "after sleep")
    return repo.issue("Display turns black", "upon resuming")


def test_a_run_finds_a_duplicate_by_meaning_and_reports_the_model(
    screens: None, reported: int, repo: RepositoryHandle, rulewright: Command
) -> None:
    code, out, err = rulewright("run", "--apply")
    assert code == 0, err
    found = {number: issue["labels"] for number, issue in repo.state().items()}
    assert found == {reported - 1: [], reported: ["duplicate"]}
    assert "similar, local abababababababababababab" in out


def test_a_run_without_the_model_goes_by_words_and_says_so(
    reported: int, repo: RepositoryHandle, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> Embedder:
        raise EmbeddingsUnavailable("the model minilm is not pulled", hint="run rulewright model pull minilm")

    monkeypatch.setattr(embedder, "shared_embedder", missing)
    repo.issue("Display turns black again", "")
    code, out, err = rulewright("run", "--apply")
    assert code == 0, err
    assert repo.state()[reported]["labels"] == []
    assert repo.state()[reported + 1]["labels"] == ["duplicate"]
    assert "words only: the model minilm is not pulled: run rulewright model pull minilm" in " ".join(
        out.split()
    )
