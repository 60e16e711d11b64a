"""`rulewright gate`: exit codes, formats, evidence, and input that is not as it should be."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from rulewright.cli.main import main

NOW = "2026-01-05T09:00:00Z"
GATE = """apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat, owner: team-chat, description: What a release of the chat must meet. }
on: [manual, measurement]
objectives:
  - id: slowest
    source: { measurement: chat_response }
    unit: s
    direction: lower
    aggregate: max
    pass: { lte: 1s }
    baseline: { from: { last_passed: 20 }, max_regression: 10% }
    on_no_baseline: absolute_only
  - id: errors
    source: { json: errors.json, select: { bad: bad, total: all } }
    unit: "%"
    direction: lower
    aggregate: rate
    pass: { lt: 1% }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "GITHUB_ACTIONS",
        "GITHUB_STEP_SUMMARY",
        "GITHUB_REPOSITORY",
        "GITHUB_REF_NAME",
        "GITHUB_BASE_REF",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / ".cache"))
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / ".git").mkdir()
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "chat.yaml").write_text(GATE)
    (tmp_path / "errors.json").write_text('{"bad": 0, "all": 400}')
    write(tmp_path, [0.5, 0.6])
    return tmp_path


def write(folder: Path, *runs: list[float], name: str = "m.jsonl", **more: Any) -> None:
    records = [{"metric": "chat_response", "unit": "s", "values": values, **more} for values in runs]
    (folder / name).write_text("".join(json.dumps(record) + "\n" for record in records))


def gate(*words: str) -> int:
    return main(["gate", "rules", "--from", "m.jsonl", "--now", NOW, *words])


def test_exit_codes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate() == 0
    assert "PASS: may be promoted; 2 PASS in 1 gate" in capsys.readouterr().out
    write(folder, [0.5, 1.6])
    assert gate() == 1
    (folder / "errors.json").unlink()
    assert gate() == 1, "a failure is told before what is missing"
    write(folder, [0.5])
    assert gate() == 3
    (folder / "errors.json").write_text('{"bad": 0, "all"')
    assert gate() == 4
    assert "errors.json: " in capsys.readouterr().out


def test_missing_measurements_are_exit_4(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("--from", "gone.jsonl") == 4
    assert "there is no file or folder gone.jsonl" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--gate", "chta"], "there is no SLO gate `chta`"),
        (["--now", "soon"], "--now is not a timestamp"),
        (["--base", "gone"], "unknown revision"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    assert gate(*words) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_json_has_every_number_and_the_hash_of_the_evidence(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate("--format", "json", "--evidence", "e.json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["verdict"], document["promotes"]) == ("PASS", True)
    (judged,) = document["gates"]
    slowest, errors = judged["objectives"]
    assert (slowest["observed"], slowest["values"], slowest["runs"]) == (0.6, 2, 1)
    assert errors["interval"]["upper"] < 1
    assert errors["source"]["kind"] == "json"
    assert len(errors["source"]["sha256"]) == 64
    assert slowest["at"] == "rules/chat.yaml:6"
    assert len(document["evidence_sha256"]) == 64
    main(["gate", "replay", "e.json", "--format", "json"])
    assert json.loads(capsys.readouterr().out) == document


def test_other_formats(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, [1.6])
    gate("--format", "junit")
    cases = [*ElementTree.fromstring(capsys.readouterr().out).iter("testcase")]
    assert [(case.get("name"), [child.tag for child in case]) for case in cases] == [
        ("slowest", ["failure"]),
        ("errors", []),
    ]
    gate("--format", "markdown")
    shown = capsys.readouterr().out
    assert shown.startswith("<!-- rulewright: gate -->\n")
    assert "| ✗ FAIL | `slowest` |" in shown
    gate("--format", "github")
    assert capsys.readouterr().out.startswith("::error file=rules/chat.yaml,line=6,title=chat/slowest::FAIL")


def test_a_baseline_that_is_saved_is_compared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rulewright.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Config\nstate: { directory: state }\n"
    )
    write(folder, [0.5], [0.51], [0.49], [0.5], [0.52], sha="a" * 40)
    assert gate("--evidence", "e.json") == 0
    assert main(["baseline", "save", "e.json", "--apply"]) == 0
    write(folder, [0.7], [0.71], [0.69], [0.7], [0.72], sha="b" * 40)
    capsys.readouterr()
    assert gate("--format", "json") == 1
    (judged,) = json.loads(capsys.readouterr().out)["gates"]
    slowest = judged["objectives"][0]
    assert (slowest["code"], slowest["baseline"]["runs"]) == ("regression", 5)
    assert slowest["ratio"]["value"] == pytest.approx(1.4)


def test_explain_tells_the_rule_and_what_to_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, [1.6])
    gate("--evidence", "e.json")
    capsys.readouterr()
    assert main(["gate", "explain", "e.json"]) == 1
    shown = capsys.readouterr().out
    assert "chat/slowest  FAIL" in shown
    assert "beyond_limit" in shown
    assert "chat/errors" not in shown
    assert main(["gate", "explain", "e.json", "errors"]) == 1
    assert "chat/errors  PASS" in capsys.readouterr().out
    assert main(["gate", "explain", "e.json", "eror"]) == 2


def test_a_waiver_counts_but_not_in_the_pull_request_that_adds_it(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiver = "waivers: [ { objective: slowest, reason: New disks, owner: mona, expires: 2026-03-31 } ]\nobjectives:"
    (folder / "rules" / "chat.yaml").write_text(GATE.replace("objectives:", waiver))
    write(folder, [1.6])
    assert gate("--evidence", "e.json") == 0
    assert "WAIVED" in capsys.readouterr().out
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert gate("--evidence", "e.json") == 1
    assert "the waiver of chat/slowest does not count" in capsys.readouterr().out
    monkeypatch.delenv("GITHUB_BASE_REF")
    assert main(["gate", "replay", "e.json"]) == 1, "the evidence knows that it did not count"


def test_a_damaged_record_file_leaves_other_sources_judged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "m.jsonl").write_text('{"metric": "chat_response", "values": [0.5')
    assert gate("--format", "json") == 4
    (judged,) = json.loads(capsys.readouterr().out)["gates"]
    assert [row["verdict"] for row in judged["objectives"]] == ["ERROR", "PASS"]


@pytest.mark.slow
def test_the_locale_and_the_hash_seed_change_no_byte(folder: Path) -> None:
    outputs = set()
    for seed, locale in (("1", "C"), ("2", "de_DE.UTF-8"), ("3", "tr_TR.UTF-8")):
        words = [sys.executable, "-m", "rulewright", "gate", "rules", "--from", "m.jsonl", "--now", NOW]
        environment = {"PYTHONHASHSEED": seed, "LC_ALL": locale, "PATH": "", "HOME": str(folder)}
        subprocess.run([*words, "--evidence", "e.json"], check=True, env=environment, capture_output=True)
        outputs.add((folder / "e.json").read_bytes())
    assert len(outputs) == 1


@pytest.mark.parametrize("confidence", ["0.01", "0.5", "1"])
def test_a_comparison_is_never_as_likely_wrong_as_right(
    folder: Path, capsys: pytest.CaptureFixture[str], confidence: str
) -> None:
    """With a confidence of 0.01 an upper bound lies below the estimate, and nearly every regression passes."""
    text = GATE.replace("max_regression: 10%", f"max_regression: 10%, confidence: {confidence}")
    (folder / "rules" / "chat.yaml").write_text(text)
    assert main(["gate"]) == 2
    assert "baseline.confidence" in capsys.readouterr().err
