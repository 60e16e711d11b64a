"""What `rulewright init` puts into a repository, and what stands there already.

The policies, schemas and events are those that travel with the package; the rest is in `examples/starter`.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright import __version__
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.files import data_folder, read_bytes

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["PARTS", "Standing", "Starter", "place", "standing", "starters"]

PARTS: Final = {
    "policies": "the shipped triage and grooming, each with its tests",
    "config": "rulewright.yaml",
    "labels": "labels.yml: every label that the policies use",
    "schemas": "for completion in editors",
    "forms": "issue forms that ask for what triage looks for",
    "workflows": "triage, grooming, the review of policies, and a configuration for zizmor",
    "events": "examples that the review of policies plans for",
}
"""Part of what is written → what it is. `--only` takes these names."""

POLICIES: Final = ("common", "triage", "grooming")
EVENTS: Final = ("issue-opened", "issue-complete", "issue-labeled", "issue-comment-created", "schedule-issue")
VERSION: Final = b"@VERSION@"
"""Stands in the workflows for the version that writes them, which is the version that they install."""

Status = Literal["new", "same", "differs", "kept"]


class Starter(NamedTuple):
    """One file to be written: its part, its path below the repository's root, its bytes."""

    part: str
    path: PurePosixPath
    data: bytes


class Standing(NamedTuple):
    """What stands at a starter's path: `new` nothing, `same` the same bytes, `differs` other bytes, `kept`
    something that is no plain file or cannot be reached without leaving the repository. `there` holds the bytes
    of a file that differs, `why` the reason for `kept`."""

    starter: Starter
    status: Status
    there: bytes = b""
    why: str = ""


def starters(parts: Collection[str] = PARTS) -> list[Starter]:
    """Every file of these parts, sorted by path. Raises SourceError for a broken installation."""
    return sorted((one for one in _all() if one.part in parts), key=lambda one: one.path.parts)


def _all() -> Iterator[Starter]:
    rules, schemas, examples = data_folder("rules"), data_folder("schemas"), data_folder("examples")
    for name in POLICIES:
        yield from _folder("policies", rules / name, f"rules/{name}")
    yield from _folder("schemas", schemas, "schemas")
    for name in EVENTS:
        yield _file("events", examples / "events" / f"{name}.json", f"examples/events/{name}.json")
    own = examples / "starter"
    yield _file("config", own / "rulewright.yaml", "rulewright.yaml")
    yield _file("labels", own / "labels.yml", "labels.yml")
    yield from _folder("forms", own / "issue-forms", ".github/ISSUE_TEMPLATE")
    for found in _folder("workflows", own / "workflows", ".github/workflows"):
        yield found._replace(data=found.data.replace(VERSION, __version__.encode()))
    yield _file("workflows", own / "zizmor.yml", ".github/zizmor.yml")


def _folder(part: str, folder: Path, target: str) -> Iterator[Starter]:
    """The YAML and JSON files below a folder."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".yaml", ".yml", ".json") and path.is_file():
            yield _file(part, path, f"{target}/{path.relative_to(folder).as_posix()}")


def _file(part: str, path: Path, target: str) -> Starter:
    return Starter(part, PurePosixPath(target), read_bytes(path))


def standing(folder: Path, starter: Starter) -> Standing:
    """What stands at this path below `folder`. Raises SourceError for a file that cannot be read."""
    path = folder / starter.path
    outside = _outside(folder, path)
    if outside is not None:
        return Standing(starter, "kept", why=outside)
    if not os.path.lexists(path):
        return Standing(starter, "new")
    if not path.is_file():
        return Standing(starter, "kept", why="there is something that is no file")
    there = read_bytes(path)
    return Standing(starter, "same") if there == starter.data else Standing(starter, "differs", there)


def _outside(folder: Path, path: Path) -> str | None:
    """Why a file may not be written here: a parent is a file, or a link leads out of the repository."""
    root = os.path.realpath(folder)
    for above in reversed(path.relative_to(folder).parents[:-1]):
        here = folder / above
        if os.path.lexists(here) and not here.is_dir():
            return f"{above.as_posix()} is no folder"
        if os.path.commonpath((root, os.path.realpath(here))) != root:
            return f"{above.as_posix()} leads out of the repository"
    return None


def place(folder: Path, starter: Starter) -> bool:
    """Write a file where nothing stands; False when something came there meanwhile, which stays as it is.

    Raises SourceError when it cannot be written; then nothing is left half-written.
    """
    path = folder / starter.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = open(path, "xb")  # noqa: SIM115 — closed below; `x` never opens what is there
    except FileExistsError:
        return False
    except OSError as error:
        raise SourceError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        with stream:
            stream.write(starter.data)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise SourceError(
            f"cannot write {path}: {error.strerror or error}", hint="nothing was left half-written"
        ) from error
    return True
