"""Test files → cases, each with its policy's program."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rulewright.compile.loader import load
from rulewright.policy.case_checks import check_cases
from rulewright.policy.diagnostics import PolicyError, RulewrightError, has_errors, ordered
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.suggestions import nearest
from rulewright.testing.model import Case

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.program.program import Program


@dataclass(frozen=True, slots=True)
class TestFile:
    """One document of a test file. `program` is None where its policy does not load.

    `policy` is as written. With errors among the diagnostics the cases must not be run.
    """

    # pytest would take the name for a test of its own.
    __test__ = False

    file: str
    policy: str
    cases: tuple[Case, ...]
    program: Program | None
    diagnostics: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Library:
    """Programs by policy file, each loaded once. `unloaded` collects what is wrong with those that do not load.

    A test says what a policy does once it is enforced, and has been for long: `mode: observe` and
    `execution.enforce_since` are left out.
    """

    programs: dict[str, Program | None] = field(default_factory=dict)
    unloaded: list[Diagnostic] = field(default_factory=list)

    def program(self, path: Path) -> Program | None:
        """The program of one policy file alone; None when it does not load. Raises SourceError."""
        key = os.path.realpath(path)
        if key not in self.programs:
            try:
                self.programs[key] = _enforce(load(path))
            except PolicyError as error:
                self.programs[key] = None
                self.unloaded.extend(error.diagnostics)
        return self.programs[key]


def _enforce(program: Program) -> Program:
    policies = tuple(policy._replace(mode="enforce") for policy in program.policies)
    return program.with_policies(policies, config=program.config.without_enforcement_date())


def read_tests(path: Path, library: Library) -> tuple[TestFile, ...]:
    """Every PolicyTest of a file. A file that cannot be read as YAML is one without cases. Raises SourceError."""
    return read_test_text(path, read_bytes(path), library)


def read_test_text(path: Path, data: bytes, library: Library) -> tuple[TestFile, ...]:
    """As `read_tests`, with `data` for what the file holds: it need not be on disk."""
    documents, findings = read_documents(str(path), data)
    if not documents:
        return (TestFile(str(path), "", (), None, findings),)
    return tuple(_read(document, findings, library) for document in documents)


def _read(document: Document, findings: tuple[Diagnostic, ...], library: Library) -> TestFile:
    data: dict[str, Any] = document.mapping
    found = [*findings, *check_document(document, "test")]
    if data.get("kind") != "PolicyTest":
        return TestFile(document.file, "", (), None, ordered(found))
    found += check_cases(document)
    policy = data.get("policy")
    if has_errors(found) or not isinstance(policy, str):
        return TestFile(document.file, str(policy or ""), (), None, ordered(found))
    program = _load_program(policy, document, found, library)
    cases = tuple(Case(body["id"], number, body, document) for number, body in enumerate(data["cases"]))
    return TestFile(document.file, policy, cases, program, ordered(found))


def _load_program(
    reference: str, document: Document, findings: list[Diagnostic], library: Library
) -> Program | None:
    """The program that `policy: file.yaml#name` of a test file names; None where it does not load."""
    file, _, name = reference.partition("#")
    try:
        program = library.program(Path(os.path.normpath(Path(document.file).parent / file)))
    except RulewrightError as error:
        findings.append(document.diagnostic("RW608", error.message, ("policy",), hint=error.hint))
        return None
    if program is None or not name:
        return program
    names = [policy.name for policy in program.policies]
    if name not in names:
        near = nearest(name, names)
        hint = f"did you mean `{near}`?" if near else f"it has {', '.join(names)}"
        message = f"{file} has no policy `{name}`"
        findings.append(document.diagnostic("RW608", message, ("policy",), hint=hint))
    return program.with_policies(tuple(policy for policy in program.policies if policy.name == name))
