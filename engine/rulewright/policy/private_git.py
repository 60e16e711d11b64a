"""A private git folder, through which git reads the data of a repository and nothing of its configuration.

The configuration of a checkout is not trusted: it can name programs to run, and any folder that looks like a bare
repository provides one. Therefore git runs with a private, temporary repository and configuration. From the checkout it
reads data only: the index and the list of excluded files, or the objects and the references.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MOST: Final = 1 << 20
"""Bytes of a configuration, a `.git` file or a list of excluded files that are read."""
_SHA256: Final = re.compile(r"(?im)^\s*objectformat\s*=\s*\"?sha256\"?\s*$")
_SHARED: Final = ("refs", "packed-refs", "shallow")
"""What all worktrees of a repository have in common, of what a revision is found by."""


def find_git_folder(root: Path) -> str:
    """The git folder: `.git`, or the folder that a file `.git` names (`gitdir: …`, in a worktree or a submodule)."""
    place = os.path.join(root, ".git")
    named = re.match(r"gitdir: (.+)", _read_text(place))
    return place if named is None else os.path.join(root, named[1].strip())


def prepare_private_folder(private: str, repository: str) -> None:
    """Create an empty repository with the minimum that git requires, the index format, and the excluded files."""
    for name in ("objects", "refs", "info"):
        os.mkdir(os.path.join(private, name))
    shared = _shared_folder(repository)
    sha256 = _SHA256.search(_read_text(os.path.join(shared, "config"))) is not None
    version, format_ = (1, "[extensions]\n\tobjectformat = sha256\n") if sha256 else (0, "")
    files = {
        "HEAD": "ref: refs/heads/none\n",
        "config": f"[core]\n\trepositoryformatversion = {version}\n\tbare = false\n{format_}",
        "info/exclude": _read_text(os.path.join(shared, "info", "exclude")),
    }
    for name, text in files.items():
        with open(os.path.join(private, name), "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(text)
    for name in _list_names(repository):
        if re.fullmatch(r"sharedindex\.[0-9a-f]{40,64}", name):  # the larger part of a split index
            os.symlink(os.path.realpath(os.path.join(repository, name)), os.path.join(private, name))


def link_revisions(private: str, repository: str) -> None:
    """Give a prepared private folder the objects and the references of a repository, for reading."""
    shared = _shared_folder(repository)
    os.makedirs(os.path.join(private, "objects", "info"))
    with open(
        os.path.join(private, "objects", "info", "alternates"),
        "w",
        encoding="utf-8",
        errors="surrogateescape",
    ) as out:
        out.write(os.path.realpath(os.path.join(shared, "objects")) + "\n")
    os.rmdir(os.path.join(private, "refs"))
    for folder, names in ((shared, _SHARED), (repository, ("logs", "ORIG_HEAD", "FETCH_HEAD"))):
        for name in names:
            place = os.path.realpath(os.path.join(folder, name))
            if os.path.exists(place):
                os.symlink(place, os.path.join(private, name))
    if not os.path.lexists(os.path.join(private, "refs")):
        os.mkdir(os.path.join(private, "refs"))
    head = _read_text(os.path.join(repository, "HEAD"))
    if head:
        with open(os.path.join(private, "HEAD"), "w", encoding="utf-8", errors="surrogateescape") as out:
            out.write(head)


def git_environment(**more: str) -> dict[str, str]:
    """The variables of the process, with nothing that tells git of another configuration, and `more`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {
        **kept,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        **more,
    }


def _shared_folder(repository: str) -> str:
    """The folder of what all worktrees of a repository have in common."""
    return os.path.join(repository, _read_text(os.path.join(repository, "commondir")).strip() or ".")


def _list_names(folder: str) -> Iterator[str]:
    try:
        yield from os.listdir(folder)
    except OSError:
        return


def is_regular_file(path: str) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


def _read_text(path: str) -> str:
    """The beginning of a regular file; empty if there is none."""
    if not is_regular_file(path):
        return ""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            return stream.read(MOST)
    except OSError:
        return ""
