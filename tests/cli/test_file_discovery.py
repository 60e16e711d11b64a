"""Checkouts whose git configuration names programs: none of them runs, and the list is the one that git gives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import rulewright.cli.file_discovery as checkout
from rulewright.cli.file_discovery import listed_files, scanned_files
from rulewright.cli.main import main

pytestmark = pytest.mark.slow

KEYS = (
    "core.fsmonitor", "core.sshCommand", "core.gitProxy", "core.editor", "core.pager", "core.askPass",
    "core.alternateRefsCommand", "core.attributesFile", "core.excludesFile", "credential.helper", "diff.external",
    "diff.x.command", "diff.x.textconv", "filter.x.clean", "filter.x.smudge", "filter.x.process", "merge.x.driver",
    "gpg.program", "gpg.ssh.defaultKeyCommand", "interactive.diffFilter", "pager.ls-files", "sequence.editor",
    "uploadpack.packObjectsHook", "remote.origin.uploadpack", "remote.origin.vcs", "trace2.eventTarget",
    "submodule.x.update", "browser.x.cmd", "difftool.x.cmd", "mergetool.x.cmd", "man.x.cmd", "web.browser",
    "sendemail.smtpServer", "instaweb.httpd", "init.templateDir", "hook.x.command", "trailer.x.command",
    "trailer.x.cmd", "tar.x.command", "imap.tunnel", "guitool.x.cmd", "notes.rewriteRef", "receive.procReceiveRefs",
)  # fmt: skip
"""Keys of git-config(1) whose values are run, or name a file that brings more; some take one only in other commands."""
HOOKS = (
    "post-index-change",
    "fsmonitor-watchman",
    "pre-commit",
    "post-checkout",
    "reference-transaction",
    "pre-auto-gc",
)


def git(folder: Path, *words: str) -> str:
    names = (
        "-c",
        "user.name=mona",
        "-c",
        "user.email=mona@users.noreply.github.com",
        "-c",
        "init.defaultBranch=main",
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", "-C", str(folder), *names, *words], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout


def plant(repository: Path, trap: str) -> None:
    """Let every key and every hook of a repository run the trap."""
    lines = ["[core]", "\trepositoryformatversion = 0", "\tbare = false"]
    for key in KEYS:
        section, _, rest = key.partition(".")
        middle, _, name = rest.rpartition(".")
        lines += [f'[{section} "{middle}"]' if middle else f"[{section}]", f"\t{name} = {trap}"]
    lines += [
        "[alias]",
        f"\tls-files = !{trap}",
        "[include]",
        "\tpath = more",
        "[core]",
        "\thooksPath = hooks",
    ]
    (repository / "config").write_text("\n".join(lines) + "\n")
    (repository / "more").write_text(f"[core]\n\tfsmonitor = {trap}\n")
    (repository / "hooks").mkdir(exist_ok=True)
    for hook in HOOKS:
        (repository / "hooks" / hook).write_text(f"#!/bin/sh\n{trap}\n")
        (repository / "hooks" / hook).chmod(0o755)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A checkout with a tracked, an ignored and tracked, an ignored, an excluded and a new file."""
    root = tmp_path / "tree"
    (root / "docs" / "deep").mkdir(parents=True)
    git(tmp_path, "init", "-q", str(root))
    (root / ".gitignore").write_text("*.log\n/docs/deep/out\n")
    (root / "docs" / ".gitignore").write_text("!kept.log\n")
    (root / ".gitattributes").write_text("* filter=x diff=x merge=x\n")
    for name in ("a.txt", "forced.log", "docs/b.txt", "docs/deep/c é.txt"):
        (root / name).write_text("text")
    git(root, "add", "-f", ".")
    git(root, "commit", "-q", "-m", "First")
    for name in ("b.log", "docs/kept.log", "docs/deep/out", "local.txt", "new\nline.txt"):
        (root / name).write_text("text")
    (root / ".git" / "info" / "exclude").write_text("local.txt\n")
    return root


FILES = [".gitattributes", ".gitignore", "a.txt", "docs/.gitignore", "docs/b.txt", "docs/deep/c é.txt", "docs/kept.log",
         "forced.log", "new\nline.txt"]  # fmt: skip


def own_list(folder: Path) -> list[str]:
    listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return sorted(set(listed.split("\0")) - {""})


def test_it_is_the_list_that_git_gives(tree: Path) -> None:
    assert sorted(listed_files(str(tree)) or ()) == FILES == own_list(tree)
    assert sorted(listed_files(str(tree / "docs")) or ()) == own_list(tree / "docs")
    (tree / "link").symlink_to(tree / "docs")
    assert sorted(listed_files(str(tree / "link")) or ()) == own_list(tree / "docs")


