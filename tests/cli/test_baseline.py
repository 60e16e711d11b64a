"""`rulewright baseline`: from the evidence of a gate to the baseline of the next one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from rulewright.cli.main import main

HERE = {"cpu": "AMD EPYC 7763", "cores": 4, "image": "ubuntu24"}
GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat-slo, owner: team, description: The chat stays fast. }
on: [measurement]
objectives:
  - id: chat-p50
    source: { measurement: chat }
    unit: s
    direction: lower
    aggregate: p50
    decide: point
    pass: { lte: 1s }
    baseline: { from: { last_passed: 20 }, max_regression: 10%, confidence: 0.95 }
    on_no_baseline: absolute_only
  - id: health-p50
    source: { measurement: health }
    unit: s
    direction: lower
    aggregate: p50
    decide: point
    pass: { lte: 1s }
"""
NAME = "chat-slo/chat-p50"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a gate and a place for state, entered, on no branch."""
    (tmp_path / "gate.yaml").write_text(GATE)
    configure(tmp_path, "state: { directory: .state }")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_REF", "GITHUB_ACTIONS", "GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def configure(folder: Path, *settings: str) -> None:
    lines = ("apiVersion: rulewright/v1", "kind: Config", *settings)
    (folder / "rulewright.yaml").write_text("".join(f"{line}\n" for line in lines))


def measure(runs: Sequence[Sequence[float]], day: int, **rest: Any) -> str:
    """The evidence of a gate that judges these runs of the chat."""
    records = [
        {
            "metric": metric,
            "unit": "s",
            "sha": f"{day:040}",
            "machine": HERE,
            "tool": "rulewright 1",
            "values": list(values),
            "id": str(number),
            "time": f"2026-01-{day:02}T09:{number:02}:00Z",
            **rest,
        }
        for metric in ("chat", "health")
        for number, values in enumerate(runs)
    ]
    Path("m.jsonl").write_text("".join(f"{json.dumps(record)}\n" for record in records))
    evidence = f"evidence-{day}.json"
    main(
        [
            "gate",
            "gate.yaml",
            "--from",
            "m.jsonl",
            "--evidence",
            evidence,
            "--now",
            f"2026-01-{day:02}T10:00:00Z",
        ]
    )
    return evidence


def call(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """The JSON report of a subcommand that succeeds."""
    capsys.readouterr()
    assert main(["baseline", *words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def fail(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    capsys.readouterr()
    return main(["baseline", *words]), capsys.readouterr().err


def test_saved_runs_are_the_next_baseline(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = measure([[0.2], [0.21], [0.19]], 1)
    saved = call(capsys, "save", first, "--apply")
    assert saved["saved"] is True
    assert [(row["objective"], row["verdict"], row["runs"], row["kept"]) for row in saved["objectives"]] == [
        ("chat-p50", "PASS", 3, True)
    ]
    (kept,) = call(capsys, "show")["baselines"]
    assert (kept["gate"], kept["objective"], kept["machine"], kept["champion"]) == (
        "chat-slo",
        "chat-p50",
        HERE,
        [],
    )
    assert [run["time"] for run in kept["runs"]] == [f"2026-01-01T09:0{number}:00Z" for number in range(3)]
    assert {run["commit"] for run in kept["runs"]} == {f"{1:040}"}

    second = measure([[0.4], [0.42], [0.38]], 2)
    (compared,) = call(capsys, "compare", second)["objectives"]
    assert (compared["value"], compared["base_value"], compared["base_commit"]) == (0.4, 0.2, f"{1:040}")
    assert (compared["runs"], compared["base_runs"]) == (3, 3)
    assert compared["ratio"] == pytest.approx(2)
    assert compared["lower"] == pytest.approx(0.38 / 0.21)
    assert compared["upper"] == pytest.approx(0.42 / 0.19)
    assert compared["problem"] is None


def test_saving_again_changes_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = measure([[0.2], [0.21]], 1)
    call(capsys, "save", first, "--apply")
    (file,) = (project / ".state" / "baselines").glob("*/*/*.json")
    before = file.read_bytes()
    call(capsys, "save", first, "--apply")
    assert file.read_bytes() == before
    (compared,) = call(capsys, "compare", first)["objectives"]
    assert compared["problem"]["code"] == "same_as_baseline"


def test_a_failure_is_no_baseline(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = call(capsys, "save", measure([[2.0], [2.1]], 1), "--apply")
    assert [(row["verdict"], row["kept"]) for row in saved["objectives"]] == [("FAIL", False)]
    assert call(capsys, "show")["baselines"] == []


def test_the_champion_stays(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "save", measure([[0.2]], 1), "--apply", "--champion")
    call(capsys, "save", measure([[0.21]], 2), "--apply")
    (kept,) = call(capsys, "show", "chat-slo", "chat-p50")["baselines"]
    assert [run["commit"] for run in kept["champion"]] == [f"{1:040}"]
    assert [run["commit"] for run in kept["runs"]] == [f"{1:040}", f"{2:040}"]
    (project / "gate.yaml").write_text(GATE.replace("{ last_passed: 20 }", "champion"))
    (compared,) = call(capsys, "compare", measure([[0.4]], 3))["objectives"]
    assert (compared["base_value"], compared["base_commit"]) == (0.2, f"{1:040}")


def test_the_merge_base(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in (1, 2):
        call(capsys, "save", measure([[0.2 + day / 1000]], day), "--apply")
    (project / "gate.yaml").write_text(GATE.replace("{ last_passed: 20 }", "merge_base"))
    evidence = measure([[0.4]], 3)
    (compared,) = call(capsys, "compare", evidence, "--merge-base", f"{1:040}")["objectives"]
    assert compared["base_value"] == 0.201
    (compared,) = call(capsys, "compare", evidence)["objectives"]
    assert compared["problem"]["reason"] == "the merge base is not known"


def test_another_machine(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call(capsys, "save", measure([[0.2]], 1), "--apply")
    other = measure([[0.2]], 2, machine={**HERE, "cores": 2})
    (compared,) = call(capsys, "compare", other)["objectives"]
    assert compared["problem"] == {
        "code": "other_machine",
        "reason": "measured on AMD EPYC 7763, 2 cores, ubuntu24; the baseline is of AMD EPYC 7763, 4 cores, ubuntu24",
    }
    call(capsys, "save", other, "--apply")
    assert len(call(capsys, "show")["baselines"]) == 2


def test_old_runs_are_removed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for day in range(1, 5):
        call(capsys, "save", measure([[0.2 + day / 1000]], day), "--apply")
    words = ["prune", "--older-than", "2d", "--now", "2026-01-04T10:00:00Z"]
    (kept,) = call(capsys, *words)["baselines"]
    assert len(kept["runs"]) == 4, "a dry run removes nothing"
    (kept,) = call(capsys, *words, "--apply")["baselines"]
    assert [run["commit"] for run in kept["runs"]] == [f"{3:040}", f"{4:040}"]
    (kept,) = call(capsys, "prune", "--keep", "1", "--apply")["baselines"]
    assert [run["commit"] for run in kept["runs"]] == [f"{4:040}"]
    assert call(capsys, "prune", "--keep", "0", "--apply")["baselines"] == []
    assert list((project / ".state" / "baselines").glob("*/*/*.json")) == []


@pytest.mark.parametrize(
    ("ref", "reason"),
    [
        (None, "this run is not on a branch"),
        ("refs/heads/feature", "feature is not one of `execution.apply_branches` (main, release/*)"),
        ("refs/pull/7/merge", "refs/pull/7/merge is not a branch"),
        ("refs/tags/main", "refs/tags/main is not a branch"),
        ("refs/heads/main", ""),
        ("refs/heads/release/2", ""),
    ],
)
def test_only_protected_branches_write(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    ref: str | None,
    reason: str,
) -> None:
    branches = "execution: { apply_branches: [main, release/*] }"
    configure(project, "state: { directory: .state }", branches)
    evidence = measure([[0.2]], 1)
    if ref is not None:
        monkeypatch.setenv("GITHUB_REF", ref)
    saved = call(capsys, "save", evidence)
    assert saved["saved"] is (reason == "")
    assert saved.get("reason", "").partition(";")[0] == reason
    assert len(call(capsys, "show")["baselines"]) == (reason == "")


def test_paused_writing_refuses_even_when_asked(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    configure(project, "state: { directory: .state }", "execution: { paused: true }")
    saved = call(capsys, "save", measure([[0.2]], 1), "--apply")
    assert saved["saved"] is False
    assert not (project / ".state").exists()


def test_what_cannot_be_done_is_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evidence = measure([[0.2]], 1)
    assert fail(capsys, "show", "chat-slow") == (2, "error: there is no such baseline\n")
    Path("broken.json").write_text("{}")
    code, message = fail(capsys, "save", "broken.json")
    assert (code, message.startswith("error: broken.json is no evidence")) == (4, True)
    assert fail(capsys, "prune", "--older-than", "long")[0] == 2
    call(capsys, "save", evidence, "--apply")
    (file,) = (project / ".state" / "baselines").glob("*/*/*.json")
    file.write_bytes(file.read_bytes()[:-20])
    for words in (["show"], ["save", evidence, "--apply"], ["prune", "--apply"]):
        code, message = fail(capsys, *words)
        assert code == 4
        assert message.startswith(f"error: the baseline {NAME}/")
        assert message.count("\n") == 1
    (compared,) = call(capsys, "compare", evidence)["objectives"]
    assert compared["problem"]["code"] == "bad_baseline"
    configure(project)
    code, message = fail(capsys, "show")
    assert (code, "has no `state:`" in message) == (2, True)
    (project / "gate.yaml").write_text(
        GATE.replace("    baseline:", "    # baseline:").replace("    on_no", "    # on_no")
    )
    code, message = fail(capsys, "save", measure([[0.2]], 2))
    assert (code, "has a baseline to save" in message) == (2, True)


def test_as_text_and_markdown(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    evidence = measure([[0.2], [0.21], [0.19]], 1)
    capsys.readouterr()
    for words, shown in (
        (["save", evidence, "--apply"], ["Saved 3 runs", "chat-slo/chat-p50", "PASS"]),
        (
            ["show"],
            ["1 baseline", "AMD EPYC 7763, 4 cores, ubuntu24", "2026-01-01T09:02:00Z"],
        ),
        (
            ["compare", measure([[0.4], [0.42], [0.38]], 2)],
            ["1 objective beside its baseline", "0.4s", "+100.0%"],
        ),
        (["prune", "--keep", "1"], ["Dry run, 2 runs not removed: this run is not on a branch"]),
    ):
        capsys.readouterr()
        for form in ("text", "markdown"):
            assert main(["baseline", *words, "--format", form]) == 0
            out = capsys.readouterr().out
            assert all(text in out.replace("\\", "") for text in shown), (form, out)
