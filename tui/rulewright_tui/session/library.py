"""The policies of a session: loaded at first through the cache, then as an editor needs it.

The first load is the one of `rulewright evaluate`, which reads no YAML where nothing changed. What edits need is
imported with the first change.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from rulewright.compile.loader import load
from rulewright.policy.diagnostics import PolicyError, RulewrightError
from rulewright.program.program import Program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.compile.workspace import LoadedPolicies, Workspace
    from rulewright.policy.diagnostics import Diagnostic


class Policies(NamedTuple):
    """The policies that decide, and what is wrong with the others.

    `program`: the last good one; of a broken file, its last good policies. `findings`: all findings, sorted. `broken`:
    files with errors; `kept`: those of them whose last good policies decide. `problems`: what could not be read.
    `revision`: counts the loads that changed anything, from 1.
    """

    program: Program
    findings: tuple[Diagnostic, ...] = ()
    broken: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    revision: int = 1

    @property
    def error_count(self) -> int:
        """How many errors there are."""
        return len(self.problems) + sum(finding.severity == "error" for finding in self.findings)


class Library:
    """The policies under `paths` (files or folders). For one thread at a time."""

    def __init__(self, paths: Sequence[str]) -> None:
        self.paths = tuple(paths)
        self._workspace: Workspace | None = None
        self._policies: Policies | None = None
        self._is_behind = False
        """Whether the files said something else by the time of `prepare` than what decides."""
        self._overlay: dict[str, str] = {}

    @property
    def policies(self) -> Policies:
        """The outcome of the last load. Raises RuntimeError before there is one."""
        if self._policies is None:
            raise RuntimeError("nothing is loaded")
        return self._policies

    def load_first(self) -> Policies:
        """Load through the cache; where policies have errors, those that have none.

        Raises UsageError for a path that does not exist and where there is no policy, SourceError for what cannot be
        read.
        """
        try:
            program = load(*self.paths)
        except PolicyError:
            return self.reload()
        self._policies = Policies(program, program.diagnostics)
        return self._policies

    def prepare(self) -> None:
        """Read the policies as edits need them, so that the first change is taken up as quickly as the next. The
        policies that decide stay as they are; a file that changed since they were loaded counts as changed."""
        if self._workspace is None:
            # YAML and schemas, which the first load did without.
            from rulewright.compile.workspace import Workspace

            self._workspace = Workspace(self.paths)
            try:
                loaded = self._workspace.load()
            except RulewrightError:
                self._is_behind = True  # the next load tells
            else:
                self._is_behind = self._policies is not None and not _is_same(self._policies, loaded)

    def has_changed(self) -> bool:
        """Whether a file was added, removed or written since the last load; false before `prepare`."""
        return self._workspace is not None and (self._is_behind or self._workspace.has_changed())

    def reload(self, overlay: Mapping[str, str] | None = None) -> Policies:
        """Load what changed. `overlay`: path → text that is not saved, which stays until it is given anew; None: as it
        was. What cannot be loaded is told in the outcome, with the last good program."""
        if overlay is not None:
            self._overlay = {os.path.realpath(path): text for path, text in overlay.items()}
        self.prepare()
        assert self._workspace is not None
        self._is_behind = False
        before = self._policies
        try:
            loaded = self._workspace.load(self._overlay)
        except RulewrightError as error:
            self._policies = _with_problem(before, error.message)
            return self._policies
        self._policies = _following(before, loaded)
        return self._policies


def _is_same(policies: Policies, loaded: LoadedPolicies) -> bool:
    """Whether a load found the texts that were read for these policies, each of which its policy's hash is of."""
    first, second = policies.program, loaded.program
    return (
        first.sha256 == second.sha256
        and first.config.to_json() == second.config.to_json()
        and (policies.findings, policies.problems) == (loaded.findings, loaded.problems)
    )


def _with_problem(before: Policies | None, message: str) -> Policies:
    if before is None:
        return Policies(Program((), ()), problems=(message,))
    if before.problems == (message,):
        return before
    return before._replace(problems=(message,), revision=before.revision + 1)


def _following(before: Policies | None, loaded: LoadedPolicies) -> Policies:
    if before is None:
        return Policies(*loaded)
    policies = Policies(*_keep_unread(before.program, loaded), before.revision)
    return before if policies == before else policies._replace(revision=before.revision + 1)


def _keep_unread(program: Program, loaded: LoadedPolicies) -> LoadedPolicies:
    """The same load with the program before it where a file of that program is broken that the workspace has never
    read without errors: it broke before `prepare`, and its last good policies are in that program only."""
    lost = {policy.file for policy in program.policies}.intersection(loaded.broken).difference(loaded.kept)
    if not lost:
        return loaded
    kept = tuple(path for path in loaded.broken if path in lost or path in loaded.kept)
    return loaded._replace(program=program, kept=kept)
