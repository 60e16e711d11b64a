"""A revision of the repository in a git worktree of its own, which is removed in whatever way the process ends.

A second process, the guard, creates the worktree and holds the end of a pipe. When this process ends or is killed, the
pipe closes, and the guard removes the worktree. Nothing else removes it, so that this way is used every time.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.files import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GUARD: Final = """
trap '' PIPE
place=$(mktemp -d) && echo "$place" || exit 1
git -C "$1" -c core.hooksPath=/dev/null worktree add --quiet --detach "$place/tree" "$2" 2> "$place/errors"
echo "$?"
if read -r word; then pause=0; else pause=1; fi
for attempt in 1 2 3 4 5 6 7 8 9 10; do
  sleep "$pause"
  git -C "$1" worktree remove --force --force "$place/tree"
  rm -rf "$place"
  [ -e "$place" ] || exit 0
  pause=0.2
done
"""
"""Arguments: the repository, the commit. Creates the worktree, and writes its folder and git's exit status, one on each
line. Then waits for a line, or for the end of a process that was killed: the commands that it ran may write into the
worktree until they have ended, too."""
SECONDS: Final = 600.0
"""After this time git is given up: it may have to fetch large files."""


class Revision(NamedTuple):
    """A revision that is checked out. `folder`: the folder in it that corresponds to the working directory."""

    commit: str
    folder: str


def find_commit(folder: str | Path, revision: str = "HEAD") -> str | None:
    """The full name of a revision's commit; None without a repository, and for a revision that it does not have."""
    done = _run_git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return done.stdout.decode().strip() or None if done.returncode == 0 else None


def has_changes(folder: str | Path) -> bool:
    """Whether files of the repository differ from its commit; files that git does not know do not count."""
    done = _run_git(folder, "status", "--porcelain", "--untracked-files=no")
    return done.returncode == 0 and bool(done.stdout.strip())


@contextmanager
def check_out(revision: str, folder: str) -> Iterator[Revision]:
    """Check a revision out into a worktree of its own. `folder`: the working directory.

    Hooks of the repository do not run. Raises UsageError outside of a repository, and for a revision that it does not
    have; SourceError if git fails.
    """
    root = repository_root(folder)
    if root is None:
        raise UsageError("--against needs a git repository")
    commit = find_commit(root, revision)
    if commit is None:
        raise UsageError(
            f"the repository has no revision {revision}",
            hint="in GitHub Actions, check it out with `fetch-depth: 0`",
        )
    guard = subprocess.Popen(
        ["sh", "-c", GUARD, "sh", str(root), commit],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )
    assert guard.stdin is not None
    assert guard.stdout is not None
    try:
        place = os.fsdecode(guard.stdout.readline().rstrip(b"\n"))
        status = guard.stdout.readline().strip()
        if status != b"0":
            raise SourceError(f"git cannot check out {revision}: {_read_reason(place)}")
        inside = os.path.relpath(os.path.realpath(folder), root)
        yield Revision(commit, os.path.normpath(os.path.join(place, "tree", inside)))
    finally:
        guard.communicate(b"done\n")


def _read_reason(place: str) -> str:
    """The last line of git's errors."""
    try:
        with open(os.path.join(place, "errors"), encoding="utf-8", errors="replace") as stream:
            return stream.read().strip().split("\n")[-1][:200]
    except OSError:
        return "there is no temporary folder"


def _run_git(folder: str | Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *words],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SourceError(f"git cannot be run: {type(error).__name__}") from None
