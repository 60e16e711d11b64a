"""The files that a scan reads (in a checkout, those that git lists), and how their text is read.

The checkout's git configuration is not trusted (`policy/private_git.py`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import UsageError
from rulewright.policy.files import repository_root
from rulewright.policy.private_git import (
    find_git_folder,
    git_environment,
    is_regular_file,
    prepare_private_folder,
)
from rulewright.program.glob import GlobError, glob_matcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

WINDOW: Final = 16 << 20
"""Maximum bytes in memory. Larger files are read in parts that end at a line end."""
SKIPPED: Final = frozenset({".git", ".hg", ".svn", ".venv", "venv", "node_modules", "__pycache__"})
MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def scanned_files(place: str) -> list[str]:
    """The file itself (`-`: standard input), or the files below a folder, sorted."""
    if place == "-" or not os.path.isdir(place):
        return [place]
    tracked = of_git(place)
    return sorted(tracked if tracked is not None else of_folder(place))


def of_git(folder: str) -> list[str] | None:
    """The files that git tracks or would track; None outside a checkout, or without git."""
    names = listed_files(folder)
    if names is None:
        return None
    files = (os.path.join(folder, name) if folder != "." else name for name in names)
    return [file for file in files if os.path.isfile(file) and not os.path.islink(file)]


def of_folder(folder: str) -> Iterator[str]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in SKIPPED]
        for name in files:
            path = os.path.join(root, name)
            if os.path.isfile(path) and not os.path.islink(path):
                yield path


def is_excluded(file: str, globs: Sequence[str]) -> bool:
    """Whether one of the globs matches the file. Raises UsageError for an invalid glob."""
    name = file.replace(os.sep, "/").removeprefix("./")
    try:
        return any(glob_matcher(glob)(name) for glob in globs)
    except GlobError as error:
        raise UsageError(f"invalid `path:` in the allow file: {error}") from None


def is_binary(first: bytes) -> bool:
    """Whether the beginning of a file is binary data."""
    return b"\0" in first and not first.startswith((b"\xff\xfe", b"\xfe\xff"))


def opened_texts(stream: BinaryIO) -> Iterator[str]:
    """The text of a file, in parts of at most `WINDOW` bytes that end at a line end."""
    data = stream.read(WINDOW)
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "utf-8")
    while data:
        more = stream.read(WINDOW)
        cut = len(data)
        if more and encoding != "utf-16":
            cut = data.rfind(b"\n") + 1 or cut
        yield data[:cut].decode(encoding, "replace")
        data = data[cut:] + more
        if encoding == "utf-8-sig":
            encoding = "utf-8"


SECONDS: Final = 60.0
"""Timeout of git in seconds. It can block, for example if an ignore file is a pipe without a writer."""
_LIST: Final = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")


def listed_files(folder: str) -> list[str] | None:
    """The paths, relative to `folder`, of the files that git tracks or would track. None outside a checkout, without
    git, or if git cannot read the index."""
    root = repository_root(folder)
    program = shutil.which("git")
    if root is None or program is None or not os.path.isabs(program):
        return None
    repository = find_git_folder(root)
    with TemporaryDirectory(prefix="rulewright-") as private:
        prepare_private_folder(private, repository)
        index = os.path.join(repository, "index")
        words = [program, "--git-dir", private, "--work-tree", str(root), *_LIST]
        try:
            done = subprocess.run(
                words,
                cwd=folder,
                env=git_environment(
                    GIT_INDEX_FILE=os.path.realpath(
                        index if is_regular_file(index) else os.path.join(private, "index")
                    )
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
