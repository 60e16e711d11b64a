"""Documents of a checkout, found and read. Nothing outside of the checkout is ever opened."""

from __future__ import annotations

import os
import re
import time
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import SourceError
from rulewright.policy.files import repository_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ENDINGS: Final = frozenset({".md", ".markdown", ".mdown", ".rst", ".txt", ""})
"""A `README` has none."""
MAX_FILES: Final = 2000
"""Documents that are read at most, in the order of their paths."""
MAX_BYTES: Final = 512 * 1024
"""Bytes of a document that are read; what is longer is cut."""
MAX_ENTRIES: Final = 50_000
"""Files and folders that are looked at."""

_SKIPPED: Final = frozenset({"node_modules", "vendor", "__pycache__"})
_HEADING: Final = re.compile(r"^ {0,3}#{1,6}[ \t]+(.+?)[ \t#]*$")
_UNDERLINE: Final = re.compile(r"^([=\-~^\"'#*+])\1{2,}[ \t]*$")
_FRONT: Final = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*\n", re.DOTALL)
_TITLE: Final = re.compile(r"^title:[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.MULTILINE)


class CheckoutDocument(NamedTuple):
    """`path` from the root of the checkout, with slashes; `headings` are all but the title."""

    path: str
    title: str
    headings: str
    text: str


def find_checkout(start: str = ".") -> str:
    """The root of the checkout that `start` stands in: the nearest folder with `.git`, else `start` itself."""
    return str(repository_root(start) or os.path.realpath(start))


def find_documents(root: str, patterns: Iterable[str]) -> list[CheckoutDocument]:
    """The documents under `root` that a pattern names (a folder stands for all in it), in the order of paths.

    Raises SourceError for a pattern that leads out of the checkout. Files that cannot be read are left out.
    """
    base = os.path.realpath(root)
    out = []
    for path, whole in _document_paths(base, tuple(patterns)):
        try:
            state = os.stat(whole, follow_symlinks=False)
            out.append(_read(whole, path, state.st_size, state.st_mtime_ns))
        except OSError:
            continue
    return out


class _Walk(NamedTuple):
    """What a walk found, as (path from the root, whole path), and the stamps of the folders that it looked into: a
    folder's stamp changes with each name that comes to it or goes."""

    paths: tuple[tuple[str, str], ...]
    stamps: Mapping[str, _Stamp]

    def is_current(self) -> bool:
        return all(_stamp(folder) == stamp for folder, stamp in self.stamps.items())


_Stamp = tuple[int, int, int]
_WALKS: Final[dict[tuple[str, tuple[str, ...]], _Walk]] = {}
"""(root, patterns) → the last walk: a stream asks for every event, and folders seldom change."""
_MAX_WALKS: Final = 16
_SETTLED_NS: Final = 2_000_000_000
"""Age from which a stamp is trusted: within the tick of the file system's clock, a second change would not show."""


def _stamp(folder: str) -> _Stamp | None:
    """When the folder changed (content, then attributes, in nanoseconds), and which it is; None where it is gone."""
    try:
        state = os.stat(folder)
    except OSError:
        return None
    return state.st_mtime_ns, state.st_ctime_ns, state.st_ino


def _document_paths(base: str, patterns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The documents that are read, in order: (path from the root, whole path). Raises as `find_documents` does."""
    known = _WALKS.get((base, patterns))
    if known is not None and known.is_current():
        return known.paths
    wanted = tuple(map(_pattern, patterns))
    before = time.time_ns()
    stamps: dict[str, _Stamp] = {}
    found = [
        path
        for path in _files(base, patterns, stamps)
        if PurePosixPath(path).suffix.lower() in ENDINGS
        and any(pattern.fullmatch(path) for pattern in wanted)
    ]
    paths = tuple((path, os.path.join(base, *path.split("/"))) for path in sorted(found)[:MAX_FILES])
    if len(_WALKS) >= _MAX_WALKS:
        _WALKS.clear()
    if all(max(changed, altered) < before - _SETTLED_NS for changed, altered, _ in stamps.values()):
        _WALKS[base, patterns] = _Walk(paths, stamps)
    else:
        _WALKS.pop((base, patterns), None)
    return paths


def _files(base: str, patterns: Iterable[str], stamps: dict[str, _Stamp]) -> Iterator[str]:
    """Paths of plain files below `base`, in folders that a pattern may lead into. Links are not followed, and
    hidden folders are not looked into. `stamps` takes those of the folders."""
    steps = [_steps(pattern) for pattern in patterns]
    seen = 0
    for folder, folders, names in os.walk(base):
        stamp = _stamp(folder)
        if stamp is not None:
            stamps[folder] = stamp
        above = folder[len(base) :].strip(os.sep).split(os.sep) if folder != base else []
        folders[:] = sorted(
            name
            for name in folders
            if _is_walked(name, [*above, name], steps) and not os.path.islink(os.path.join(folder, name))
        )
        prefix = "".join(f"{name}/" for name in above)
        for name in sorted(names):
            seen += 1
            if seen > MAX_ENTRIES:
                return
            whole = os.path.join(folder, name)
            if not os.path.islink(whole) and os.path.isfile(whole):
                yield prefix + name


def _is_walked(name: str, folder: list[str], steps: list[list[str]]) -> bool:
    """Whether a folder is one to look into: not hidden, and a pattern may lead there."""
    if name.startswith(".") or name in _SKIPPED:
        return False
    return any(_leads(pattern, folder) for pattern in steps)


def _steps(pattern: str) -> list[str]:
    plain = pattern.replace("\\", "/").removeprefix("./").rstrip("/")
    return plain.split("/") if plain not in ("", ".") else []


def _leads(steps: list[str], folder: list[str]) -> bool:
    """Whether the pattern may name something in the folder, or below it."""
    for name, step in zip(folder, steps, strict=False):
        if "**" in step:
            return True
        if not re.fullmatch("".join(_glob(piece) for piece in re.split(r"(\*|\?)", step)), name):
            return False
    return True


def _pattern(text: str) -> re.Pattern[str]:
    plain = text.replace("\\", "/").removeprefix("./").rstrip("/")
    if plain.startswith("/") or ".." in plain.split("/") or re.match(r"[A-Za-z]:", plain):
        raise SourceError(f"`{text[:60]}` leads out of the checkout")
    if plain in ("", "."):
        return re.compile(r".*", re.DOTALL)
    made = "".join(_glob(piece) for piece in re.split(r"(\*\*/?|\*|\?)", plain))
    # A name without a wildcard at its end may be a folder.
    return re.compile(rf"(?s:{made}(?:/.*)?)")


def _glob(piece: str) -> str:
    return {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(piece, re.escape(piece))


@lru_cache(maxsize=MAX_FILES)
def _read(whole: str, path: str, size: int, changed: int) -> CheckoutDocument:
    """The document; kept for as long as the file is the same, since a sweep asks for every issue."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(whole, flags), "rb") as stream:
        text = stream.read(MAX_BYTES).decode("utf-8", "replace")
    front = _FRONT.match(text)
    named = _TITLE.search(front[1]) if front else None
    if front:
        text = text[front.end() :]
    headings = list(_headings(text))
    title = named[1] if named else (headings.pop(0) if headings else PurePosixPath(path).stem)
    return CheckoutDocument(path, " ".join(title.split())[:200], "\n".join(headings), text)


def _headings(text: str) -> Iterator[str]:
    before, code = "", False
    for line in text.splitlines():
        if line.lstrip().startswith(("```", "~~~")):
            code = not code
        elif not code:
            if found := _HEADING.match(line):
                yield found[1]
            elif before.strip() and _UNDERLINE.match(line) and len(line.rstrip()) >= min(len(before), 3):
                yield before.strip()
        before = line
