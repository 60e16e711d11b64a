"""A label that a model chose stays the model's in later runs, until a person sets it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.models.embedding import embedder
from rulewright.models.embedding.embedder import Embedder

pytest.importorskip("numpy", reason="numpy comes with the learn extra")

Command = Callable[..., tuple[int, str, str]]
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: Chosen and confirmed. }
on: [issues, schedule]
let:
  kind:
    classify:
      input: [title, body]
      labels: [safe, risky]
      examples: [ { text: It is safe, label: safe }, { text: It is risky, label: risky } ]
  confirmed: { timeline: labeled, label: kind/safe, by: human, standing: true }
rules:
  - id: kind
    description: What a model says.
    when: { kind: { in: [safe, risky] }, none: [ labels: { glob: "kind/*" } ] }
    then: [ set_label: { group: kind, value: { fact: kind } } ]
  - id: confirmed
    description: A person says so too.
    when: { confirmed.count: { gt: 0 }, labels: { contains: kind/safe } }
    then: [ add_labels: [confirmed] ]
"""


class Safety:
    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        return [[float("safe" in text), float("risky" in text), 0.1] for text in texts]

    def close(self) -> None:
        pass


def test_what_a_model_chose_is_no_person_s_word_until_a_person_sets_it(
    sim: Simulator,
    repo: RepositoryHandle,
    folder: Path,
    config: Callable[[str], None],
    rulewright: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder / "rules" / "intake.yaml").write_text(POLICY)
    config("providers: { alike: { kind: examples } }\n")
    number = repo.issue("This is safe", "Trust me, it is safe.")

    def labels_after_a_run() -> list[str]:
        code, _, err = rulewright("run", "--apply")
        assert code == 0, err
        return list(repo.state()[number]["labels"])

    with Embedder(Safety(), "safety", 3) as embed:
        monkeypatch.setattr(embedder, "shared_embedder", lambda: embed)
        assert labels_after_a_run() == ["kind/safe"]
        assert labels_after_a_run() == ["kind/safe"], "the next run does not take it for a person's"
        mona = sim.act("mona")
        mona.remove_labels(repo, number, "kind/safe")
        mona.add_labels(repo, number, "kind/safe")
        assert labels_after_a_run() == ["confirmed", "kind/safe"]
