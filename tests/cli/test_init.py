"""`rulewright init`: shows first, writes what is missing, overwrites nothing; what it writes holds together."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from rulewright import __version__
from rulewright.cli.main import main
from rulewright.cli.starter import PARTS, place, standing, starters


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty repository, entered."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts[:1]
    }


def shown(capsys, *arguments: str) -> dict[str, object]:
    assert main(["init", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_shows_first_and_writes_nothing(empty, capsys):
    assert main(["init", "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "+   zizmor.yml" in out
    assert "Nothing was written." in out
    assert files(empty) == {}


def test_what_is_shown_is_what_is_written(empty, capsys):
    before = shown(capsys)
    after = shown(capsys, "--write")
    assert [one["path"] for one in before["files"]] == [one["path"] for one in after["files"]]
    assert sorted(one["path"] for one in after["files"]) == sorted(files(empty))
    assert {one["status"] for one in before["files"]} == {"new"}
    assert (before["written"], after["written"]) == (False, True)


def test_twice_changes_nothing(empty, capsys):
    main(["init", "--write"])
    first = files(empty)
    capsys.readouterr()
    again = shown(capsys, "--write")
    assert {one["status"] for one in again["files"]} == {"same"}
    assert files(empty) == first


@pytest.mark.parametrize(
    "command",
    [["validate"], ["validate", "."], ["validate", "--strict"], ["test"], ["test", "--mutate"]],
    ids=" ".join,
)
def test_what_it_writes_is_valid_and_tested(empty, command, capsys):
    main(["init", "--write"])
    assert main([*command, "--format", "text"]) == 0, capsys.readouterr().out


def test_every_event_is_decided_without_an_error(empty, capsys):
    main(["init", "--write"])
    capsys.readouterr()
    code = main(
        [
            "evaluate",
            "--event",
            "examples/events",
            "--now",
            "2026-01-05T09:00:00Z",
            "--format",
            "json",
            "--all",
        ]
    )
    captured = capsys.readouterr()
    decisions = [json.loads(line) for line in captured.out.splitlines()]
    assert (code, captured.err) == (0, "")
    assert len(decisions) == 5
    assert any(decision["plan"]["effects"] for decision in decisions)
    statuses = {
        rule["status"]
        for decision in decisions
        for policy in decision["decision"]["policies"]
        for rule in policy["rules"]
    }
    assert "error" not in statuses


def test_a_label_that_is_not_listed_is_noticed(empty, capsys):
    """So `validate` above says that labels.yml holds every label that the policies use."""
    main(["init", "--write"])
    labels = empty / "labels.yml"
    kept = [line for line in labels.read_text("utf-8").splitlines() if "needs_work" not in line]
    labels.write_text("\n".join(kept), "utf-8")
    capsys.readouterr()
    assert main(["validate", "--format", "text"]) == 1
    assert "needs_work" in capsys.readouterr().out


def test_labels_hold_every_word_of_the_policies(empty):
    """Those too that no diagnostic can prove: values that a group's label may take, and the forms' own."""
    from rulewright.policy.config import read_config

    main(["init", "--write"])
    known = {label.name for label in read_config(empty).labels or ()}
    severities = {f"severity/{word}" for word in ("critical", "high", "medium", "low")}
    assert severities | {f"priority/P{number}" for number in range(4)} <= known
    assert {"bug", "enhancement", "manual-triage", "no-triage", "legal", "ready", "done"} <= known


def test_every_schema_line_leads_to_a_schema(empty):
    main(["init", "--write"])
    seen = 0
    for path in empty.rglob("*.y*ml"):
        first = path.read_text("utf-8").partition("\n")[0]
        if first.startswith("# yaml-language-server"):
            seen += 1
            assert (path.parent / first.partition("$schema=")[2]).is_file(), path
    assert seen >= 7


def test_the_version_that_writes_is_the_version_that_runs(empty):
    main(["init", "--write"])
    for path in (empty / ".github" / "workflows").iterdir():
        text = path.read_text("utf-8")
        assert f'"rulewright=={__version__}"' in text
        assert "@VERSION@" not in text


def test_a_file_that_differs_is_left_alone_and_told(empty, capsys):
    (empty / "labels.yml").write_text("- { name: mine }\n")
    assert main(["init", "--write", "--only", "labels,config", "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "! labels.yml  (differs, left alone)" in out
    assert "-- { name: mine }" in out
    assert "1 written, 0 there already, 1 left alone." in out
    assert (empty / "labels.yml").read_text() == "- { name: mine }\n"
    listed = shown(capsys, "--only", "labels")["files"]
    assert listed[0]["status"] == "differs"
    assert "-- { name: mine }" in listed[0]["diff"]


def test_only_some_parts(empty, capsys):
    assert {one["part"] for one in shown(capsys, "--only", "policies, workflows")["files"]} == {
        "policies",
        "workflows",
    }
    for part in PARTS:
        assert starters([part]), part


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "policy"], "did you mean policies?"),
        (["--only", "zzz"], "known: policies, config"),
        (["--only", ","], "--only names no part"),
        (["a-file"], "a-file is no folder"),
    ],
)
def test_wrong_usage(empty, capsys, arguments, message):
    (empty / "a-file").write_text("")
    assert main(["init", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_made_by_writing(empty, capsys):
    assert {one["status"] for one in shown(capsys, "new/place")["files"]} == {"new"}
    assert not (empty / "new").exists()
    shown(capsys, "new/place", "--write", "--only", "labels")
    assert list(files(empty)) == ["new/place/labels.yml"]


def test_a_link_never_leads_out_of_the_repository(empty, tmp_path, capsys):
    outside = tmp_path / "outside"
    outside.mkdir()
    (empty / "rules").symlink_to(outside)
    (empty / "labels.yml").symlink_to(tmp_path / "nowhere")
    listed = {one["path"]: one for one in shown(capsys, "--write")["files"]}
    assert listed["rules/triage/intake.yaml"]["reason"] == "rules leads out of the repository"
    assert listed["labels.yml"]["status"] == "kept"
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


def test_a_file_where_a_folder_should_be(empty, capsys):
    (empty / "schemas").write_text("mine")
    (empty / "rulewright.yaml").mkdir()
    listed = {one["path"]: one for one in shown(capsys, "--write")["files"]}
    assert listed["schemas/policy.schema.json"]["reason"] == "schemas is no folder"
    assert listed["rulewright.yaml"]["reason"] == "there is something that is no file"
    assert (empty / "schemas").read_text() == "mine"


def test_what_came_there_meanwhile_stays(empty):
    one = next(iter(starters(["labels"])))
    assert standing(empty, one).status == "new"
    (empty / "labels.yml").write_text("mine")
    assert place(empty, one) is False
    assert (empty / "labels.yml").read_text() == "mine"


def test_a_folder_that_takes_nothing(empty, capsys):
    if os.geteuid() == 0:
        target = Path("/proc/version-of-nothing")  # not even root makes files there
    else:
        target = empty / "closed"
        target.mkdir()
        target.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert main(["init", str(target), "--write", "--only", "labels"]) == 4
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_every_format_names_every_file(empty, form, capsys, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert main(["init", "--format", form]) == 0
    out = capsys.readouterr().out
    for one in starters():
        assert one.path.name in out
    assert summary.exists() == (form == "github")
