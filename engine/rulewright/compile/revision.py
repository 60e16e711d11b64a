"""Policies as they are in a revision of the git repository, with their libraries, label file and configuration.

Nothing is checked out, no hook or filter runs, and no program that the repository's configuration names: git lists and
prints the files of the revision, which are read from a private folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.compile.workspace import LoadedPolicies, Workspace
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.files import repository_root
from rulewright.policy.private_git import (
    find_git_folder,
    git_environment,
    link_revisions,
    prepare_private_folder,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.json_types import Json

SECONDS: Final = 60.0
"""After this git is given up."""
ENDINGS: Final = (".yaml", ".yml", ".json")
MOST_FILES: Final = 20_000
MOST_BYTES: Final = 6 << 20
"""Bytes of a file that are taken, somewhat over what the reader of policies accepts."""


class RevisionPolicies(NamedTuple):
    """The policies of a revision. `commit`: its full name; `loaded`: as a workspace loads them, with the paths of the
    working tree."""

    commit: str
    loaded: LoadedPolicies


def load_revision(paths: Sequence[str | os.PathLike[str]], revision: str) -> RevisionPolicies:
    """The policies under `paths` (files or folders of one repository) as they are in `revision`.

    Raises UsageError where the paths are in no repository, and for an unknown revision or a path that it does not have;
    SourceError where git is not installed or cannot read the repository.
    """
    names = [os.path.realpath(path) for path in paths] or [os.getcwd()]
    root = repository_root(names[0])
    if root is None:
        raise UsageError(f"{os.fspath(paths[0]) if paths else '.'} is not in a git repository")
    relative = [_path_in(root, name) for name in names]
    with TemporaryDirectory(prefix="rulewright-") as scratch:
        git = _Git(root, scratch)
        commit = git.find_commit(revision)
        tree = Path(os.path.realpath(scratch)) / "tree"
        (tree / ".git").mkdir(parents=True)  # the end of the search for a configuration
        git.write_files(commit, tree, relative)
        for path, name in zip(paths or (".",), relative, strict=True):
            if not os.path.exists(tree / name):
                raise UsageError(
                    f"{os.fspath(path)} is not in {revision}",
                    hint="if the change adds it, compare with the revision only after the change is merged",
                )
        loaded = Workspace([tree / name for name in relative]).load()
    return RevisionPolicies(commit, _with_paths(loaded, _renamer(str(tree), root)))


def _path_in(root: Path, name: str) -> str:
    try:
        return str(PurePosixPath(Path(name).relative_to(root)))
    except ValueError:
        raise UsageError(f"{name} is outside the repository {root}") from None


class _Git:
    """Asks git about a repository, through a private folder."""

    def __init__(self, root: Path, scratch: str) -> None:
        program = shutil.which("git")
        if program is None or not os.path.isabs(program):
            raise SourceError("git is not installed", hint="install git to read policies of a revision")
        private = os.path.join(scratch, "git")
        os.mkdir(private)
        repository = find_git_folder(root)
        prepare_private_folder(private, repository)
        link_revisions(private, repository)
        self._words = [program, "--git-dir", private]
        self._folder = scratch

    def find_commit(self, revision: str) -> str:
        """The full name of a commit. Raises UsageError."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        done = self._run(*words) if "\0" not in revision else None
        if done is None or done.returncode:
            raise UsageError(
                f"unknown revision {revision[:80]!r}",
                hint="use a branch, a tag or a commit of this repository",
            )
        return done.stdout.decode().strip()

    def write_files(self, commit: str, tree: Path, wanted: Sequence[str]) -> None:
        """Write the YAML and JSON files of a commit, and those that are wanted by name, below `tree`."""
        blobs = [
            (name, place)
            for name, path in self._list_files(commit)
            if (path.endswith(ENDINGS) or path in wanted) and (place := _place_below(tree, path)) is not None
        ][:MOST_FILES]
        request = b"".join(name.encode() + b"\n" for name, _ in blobs)
        done = self._run("cat-file", "--batch", "--buffer", given=request)
        if done.returncode:
            raise _unreadable(done.stderr)
        position = 0
        for name, place in blobs:
            end = done.stdout.index(b"\n", position)
            header = done.stdout[position:end].split()
            if header[0] != name.encode() or len(header) != 3:
                raise _unreadable(done.stdout[position:end])
            position = end + 1 + int(header[2]) + 1
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(done.stdout[end + 1 : min(position - 1, end + 1 + MOST_BYTES)])

    def _list_files(self, commit: str) -> Iterator[tuple[str, str]]:
        """(name of the object, path) of each regular file. Links and submodules are left out."""
        done = self._run("ls-tree", "-r", "-z", "--full-tree", commit)
        if done.returncode:
            raise _unreadable(done.stderr)
        for entry in done.stdout.split(b"\0"):
            head, _, path = entry.partition(b"\t")
            if head.startswith((b"100644 ", b"100755 ", b"100664 ")):
                yield head.split()[2].decode(), os.fsdecode(path)

    def _run(self, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        try:
            return subprocess.run(
                [*self._words, *words],
                cwd=self._folder,
                env=git_environment(GIT_NO_LAZY_FETCH="1", GIT_NO_REPLACE_OBJECTS="1"),
                input=given,
                capture_output=True,
                check=False,
                timeout=SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired, ValueError) as error:
            raise SourceError(f"git cannot be run: {type(error).__name__}") from error


def _unreadable(message: bytes) -> SourceError:
    text = message.decode("utf-8", "replace").strip()[:200]
    return SourceError(f"git cannot read the revision: {text}")


def _place_below(tree: Path, path: str) -> Path | None:
    """Where a file of a commit is written; None for a path that git itself would refuse."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        return None
    return tree.joinpath(*parts)


def _renamer(tree: str, root: Path) -> Callable[[str], str]:
    """Turns paths of the private folder into those of the working tree, in names and in messages."""
    shown = os.path.relpath(root)
    here = "" if shown == "." else str(root) + os.sep if shown.startswith("..") else shown + os.sep

    def rename(text: str) -> str:
        return text.replace(tree + os.sep, here).replace(tree, str(root))

    return rename


def _with_paths(loaded: LoadedPolicies, rename: Callable[[str], str]) -> LoadedPolicies:
    def rename_finding(finding: Diagnostic) -> Diagnostic:
        return finding._replace(
            message=rename(finding.message),
            span=finding.span._replace(file=rename(finding.span.file)),
            hint=None if finding.hint is None else rename(finding.hint),
        )

    program = loaded.program
    renamed = program.with_policies(
        tuple(policy._replace(file=rename(policy.file)) for policy in program.policies),
        Config({key: _rename_texts(value, rename) for key, value in program.config.to_json().items()}),
    )
    renamed.diagnostics = tuple(map(rename_finding, program.diagnostics))
    return LoadedPolicies(
        renamed,
        tuple(map(rename_finding, loaded.findings)),
        tuple(map(rename, loaded.broken)),
        tuple(map(rename, loaded.kept)),
        tuple(map(rename, loaded.problems)),
    )


def _rename_texts(value: Json, rename: Callable[[str], str]) -> Json:
    """A value of the configuration, whose paths were joined to the folder of its file."""
    if isinstance(value, str):
        return rename(value)
    if isinstance(value, list):
        return [_rename_texts(item, rename) for item in value]
    if isinstance(value, dict):
        return {key: _rename_texts(item, rename) for key, item in value.items()}
    return value
