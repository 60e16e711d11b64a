"""Bad input of every kind: one clear message with the place, the right exit code, nothing half-written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main

if TYPE_CHECKING:
    from pathlib import Path

EVALUATE = ("evaluate", "rules", "--event", "event.json", "--now", "2026-01-05T09:00:00Z")

BOMB = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (key, key, b", ".join([b"*%c" % (key - 1)] * 9)) for key in range(ord("b"), ord("k"))
)
"""Nine levels of nine aliases each."""


def told(capsys: pytest.CaptureFixture[str]) -> str:
    """What stands on stderr, after checking that it is a message and that stdout is empty."""
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err
    assert "unexpected" not in captured.err
    return captured.err


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        (b"kind: [unclosed\n", "rules/intake.yaml:2"),
        (b"a: 1\na: 2\n", "rules/intake.yaml:3"),
        (b"\x00\x01\x02\xff binary", "rules/intake.yaml"),
        (b"name: \xc3\x28\n", "rules/intake.yaml"),
        (b"kind: Triage\nrulez: []\n", "rules/intake.yaml:"),
        (b"kind: Triag\n", "Triage"),
        (b"a: " + b"[" * 3000 + b"]" * 3000, "rules/intake.yaml"),
        (BOMB, "rules/intake.yaml"),
    ],
    ids=["yaml", "duplicate", "binary", "utf8", "unknown-key", "kind", "deep", "aliases"],
)
def test_a_policy_that_does_not_load(
    policy: bytes, place: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "rules" / "intake.yaml").write_bytes(b"apiVersion: rulewright/v1\n" + policy)
    assert main([*EVALUATE, "--plan-out", "plan.json", "--output", "out.txt"]) == 2
    assert place in told(capsys)
    assert not (folder / "plan.json").exists()
    assert not (folder / "out.txt").exists()


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (b"", "event.json is empty"),
        (b"{", "event.json, line 1, column 2"),
        (b'{"weather": "fine"}', "event.json: Unknown type of event"),
        (b"[1, 2]", "event.json: The event is a list"),
        (b"\x7fELF\x00\x00\x01", "event.json is binary"),
        (b'{"action": "\xc3("}', "event.json, line 1, column 13"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "event.json is nested"),
        (b'{"a": NaN}', "event.json"),
        (b"1" * 10_000, "event.json"),
    ],
    ids=["empty", "cut", "unknown", "list", "binary", "utf8", "deep", "nan", "digits"],
)
def test_an_event_that_is_none(
    event: bytes, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "event.json").write_bytes(event)
    assert main([*EVALUATE, "--plan-out", "plan.json"]) == 2
    assert message in told(capsys)
    assert not (folder / "plan.json").exists()


def test_an_event_of_fifty_megabytes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (folder / "event.json").open("wb") as stream:
        stream.truncate(50_000_000)
    assert main(EVALUATE) == 2
    assert "event.json is larger than" in told(capsys)


def test_lone_surrogates_are_legal_and_come_out_as_escapes(
    folder: Path, capsys: pytest.CaptureFixture[str], payload: Any
) -> None:
    event = {**payload("a crash \ud800"), "repository": {"full_name": "octo-org/\ud800"}}
    (folder / "event.json").write_text(json.dumps(event))
    for form in ("text", "json", "markdown", "github"):
        words = [*EVALUATE, "--format", form, "--output", f"out.{form}"]
        assert main(words) == 0
        assert "\\ud800" in (folder / f"out.{form}").read_text()
    assert main(["explain", "crash", *EVALUATE[1:], "--output", "explained"]) == 0
    assert "\\ud800" in (folder / "explained").read_text()
    assert told(capsys) == ""


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("evaluate", "nowhere", "--event", "event.json"), 2, "nowhere"),
        (("evaluate", "rules/intake.yaml/x", "--event", "event.json"), 2, "rules/intake.yaml/x"),
        (("evaluate", "rules", "--event", "nowhere.json"), 4, "nowhere.json"),
        (("evaluate", "rules", "--event", "event.json/x"), 4, "event.json/x"),
        (("evaluate", "rules", "--event", "empty"), 2, "no events found in empty"),
        (("evaluate", "empty", "--event", "event.json"), 2, "empty"),
        (("evaluate", "rules"), 2, "no event"),
        (
            ("evaluate", "rules", "--event", "event.json", "--now", "soon"),
            2,
            "--now is not a timestamp: 'soon'",
        ),
        (("evaluate", "rules", "--event", "event.json", "--given", "nowhere"), 4, "nowhere"),
        (("evaluate", "rules", "--event", "event.json", "--given", "event.json"), 2, "action"),
        (
            ("evaluate", "rules", "--event", "event.json", "--event-name", "isues"),
            2,
            "Did you mean `issues`?",
        ),
        (("evaluate", "rules", "--event", "event.json", "--format", "xml"), 2, "xml"),
        (("evaluate", "rules", "--event", "event.json", "--jobs", "0"), 2, "--jobs"),
        (
            ("evaluate", "rules", "--event", "event.json", "--output", "nowhere/out"),
            4,
            "cannot write nowhere/out",
        ),
        (("evaluate", "rules", "--event", "event.json", "--plan-out", "rules"), 4, "rules"),
        (("evaluate", "rules", "--events", "rules"), 4, "rules"),
        (("explain", "crash", "rules", "--event", "nowhere.json"), 4, "nowhere.json"),
        (("evaluate", "rules", "--events", "nowhere.jsonl"), 4, "nowhere.jsonl"),
        (("evaluate", "rules", "--event", "event.json", "--given", "nowhere.json"), 4, "nowhere.json"),
        (("apply", "nowhere.json", "--repo", "a/b"), 4, "nowhere.json"),
        (("undo", "nowhere.jsonl", "--everything"), 4, "nowhere.jsonl"),
        (("stats", "nowhere.jsonl"), 4, "nowhere.jsonl"),
        (("journal", "show", "nowhere.jsonl"), 4, "nowhere.jsonl"),
        (("gate", "explain", "nowhere.json"), 4, "nowhere.json"),
        (("gate", "replay", "nowhere.json"), 4, "nowhere.json"),
        (("baseline", "compare", "nowhere.json"), 4, "nowhere.json"),
    ],
)
def test_paths_and_options_that_are_wrong(
    words: tuple[str, ...], code: int, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty").mkdir()
    assert main(words) == code
    assert message in told(capsys)


@pytest.mark.parametrize("cache", ["file/cache", "/dev/full", "/proc/cache"])
def test_a_cache_that_cannot_be_written_is_no_cache(
    cache: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "file").write_text("in the way")
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", cache)
    assert main(EVALUATE) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "DRY RUN" in captured.out


@pytest.mark.parametrize("spoiled", [b"", b"{", b"[]", b'{"format": 1}', b"\xff\x00"])
def test_a_spoiled_cache_is_no_cache(
    spoiled: bytes, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(EVALUATE) == 0
    (entry,) = (folder / "cache" / "programs").iterdir()
    entry.write_bytes(spoiled)
    capsys.readouterr()
    assert main(EVALUATE) == 0
    assert "DRY RUN" in capsys.readouterr().out


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run bash over the real command line; PIPESTATUS is told on stderr."""
    command = f'rulewright() {{ {sys.executable} -m rulewright "$@"; }}; {script}'
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, env=dict(os.environ), capture_output=True, text=True, check=False
    )


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    line = json.dumps(json.loads((folder / "event.json").read_text()))
    (folder / "events.jsonl").write_text(f"{line}\n" * 2000)
    run = shell(
        "rulewright evaluate --events events.jsonl --format json | head -1; echo ${PIPESTATUS[0]} >&2", folder
    )
    assert run.stderr == "0\n"
    assert len(run.stdout.splitlines()) == 1


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize(
    "words",
    [
        "evaluate --event event.json",
        "evaluate --event event.json --format json",
        "validate",
        "validate --format sarif",
        "explain intake/crash --event event.json",
        "schema policy",
        "scan event.json",
        "init . --here",
        "--help",
        "--version",
    ],
)
def test_a_full_disk_gives_one_line_and_four(
    words: str, buffered: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not buffered:
        monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    run = shell(f"rulewright {words} > /dev/full; echo $? >&2", folder)
    assert run.stderr == "error: cannot write the output: No space left on device\n4\n"


def test_a_closed_stdout_is_no_traceback(folder: Path) -> None:
    run = shell("rulewright evaluate --event event.json >&-; echo $? >&2", folder)
    assert "Traceback" not in run.stderr
    assert run.stderr.splitlines()[-1] in ("0", "4")
