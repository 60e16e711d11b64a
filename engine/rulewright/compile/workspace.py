"""Policies that are being edited: loaded again and again, from files and from text that is not saved.

Only files that changed are read and compiled again. A file with errors costs its own policies: the others decide, and
of a file that had none before, the last good policies go on deciding.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.compile.compiler import PolicyUnit, compile_policy, link_policies
from rulewright.compile.loader import merge_findings
from rulewright.policy.canonical import digest
from rulewright.policy.config import Config
from rulewright.policy.config_reader import find_config, load_config
from rulewright.policy.diagnostics import SourceError, ordered
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import policy_files
from rulewright.policy.policy_reader import check_library, find_duplicate_names, read_policy_file
from rulewright.program.paths import PathTable
from rulewright.program.program import Program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.model import Policy
    from rulewright.policy.policy_reader import PolicyFile

Stamp = tuple[int, int, int] | bytes | None
"""What distinguishes two states of a file: inode, size and time of change, or the text that is not saved. None: no
file."""

SPARE_PATHS: Final = 5_000
"""The table of interned paths is made anew when it has so many more than after the first load; edits leave some."""


class LoadedPolicies(NamedTuple):
    """The outcome of a load.

    `program`: the policies that decide. `findings`: all of them, sorted. `broken`: the files with errors; `kept`: those
    of them whose last good policies decide. `problems`: why files could not be read.
    """

    program: Program
    findings: tuple[Diagnostic, ...] = ()
    broken: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def error_count(self) -> int:
        """How many errors there are."""
        return len(self.problems) + sum(finding.severity == "error" for finding in self.findings)


class _ReadFile(NamedTuple):
    """A policy file as it was read, the stamps of all files that it was made of, and its compiled policies.

    `is_settled`: it stays as it is until one of those files changes; an include that was not found may appear.
    """

    file: PolicyFile
    stamps: Mapping[str, Stamp]
    units: tuple[PolicyUnit, ...]
    is_settled: bool


class _ReadConfig(NamedTuple):
    """The configuration as it was read, and the stamps of its files. `config` is None where it has errors."""

    config: Config | None
    findings: tuple[Diagnostic, ...]
    stamps: Mapping[str, Stamp]


class Workspace:
    """The policies under `paths` (files or folders), as an editor works on them. For one thread at a time."""

    def __init__(self, paths: Sequence[str | os.PathLike[str]]) -> None:
        self.paths = tuple(os.fspath(path) for path in paths)
        self._files: dict[str, _ReadFile] = {}
        self._good: dict[str, tuple[PolicyUnit, ...]] = {}
        self._libraries: dict[str, tuple[Stamp, tuple[Diagnostic, ...]]] = {}
        self._config: _ReadConfig | None = None
        self._good_config = Config()
        self._table = PathTable()
        self._first_size = 0
        self._seen: dict[str, Stamp] = {}
        self._overlay: dict[str, bytes] = {}
        self._last: LoadedPolicies | None = None

    def has_changed(self) -> bool:
        """Whether a file was added, removed or written since the last load. Looks at names and times only."""
        return self._seen != self._look()

    def load(self, overlay: Mapping[str, str] | None = None) -> LoadedPolicies:
        """Load what changed since the last load. `overlay`: path → text that is not saved.

        Raises UsageError for a path that does not exist, SourceError for a folder that cannot be read.
        """
        self._overlay = {
            os.path.realpath(path): text.encode("utf-8", "surrogatepass")
            for path, text in (overlay or {}).items()
        }
        seen = self._look()
        config = self._load_config()
        if self._first_size and len(self._table.asts) > self._first_size + SPARE_PATHS:
            self._compile_anew(config)
        problems: list[str] = []
        files: dict[str, _ReadFile] = {}
        for path in policy_files(self.paths):
            try:
                files[str(path)] = self._load_file(path, config)
            except SourceError as error:
                problems.append(error.message)
        is_same = self._last is not None and not problems and _are_same(files, self._files)
        self._files = files
        self._first_size = self._first_size or len(self._table.asts)
        # What was read for the first time counts as it was then: a change since is noticed.
        self._seen = {**self._read_stamps(), **seen}
        if self._last is None or not is_same:
            self._last = self._link(files, config, problems)
        return self._last

    def _link(self, files: Mapping[str, _ReadFile], config: Config, problems: list[str]) -> LoadedPolicies:
        units = [unit for read in files.values() for unit in read.units]
        program, meaning = link_policies(units, self._table, config)
        shape = [finding for read in files.values() for finding in read.file.findings]
        shape += self._check_libraries(files)
        shape += find_duplicate_names(unit.policy for unit in units)
        assert self._config is not None
        findings = ordered((*merge_findings(ordered(shape), meaning), *self._config.findings))
        broken = _broken_files(files, findings)
        kept = self._remember_good(files, broken)
        if broken:
            names = {
                unit.policy.name for path, read in files.items() if path not in broken for unit in read.units
            }
            units = []
            for path, read in files.items():
                units += read.units if path not in broken else ()
                units += [unit for unit in kept.get(path, ()) if unit.policy.name not in names]
            compiled = tuple(unit.compiled for unit in units)
            program = Program(
                compiled,
                tuple(self._table.asts),
                sha256=digest([[policy.name, policy.sha256] for policy in compiled]),
                config=config,
            )
        program.diagnostics = tuple(finding for finding in findings if finding.severity != "error")
        return LoadedPolicies(program, findings, tuple(broken), tuple(kept), tuple(problems))

    def _remember_good(
        self, files: Mapping[str, _ReadFile], broken: Iterable[str]
    ) -> dict[str, tuple[PolicyUnit, ...]]:
        """The last good policies of broken files, after those of the others are remembered."""
        good = {path: read.units for path, read in files.items() if path not in broken}
        kept = {path: units for path in broken if (units := self._good.get(path))}
        self._good = {**kept, **good}
        return kept

    def _load_config(self) -> Config:
        """The configuration; the last good one where it has errors. With another one everything is compiled anew."""
        place = self._config_place()
        read = self._config
        if read is None or place not in read.stamps or not self._is_current(read.stamps):
            stamps: dict[str, Stamp] = {place: self._stamp(place)}
            config, findings, _ = load_config(self._start, self._reader(stamps))
            self._config, self._last = _ReadConfig(config, findings, stamps), None
            if config is not None and config.to_json() != self._good_config.to_json():
                self._good_config = config
                self._compile_anew(config)
        return self._good_config

    @property
    def _start(self) -> str:
        return self.paths[0] if self.paths else "."

    def _config_place(self) -> str:
        """Where the configuration is; empty where there is none."""
        found = find_config(self._start)
        return "" if found is None else str(found)

    def _load_file(self, path: Path, config: Config) -> _ReadFile:
        known = self._files.get(str(path))
        if known is not None and known.is_settled and self._is_current(known.stamps):
            return known
        stamps: dict[str, Stamp] = {}
        file = read_policy_file(path, self._reader(stamps))
        has_includes = not any(finding.code.startswith("RW14") for finding in file.findings)
        return _ReadFile(file, stamps, self._compile(file.policies, config), has_includes)

    def _compile(self, policies: Iterable[Policy], config: Config) -> tuple[PolicyUnit, ...]:
        return tuple(compile_policy(policy, self._table, config) for policy in policies)

    def _compile_anew(self, config: Config) -> None:
        """Compile what was read into a new table of paths."""
        self._table, self._first_size, self._last = PathTable(), 0, None
        files = {
            path: read._replace(units=self._compile(read.file.policies, config))
            for path, read in self._files.items()
        }
        for path, units in self._good.items():
            policies = tuple(unit.policy for unit in units)
            is_current = path in files and files[path].file.policies == policies
            self._good[path] = files[path].units if is_current else self._compile(policies, config)
        self._files = files

    def _check_libraries(self, files: Mapping[str, _ReadFile]) -> Iterator[Diagnostic]:
        libraries = {library for read in files.values() for library in read.file.libraries}
        current: dict[str, tuple[Stamp, tuple[Diagnostic, ...]]] = {}
        for library in libraries:
            name = str(library)
            stamp = self._stamp(name)
            known = self._libraries.get(name)
            if known is None or known[0] != stamp:
                known = stamp, tuple(check_library(library, self._read(library)))
            current[name] = known
            yield from known[1]
        self._libraries = current

    def _reader(self, stamps: dict[str, Stamp]) -> Callable[[Path], bytes]:
        """Reads files, and notes the stamp that each had before it was read."""

        def read(path: Path) -> bytes:
            stamps.setdefault(str(path), self._stamp(str(path)))
            return self._read(path)

        return read

    def _read(self, path: Path) -> bytes:
        text = self._overlay.get(os.path.realpath(path)) if self._overlay else None
        return read_bytes(path) if text is None else text

    def _is_current(self, stamps: Mapping[str, Stamp]) -> bool:
        return all(self._stamp(path) == stamp for path, stamp in stamps.items())

    def _stamp(self, path: str) -> Stamp:
        text = self._overlay.get(os.path.realpath(path)) if self._overlay else None
        return _stamp_file(path) if text is None else text

    def _look(self) -> dict[str, Stamp]:
        """The stamps on disk of the files under the paths, of the configuration, and of what was read besides."""
        seen: dict[str, Stamp] = {}
        for path in self.paths:
            seen.update(_stamp_tree(path))
        for name in (*self._read_stamps(), self._config_place()):
            if name not in seen:
                seen[name] = _stamp_file(name)
        return seen

    def _read_stamps(self) -> dict[str, Stamp]:
        """The stamps of all files that were read; those on disk for text that is not saved."""
        stamps = dict(self._config.stamps if self._config is not None else ())
        for read in self._files.values():
            stamps.update(read.stamps)
        return {
            name: _stamp_file(name) if isinstance(stamp, bytes) else stamp for name, stamp in stamps.items()
        }


def _are_same(files: Mapping[str, _ReadFile], others: Mapping[str, _ReadFile]) -> bool:
    return list(files) == list(others) and all(read is others[path] for path, read in files.items())


def _broken_files(files: Mapping[str, _ReadFile], findings: Iterable[Diagnostic]) -> dict[str, None]:
    """The files with errors in themselves or in a library that they include, in order."""
    places = {finding.span.file for finding in findings if finding.severity == "error"}
    return {
        path: None
        for path, read in files.items()
        if path in places or any(str(library) in places for library in read.file.libraries)
    }


def _stamp_file(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _stamp_tree(root: str) -> Iterator[tuple[str, Stamp]]:
    """The stamps of the YAML files under a path, or of the file that it is."""
    if not os.path.isdir(root):
        yield root, _stamp_file(root)
        return
    entered: set[tuple[int, int]] = set()
    pending = [root]
    while pending:
        folder = pending.pop()
        try:
            found = os.stat(folder)
            entries = list(os.scandir(folder))
        except OSError:
            continue
        if (found.st_dev, found.st_ino) in entered:
            continue
        entered.add((found.st_dev, found.st_ino))
        for entry in entries:
            if entry.name.startswith(".") or entry.name in ("node_modules", "__pycache__"):
                continue
            try:
                if entry.is_dir():
                    pending.append(entry.path)
                elif entry.name.endswith((".yaml", ".yml")):
                    stat = entry.stat()
                    yield entry.path, (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            except OSError:
                yield entry.path, None
