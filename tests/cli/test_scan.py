"""`rulewright scan`: JSONL in and out, files and folders, exit codes, and never the found text itself."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from rulewright.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "mona@octo.dev"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def lines(*documents: object) -> str:
    return "".join(json.dumps(document) + "\n" for document in documents)


def test_jsonl(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = ({"id": 7, "text": "\U0001f600 " + SECRET}, {"id": "b", "text": "nothing"}, {"text": SECRET})
    (folder / "in.jsonl").write_text(lines(*texts))
    assert main(["scan", "in.jsonl", "--format", "json"]) == 0
    found = {"type": "email", "start": 2, "end": 15, "confidence": 0.95}
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {"id": 7, "findings": [found]},
        {"id": "b", "findings": []},
        {"id": 3, "findings": [{**found, "start": 0, "end": 13}]},
    ]


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.TextIOWrapper(io.BytesIO(lines({"id": 1, "text": SECRET}).encode()))
    monkeypatch.setattr(sys, "stdin", stream)
    assert main(["scan", "-", "--format", "json", "--fail-on-findings"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["type"] == "email"


def test_a_bad_line_is_told_and_the_rest_done(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = lines({"id": 1, "text": "x"})
    bad = ("nonsense " + SECRET, '{"id": 2}', '{"id": 3, "text": null}', "[" * 100_000, "")
    (folder / "in.jsonl").write_text(good + "\n".join(bad) + "\n" + good)
    assert main(["scan", "in.jsonl", "--format", "json"]) == 4
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 2
    assert [line.partition(": expected")[0] for line in err.splitlines()] == [
        f"error: in.jsonl:{number}" for number in (2, 3, 4, 5)
    ]
    assert SECRET not in err


def test_half_a_surrogate_pair(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.jsonl").write_text(lines({"id": "\ud800", "text": f"\ud800 {SECRET}"}))
    assert main(["scan", "in.jsonl", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["findings"][0]["start"] == 2


def test_a_text_file(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "notes.txt").write_text(f"one\n  {SECRET}\nallowed a@b.dev # rulewright:allow\n")
    assert main(["scan", "notes.txt"]) == 0
    out = capsys.readouterr().out
    assert out == "notes.txt:2:3: email (0.95)\n1 finding in 1 text\n"
    assert main(["scan", "notes.txt", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "id": "notes.txt",
        "findings": [{"type": "email", "start": 6, "end": 19, "confidence": 0.95, "line": 2, "column": 3}],
    }


def test_nobody_pardons_himself_in_jsonl(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.jsonl").write_text(lines({"id": 1, "text": f"{SECRET} rulewright:allow"}))
    assert main(["scan", "in.jsonl", "--fail-on-findings"]) == 1
    assert SECRET not in capsys.readouterr().out


def test_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "src").mkdir()
    (folder / "node_modules").mkdir()
    for name in ("src/a.py", "src/binary", "node_modules/b.js", "c.txt"):
        (folder / name).write_text(SECRET + ("\0" if name.endswith("binary") else ""))
    (folder / "wide.txt").write_text(f"é {SECRET}", "utf-16")
    assert main(["scan", ".", "--fail-on-findings"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "./c.txt:1:1: email (0.95)",
        "./src/a.py:1:1: email (0.95)",
        "./wide.txt:1:3: email (0.95)",
        "3 findings in 3 texts",
    ]


def test_what_git_ignores_is_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q", "."], check=True)
    (folder / ".gitignore").write_text("ignored.txt\n")
    for name in ("ignored.txt", "new.txt"):
        (folder / name).write_text(SECRET)
    assert main(["scan", "."]) == 0
    assert "new.txt:1:1" in (out := capsys.readouterr().out)
    assert "ignored" not in out


def test_types_allow_and_confidence(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a.txt").write_text(f'{SECRET} call +44 20 7946 0958 password = "Tr0ub4dor&3x"')
    (folder / "allowed").write_text("# ours\n*@octo.dev\n\npath: vendor/*\n")
    (folder / "vendor").mkdir()
    (folder / "vendor" / "b.txt").write_text("a@b.dev")

    def found(*options: str) -> list[str]:
        main(["scan", "a.txt", "vendor/b.txt", *options])
        return [line.split(" ")[1] for line in capsys.readouterr().out.splitlines()[:-1]]

    assert found() == ["email", "phone", "password", "email"]
    assert found("--types", "email, phone") == ["email", "phone", "email"]
    assert found("--min-confidence", "0.7") == ["email", "phone", "password", "email"]
    assert found("--min-confidence", "0.99") == []
    assert found("--allow", "octo.dev", "--allow", "b.dev") == ["phone", "password"]
    assert found("--allow-file", "allowed") == ["phone", "password"]


def test_annotations(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.txt").write_text(f"\n{SECRET}\n" * 12)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary"))
    assert main(["scan", "a.txt", "--format", "github"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0] == "::error file=a.txt,line=2,col=1,title=rulewright scan::email, confidence 0.95"
    assert len(out) == 11
    assert (folder / "summary").read_text() == "**rulewright scan**: 12 findings in 1 text\n"


def test_markdown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in.jsonl").write_text(lines({"id": "a|b", "text": SECRET}))
    assert main(["scan", "in.jsonl", "--format", "markdown"]) == 0
    assert "| `a\\|b:0-13` | email | 0.95 |" in capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
def test_a_secret_in_a_name_is_masked(folder: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    value = "q7Zt2LmXv9Kd4Rp8Wn3B"
    (folder / f"password={value}").write_text(SECRET)
    (folder / "in.jsonl").write_text(lines({"id": f"password={value}", "text": SECRET}))
    assert main(["scan", ".", "in.jsonl", "--format", form]) == 0
    assert main(["scan", f"token={value}"]) == 4
    told = capsys.readouterr()
    assert "[masked: password]" in told.out
    assert "there is no file token=[masked: secret]" in told.err
    assert value not in told.out + told.err


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["missing.txt"], 4, "there is no file missing.txt"),
        (["a.txt", "--types", "emial"], 2, "unknown finding type `emial`"),
        (["a.txt", "--allow-file", "missing"], 4, "cannot read missing"),
        (["a.txt", "--min-confidence", "2"], 2, "min-confidence"),
    ],
)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, told: str
) -> None:
    (folder / "a.txt").write_text("x")
    assert main(["scan", *words]) == code
    assert told in capsys.readouterr().err


def test_a_large_file_is_read_in_parts(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rulewright.cli.file_discovery.WINDOW", 64)
    (folder / "a.txt").write_text(f"é filler of some length\n{SECRET}\n" * 9)
    assert main(["scan", "a.txt", "--format", "json"]) == 0
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [found["line"] for found in findings] == list(range(2, 19, 2))
    whole = (folder / "a.txt").read_text()
    assert {whole[found["start"] : found["end"]] for found in findings} == {SECRET}
