"""Which files a command reads: policies, their tests, and the data folders that travel with the package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import SourceError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_ENDINGS: Final = (".yaml", ".yml")
_TEST_ENDINGS: Final = (".test.yaml", ".test.yml")
_NEVER_ENTERED: Final = frozenset(("node_modules", "__pycache__"))
_NEVER_POLICIES: Final = frozenset(("rulewright.yaml", "rulewright.yml"))


def repository_root(start: str | Path) -> Path | None:
    """The nearest folder, `start` or above it, that has a `.git`; None where there is none."""
    real = Path(os.path.realpath(start))
    return next((folder for folder in (real, *real.parents) if os.path.lexists(folder / ".git")), None)


def policy_files(paths: Iterable[str | Path]) -> list[Path]:
    """The policy files under `paths`, each once, in the order of `paths` and sorted within a folder.

    A folder gives its `*.yaml` and `*.yml`, recursively, without `*.test.yaml`, without `rulewright.yaml` and
    without hidden folders. A file that is named is taken whatever its ending. Raises UsageError for a path
    that does not exist, SourceError for a folder that cannot be read.
    """
    return _collect(paths, _is_policy)


def test_files(paths: Iterable[str | Path]) -> list[Path]:
    """The policy tests (`*.test.yaml`, `*.test.yml`) under `paths`; for a policy, the test beside it.

    A named test file is taken as it is. Raises as `policy_files` does.
    """
    wanted: list[str | Path] = []
    for path in paths:
        given = Path(path)
        if os.path.isdir(given) or not os.path.exists(given) or given.name.endswith(_TEST_ENDINGS):
            wanted.append(path)
        else:
            wanted += [
                beside for end in _TEST_ENDINGS if os.path.isfile(beside := given.with_name(given.stem + end))
            ]
    return _collect(wanted, lambda name: name.endswith(_TEST_ENDINGS))


def document_files(paths: Iterable[str | Path]) -> list[Path]:
    """Every YAML and JSON file under `paths`: policies, tests, configurations and all else. Raises as
    `policy_files`."""
    return _collect(paths, lambda name: name.endswith((*_ENDINGS, ".json")))


# pytest would take the name of this function for a test of its own.
test_files.__test__ = False  # type: ignore[attr-defined]


def _is_policy(name: str) -> bool:
    return name.endswith(_ENDINGS) and not name.endswith(_TEST_ENDINGS) and name not in _NEVER_POLICIES


def _collect(paths: Iterable[str | Path], wanted: Callable[[str], bool]) -> list[Path]:
    found: dict[str, Path] = {}
    for path in paths:
        given = Path(path)
        for file in _under(given, wanted) if os.path.isdir(_exists(given)) else (given,):
            found.setdefault(os.path.realpath(file), file)
    return list(found.values())


def _exists(path: Path) -> Path:
    """`path`, when it exists. A dangling link and a loop of links count as missing."""
    try:
        path.stat()
    except PermissionError as error:
        raise SourceError(f"cannot read {path}: {error.strerror}") from None
    except (OSError, ValueError):
        near = similar(path)
        raise UsageError(f"{path} does not exist", hint=f"did you mean {near}?" if near else None) from None
    return path


def _under(folder: Path, wanted: Callable[[str], bool]) -> Iterator[Path]:
    """Files below `folder`, sorted by path. Links to folders are followed, each real folder once."""
    entered: set[str] = set()
    todo = [folder]
    found: list[Path] = []
    while todo:
        here = todo.pop()
        real = os.path.realpath(here)
        if real in entered:
            continue
        entered.add(real)
        try:
            names = sorted(os.listdir(here))
        except OSError as error:
            raise SourceError(f"cannot read the folder {here}: {error.strerror}") from None
        for name in names:
            path = here / name
            if os.path.isdir(path):
                if not name.startswith(".") and name not in _NEVER_ENTERED:
                    todo.append(path)
            elif wanted(name) and os.path.isfile(path):
                found.append(path)
    return iter(sorted(found))


def similar(path: Path) -> Path | None:
    """The nearest existing path: same folder, a similar name; or the same name with the other YAML ending."""
    import difflib

    try:
        names = os.listdir(path.parent)
    except (OSError, ValueError):
        return None
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return path.parent / near[0] if near else None


def data_folder(name: str) -> Path:
    """The folder "schemas", "rules" or "examples", of the checkout or inside the installed package.

    Raises SourceError when neither is there, which is a broken installation.
    """
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "_data" / name, package.parent.parent / name):
        if folder.is_dir():
            return folder
    raise SourceError(f"the folder {name} of this installation is missing", hint="install rulewright again")
