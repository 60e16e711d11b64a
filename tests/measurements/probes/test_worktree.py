"""A revision in a worktree of its own, with real git."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rulewright.measurements.probes.worktree import check_out, find_commit, has_changes
from rulewright.policy.diagnostics import UsageError

IDENTITY = ("-c", "user.name=Mona", "-c", "user.email=mona@example.com")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *IDENTITY, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Two commits; the first one is tagged `v1`."""
    root = tmp_path / "repository"
    (root / "inner").mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=main")
    for text in ("one", "two"):
        (root / "inner" / "file.txt").write_text(text)
        git(root, "add", ".")
        git(root, "commit", "--quiet", "-m", text)
        if text == "one":
            git(root, "tag", "v1")
    return root


def test_the_revision_is_there_and_then_gone(repository: Path) -> None:
    (repository / "inner" / "file.txt").write_text("three")
    with check_out("v1", str(repository / "inner")) as revision:
        assert revision.commit == git(repository, "rev-parse", "v1")
        assert Path(revision.folder, "file.txt").read_text() == "one"
        assert len(git(repository, "worktree", "list").splitlines()) == 2
        Path(revision.folder, "built.txt").write_text("left behind by a command")
    assert not Path(revision.folder).exists()
    assert not Path(revision.folder).parents[1].exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1
    assert (repository / "inner" / "file.txt").read_text() == "three"


def test_it_is_removed_after_an_error(repository: Path) -> None:
    folders: list[str] = []

    def fail() -> None:
        with check_out("v1", str(repository)) as revision:
            folders.append(revision.folder)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not Path(folders[0]).exists()
    assert len(git(repository, "worktree", "list").splitlines()) == 1


def test_hooks_do_not_run(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {repository}/caught\n")
    hook.chmod(0o755)
    with check_out("v1", str(repository)):
        pass
    assert not (repository / "caught").exists()


def test_it_is_removed_when_the_process_is_killed(repository: Path) -> None:
    code = (
        "import sys, time\n"
        "from rulewright.measurements.probes.worktree import check_out\n"
        "with check_out('v1', sys.argv[1]) as revision:\n"
        "    print(revision.folder, flush=True)\n"
        "    time.sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", code, str(repository)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    assert (folder / "inner" / "file.txt").exists()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    end = time.monotonic() + 20
    while folder.parent.exists() or len(git(repository, "worktree", "list").splitlines()) > 1:
        assert time.monotonic() < end, "the worktree is still there"


def test_what_cannot_be_checked_out(repository: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no revision v9") as caught, check_out("v9", str(repository)):
        pass
    assert "fetch-depth: 0" in str(caught.value.hint)
    with pytest.raises(UsageError, match="no revision --all"), check_out("--all", str(repository)):
        pass
    outside = tmp_path / "outside"
    outside.mkdir()
    with pytest.raises(UsageError, match="--against needs a git repository"), check_out("v1", str(outside)):
        pass


def test_commits_and_changes(repository: Path, tmp_path: Path) -> None:
    assert find_commit(repository) == git(repository, "rev-parse", "HEAD")
    assert find_commit(tmp_path) is None
    assert not has_changes(repository)
    (repository / "new.txt").write_text("not tracked")
    assert not has_changes(repository)
    (repository / "inner" / "file.txt").write_text("changed")
    assert has_changes(repository)
    assert not has_changes(tmp_path)