@pytest.mark.parametrize("where", [".git", "docs/bare", "docs/.git", "."])
def test_nothing_that_a_tree_configures_is_run(where: str, tree: Path, tmp_path: Path) -> None:
    """A repository's own folder, one that looks like a bare repository, and one that an archive brought."""
    caught = tmp_path / "CAUGHT"
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\necho "$0 $@" >> {caught}\nexit 1\n')
    trap.chmod(0o755)
    repository = tree / where
    for name in ("objects/info", "refs/heads"):
        (repository / name).mkdir(parents=True, exist_ok=True)
    (repository / "HEAD").write_text("ref: refs/heads/main\n")
    plant(repository, str(trap))
    inside = tree if where == ".git" else repository if where == "docs/bare" else repository.parent
    for folder in {tree, tree / "docs", inside}:
        listed_files(str(folder))
        scanned_files(str(folder))
    assert not caught.exists()
    if where == ".git":  # the trap is one: git itself runs into it
        subprocess.run(["git", "-C", str(tree), "ls-files", "--others"], capture_output=True, check=False)
        assert caught.exists()


def test_nor_what_the_environment_says(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    caught = tmp_path / "CAUGHT"
    for name, value in (
        ("GIT_DIR", str(tmp_path)),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
        ("GIT_CONFIG_VALUE_0", f"touch {caught}; false"),
        ("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor'='touch {caught}; false'"),
        ("GIT_TRACE", str(caught)),
        ("GIT_EXEC_PATH", str(tmp_path)),
    ):
        monkeypatch.setenv(name, value)
    assert sorted(listed_files(str(tree)) or ()) == FILES
    assert not caught.exists()


def test_a_git_beside_the_files_is_not_taken(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative entry of PATH, such as an empty one, names the folder that is inspected."""
    caught = tmp_path / "CAUGHT"
    (tree / "git").write_text(f"#!/bin/sh\ntouch {caught}\n")
    (tree / "git").chmod(0o755)
    monkeypatch.chdir(tree)
    for first in ("", "."):
        monkeypatch.setenv("PATH", f"{first}:/usr/bin:/bin")
        scanned_files(".")
    assert not caught.exists()


@pytest.mark.parametrize("form", ["sha256", "worktree", "submodule", "split", "version 4"])
def test_every_form_of_an_index_is_read(form: str, tree: Path, tmp_path: Path) -> None:
    place = tree
    if form == "sha256":
        place = tmp_path / "sha256"
        git(tmp_path, "init", "-q", "--object-format=sha256", str(place))
        (place / "forced.log").write_text("text")
        (place / ".gitignore").write_text("*.log\n")
        git(place, "add", "-f", ".")
    elif form == "worktree":
        place = tmp_path / "other"
        git(tree, "worktree", "add", "-q", str(place))
        (place / "local.txt").write_text("excluded in the repository that it is a worktree of")
    elif form == "submodule":
        git(tree, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(tree), "sub")
        place = tree / "sub"
        assert sorted(listed_files(str(tree)) or ()) == own_list(tree)
    elif form == "split":
        git(tree, "update-index", "--split-index")
        (tree / "later.log").write_text("text")
        git(tree, "add", "-f", "later.log")
    else:
        git(tree, "update-index", "--index-version", "4")
    found = sorted(listed_files(str(place)) or ())
    assert found == own_list(place)
    assert "forced.log" in found


@pytest.mark.parametrize("content", [b"", b"DIRC", b"DIRC" + b"\xff" * 2000, b"text" * 500])
def test_without_a_readable_index_every_file_is_taken(content: bytes, tree: Path) -> None:
    (tree / ".git" / "index").write_bytes(content)
    assert listed_files(str(tree)) is None
    found = {os.path.relpath(file, tree) for file in scanned_files(str(tree))}
    assert found > set(FILES)
    assert not any(name.startswith(".git/") for name in found)


def test_outside_a_checkout_and_without_git_there_is_no_list(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed_files("/") is None
    monkeypatch.setenv("PATH", str(tree))
    assert listed_files(str(tree)) is None


def test_a_pipe_among_the_files_of_git_holds_nothing_up(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "SECONDS", 1.0)
    for name in ("index", "config", "info/exclude"):
        (tree / ".git" / name).unlink()
        os.mkfifo(tree / ".git" / name)
    assert sorted(set(listed_files(str(tree)) or ()) & set(FILES)) == sorted(set(FILES) - {"forced.log"})
    (tree / "docs" / ".gitignore").unlink()
    os.mkfifo(tree / "docs" / ".gitignore")
    assert set(FILES) - {"docs/.gitignore"} <= {
        os.path.relpath(file, tree) for file in scanned_files(str(tree))
    }


def test_a_pipe_or_a_device_is_told(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tree / "pipe")
    for place, kind in ((str(tree / "pipe"), "a pipe"), ("/dev/zero", "a device"), ("/dev/null", "a device")):
        assert main(["scan", place]) == 4
        assert f"cannot read {place}: it is {kind}" in capsys.readouterr().err
    assert main(["validate", str(tree / "pipe")]) == 4
    assert "it is a pipe" in capsys.readouterr().err
    # What a shell hands over as a file, `<(command)`, is read.
    words = [sys.executable, "-m", "rulewright", "scan", "/dev/fd/0"]
    done: Any = subprocess.run(words, input=b"mona@octo.dev", capture_output=True, check=False)
    assert (done.returncode, b"1 finding" in done.stdout) == (0, True), done.stderr
