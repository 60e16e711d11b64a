"""What the limit of an objective with a baseline says: with which runs it was compared, or that it was with none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rulewright.cli.main import main

GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: slo, owner: team, description: Answers are fast. }
on: [measurement]
objectives:
  - id: fast
    source: { measurement: answer }
    unit: s
    direction: lower
    aggregate: p50
    PASS
    baseline: { from: { last_passed: 20 }, max_regression: 10% }
    on_no_baseline: MISSING
"""
ASKED = "p50 at most 10% worse than"


def records(values: list[float], **more: Any) -> list[dict[str, Any]]:
    return [
        {"metric": "answer", "unit": "s", "id": str(run), "values": [value] * 60, **more}
        for run, value in enumerate(values)
    ]


def write(name: str, *sides: list[dict[str, Any]]) -> None:
    Path(name).write_text("".join(json.dumps(one) + "\n" for side in sides for one in side))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    config = "apiVersion: rulewright/v1\nkind: Config\nstate: { directory: .rulewright }\n"
    (tmp_path / "rulewright.yaml").write_text(config)
    write("m.jsonl", records([0.2, 0.21, 0.19], sha="c" * 40))


def limit(capsys: pytest.CaptureFixture[str], *options: str, missing: str = "absolute_only") -> str:
    Path("gate.yaml").write_text(
        GATE.replace("PASS", "pass: { lte: 400ms }").replace("MISSING", missing), encoding="utf-8"
    )
    main(["gate", "gate.yaml", "--from", "m.jsonl", "--evidence", "e.json", *options])
    capsys.readouterr()
    main(["gate", "explain", "e.json", "fast"])
    text = " ".join(capsys.readouterr().out.split())
    return text.partition(" limit ")[2].partition(" why ")[0]


@pytest.mark.usefixtures("project")
class TestLimit:
    def test_without_a_baseline_nothing_was_compared(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert limit(capsys) == "p50 ≤ 400ms; not compared, as there is no baseline"

    def test_a_comparison_that_is_required_is_what_is_asked(self, capsys: pytest.CaptureFixture[str]) -> None:
        said = limit(capsys, missing="hold")
        assert said == f"p50 ≤ 400ms; {ASKED} the last 20 runs that passed"

    def test_the_revision_that_was_measured_beside_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        base = records([0.2, 0.2, 0.2], side="base", sha="b" * 40)
        write("m.jsonl", records([0.2, 0.21, 0.19], sha="c" * 40), base)
        assert limit(capsys) == f"p50 ≤ 400ms; {ASKED} the base revision {'b' * 12}"

    def test_a_revision_without_a_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        write("m.jsonl", records([0.2, 0.21, 0.19]), records([0.2, 0.2, 0.2], side="base"))
        assert limit(capsys) == f"p50 ≤ 400ms; {ASKED} the runs measured beside it"

    def test_the_file_that_is_given(self, capsys: pytest.CaptureFixture[str]) -> None:
        write("old.jsonl", records([0.2, 0.22, 0.18], sha="a" * 40))
        assert limit(capsys, "--baseline", "old.jsonl") == f"p50 ≤ 400ms; {ASKED} old.jsonl"

    def test_runs_of_the_store(self, capsys: pytest.CaptureFixture[str]) -> None:
        write("old.jsonl", records([0.2, 0.22, 0.18], sha="a" * 40, time="2026-01-05T09:00:00Z"))
        Path("gate.yaml").write_text(
            GATE.replace("PASS", "pass: { lte: 400ms }").replace("MISSING", "absolute_only")
        )
        main(["gate", "gate.yaml", "--from", "old.jsonl", "--evidence", "old.json"])
        assert main(["baseline", "save", "old.json", "--apply"]) == 0
        capsys.readouterr()
        assert limit(capsys) == f"p50 ≤ 400ms; {ASKED} the last 20 runs that passed"
