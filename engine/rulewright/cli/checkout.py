"""Which files of a checkout git knows or would add, without obeying anything that stands in it.

A configuration can name programs for git to run, and a folder that looks like a bare repository is enough to bring one.
So git is given a private folder as its repository, with a configuration of ours. Of the checkout's own it gets the
index and the list of excluded files, which are data.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from rulewright.policy.files import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS: Final = 60.0
"""After this git is given up, such as where an ignore file is a pipe that nobody writes to."""
MOST: Final = 1 << 20
"""Bytes of a configuration, a `.git` file or a list of excluded files that are read."""
_LIST: Final = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
_SHA256: Final = re.compile(r"(?im)^\s*objectformat\s*=\s*\"?sha256\"?\s*$")


def listed_files(folder: str) -> list[str] | None:
    """The names, from `folder`, of the files that git tracks or would track there; None outside a checkout, without
    git, or where git cannot read the index."""
    root = repository_root(folder)
    program = shutil.which("git")
    if root is None or program is None or not os.path.isabs(program):
        return None
    repository = _repository(root)
    with TemporaryDirectory(prefix="rulewright-") as private:
        _prepare(private, repository)
        index = os.path.join(repository, "index")
        words = [program, "--git-dir", private, "--work-tree", str(root), *_LIST]
        try:
            done = subprocess.run(
                words,
                cwd=folder,
                env=_environment(
                    os.path.realpath(index if _is_file(index) else os.path.join(private, "index"))
                ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
    if done.returncode:
        return None
    return list(dict.fromkeys(os.fsdecode(name) for name in done.stdout.split(b"\0") if name))


def _repository(root: Path) -> str:
    """The folder that `.git` is, or that it names (`gitdir: …`, in a linked worktree or a submodule)."""
    place = os.path.join(root, ".git")
    named = re.match(r"gitdir: (.+)", _text(place))
    return place if named is None else os.path.join(root, named[1].strip())


def _prepare(private: str, repository: str) -> None:
    """Make an empty repository: what git asks of one, the format of the index, and what is excluded."""
    for name in ("objects", "refs", "info"):
        os.mkdir(os.path.join(private, name))
    shared = os.path.join(repository, _text(os.path.join(repository, "commondir")).strip() or ".")
    sha256 = _SHA256.search(_text(os.path.join(shared, "config"))) is not None
    version, format_ = (1, "[extensions]\n\tobjectformat = sha256\n") if sha256 else (0, "")
    files = {
        "HEAD": "ref: refs/heads/none\n",
        "config": f"[core]\n\trepositoryformatversion = {version}\n\tbare = false\n{format_}",
        "info/exclude": _text(os.path.join(shared, "info", "exclude")),
    }
    for name, text in files.items():
        with open(os.path.join(private, name), "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(text)
    for name in _names(repository):
        if re.fullmatch(r"sharedindex\.[0-9a-f]{40,64}", name):  # the larger part of a split index
            os.symlink(os.path.realpath(os.path.join(repository, name)), os.path.join(private, name))


def _environment(index: str) -> dict[str, str]:
    """The variables of the process, with nothing that tells git of another configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_INDEX_FILE": index,
    }


def _names(folder: str) -> Iterator[str]:
    try:
        yield from os.listdir(folder)
    except OSError:
        return


def _is_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _text(path: str) -> str:
    """The beginning of a file; empty where there is none, or it is something else."""
    if not _is_file(path):
        return ""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read(MOST)
    except OSError:
        return ""
