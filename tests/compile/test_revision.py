"""Policies of a git revision: with what they include and the configuration of that revision, and nothing run."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rulewright.compile.revision import load_revision
from rulewright.compile.workspace import Workspace
from rulewright.policy.diagnostics import SourceError, UsageError

CONFIG = "apiVersion: rulewright/v1\nkind: Config\n"
LIBRARY = "apiVersion: rulewright/v1\nkind: Library\nmetadata: { name: common }\nlists: { words: [WORD] }\n"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [issues.opened]
include: [../shared/common.yaml]
rules:
  - id: crash
    description: The title has a word.
    when: { title: { contains_any: { fact: lists.words } } }
    then: [ { add_labels: [LABEL] } ]
"""


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=Mona", "-c", "user.email=mona@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *identity, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def write(root: Path, word: str, label: str) -> None:
    for folder in ("rules", "shared"):
        (root / folder).mkdir(exist_ok=True)
    (root / "rulewright.yaml").write_text(f"{CONFIG}labels: labels.yml\nstate: {{ directory: .state }}\n")
    (root / "labels.yml").write_text(f"- {{ name: {label} }}\n")
    (root / "shared" / "common.yaml").write_text(LIBRARY.replace("WORD", word))
    (root / "rules" / "intake.yaml").write_text(POLICY.replace("LABEL", label))


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    write(root, "crash", "bug")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "first")
    git(root, "tag", "v1")
    write(root, "stall", "docs")
    git(root, "commit", "-q", "-a", "-m", "second")
    write(root, "freeze", "question")
    monkeypatch.chdir(root)
    return root


@pytest.mark.parametrize(
    ("revision", "word", "label"),
    [("v1", "crash", "bug"), ("main", "stall", "docs"), ("HEAD~1", "crash", "bug")],
)
def test_policies_libraries_labels_and_configuration_are_of_the_revision(
    revision: str, word: str, label: str, repository: Path
) -> None:
    found = load_revision(["rules"], revision)
    assert found.commit == git(repository, "rev-parse", f"{revision}^{{commit}}")
    assert found.loaded.findings == ()
    (policy,) = found.loaded.program.policies
    assert policy.lists == {"words": (word,)}
    assert policy.file == "rules/intake.yaml"
    config = found.loaded.program.config
    assert [each.name for each in config.labels or ()] == [label]
    assert config.state.directory == ".state"
    assert Workspace(["rules"]).load().program.policy("intake").lists == {"words": ("freeze",)}


def test_the_working_tree_is_not_touched(repository: Path) -> None:
    before = git(repository, "status", "--porcelain=v2", "--branch")
    index = (repository / ".git" / "index").read_bytes()
    load_revision(["rules"], "v1")
    assert git(repository, "status", "--porcelain=v2", "--branch") == before
    assert (repository / ".git" / "index").read_bytes() == index


def test_a_packed_repository_and_a_linked_worktree(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(repository, "gc", "-q")
    git(repository, "worktree", "add", "-q", "--detach", str(tmp_path / "second"), "v1")
    monkeypatch.chdir(tmp_path / "second")
    assert load_revision(["rules"], "HEAD").loaded.program.policy("intake").lists == {"words": ("crash",)}
    assert load_revision(["rules"], "main").loaded.program.policy("intake").lists == {"words": ("stall",)}


def test_findings_name_the_files_of_the_working_tree(repository: Path) -> None:
    (repository / "rules" / "intake.yaml").write_text(
        POLICY.replace("../shared/common.yaml", "../shared/gone.yaml")
    )
    git(repository, "commit", "-q", "-a", "-m", "third")
    loaded = load_revision(["rules"], "HEAD").loaded
    assert loaded.broken == ("rules/intake.yaml",)
    assert {finding.span.file for finding in loaded.findings} == {"rules/intake.yaml"}
    assert not any("rulewright-" in f"{finding.message} {finding.hint}" for finding in loaded.findings)


@pytest.mark.parametrize("revision", ["no-such-branch", "--output=x", "", "v1\0", "v1:rules", "HEAD^{tree}"])
def test_an_unknown_revision(revision: str, repository: Path) -> None:
    with pytest.raises(UsageError, match="unknown revision"):
        load_revision(["rules"], revision)
    assert sorted(os.listdir(repository)) == [".git", "labels.yml", "rules", "rulewright.yaml", "shared"]


def test_a_path_that_the_revision_does_not_have(repository: Path) -> None:
    (repository / "new").mkdir()
    with pytest.raises(UsageError, match="new is not in v1") as caught:
        load_revision(["new"], "v1")
    assert (
        caught.value.hint
        == "if the change adds it, compare with the revision only after the change is merged"
    )


def test_a_path_outside_the_repository(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is outside the repository"):
        load_revision(["rules", tmp_path], "v1")


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not in a git repository"):
        load_revision([tmp_path], "main")


def test_no_git(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SourceError, match="git is not installed"):
        load_revision(["rules"], "v1")


def test_no_program_of_the_configuration_is_run(repository: Path, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path / 'CAUGHT'}\n")
    trap.chmod(0o755)
    for name in (
        "core.fsmonitor",
        "core.sshCommand",
        "core.pager",
        "diff.external",
        "filter.x.smudge",
        "filter.x.process",
    ):
        git(repository, "config", name, str(trap))
    (repository / ".git" / "info" / "attributes").write_text("*.yaml filter=x\n")
    assert load_revision(["rules"], "v1").loaded.findings == ()
    assert not (tmp_path / "CAUGHT").exists()
