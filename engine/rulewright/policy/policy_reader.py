"""Policy files → policies: the whole way from bytes, with everything that is wrong with them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.diagnostics import ordered
from rulewright.policy.document import read_documents
from rulewright.policy.files import policy_files, read_bytes
from rulewright.policy.include import resolve_includes
from rulewright.policy.json_schema.bundled_schema import BY_KIND
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.policy_parser import KIND_NAMES, parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.model import Policy

API: Final = "rulewright/"


def is_ours(data: Any) -> bool:
    """Whether a document says that it is one of ours: by `apiVersion`, or by one of our kinds without any."""
    if not isinstance(data, dict):
        return False
    version = data.get("apiVersion")
    if isinstance(version, str):
        return version.casefold().startswith(API)
    return "apiVersion" not in data and data.get("kind") in BY_KIND


def schema_for(data: dict[str, Any]) -> str:
    """The name of the schema that one of our documents must fit. An unknown kind is held against the
    policies."""
    kind = data.get("kind")
    return BY_KIND.get(kind, "policy") if isinstance(kind, str) else "policy"


def read_policies(
    paths: Iterable[str | Path],
) -> tuple[tuple[Policy, ...], tuple[Diagnostic, ...], tuple[tuple[str, str], ...]]:
    """Every policy under `paths` (files or folders), what is wrong with them, and (path, SHA-256) of all
    that was read.

    Files without a document of ours are passed over. A policy with broken parts is returned without them,
    so that the rest can still be checked. Raises UsageError for a path that does not exist, SourceError for
    what cannot be read.
    """
    reading = Reading()
    for file in policy_files(paths):
        reading.file(file)
    reading.repeated_names()
    return tuple(reading.policies), ordered(reading.findings), tuple(reading.read.items())


class Reading:
    """One run over many files. A file is read once; a library that many policies include is checked once."""

    def __init__(self) -> None:
        self.policies: list[Policy] = []
        self.findings: list[Diagnostic] = []
        self.read: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.checked: set[str] = set()

    def bytes_of(self, path: Path) -> bytes:
        name = str(path)
        if name not in self.contents:
            self.contents[name] = read_bytes(path)
            self.read[name] = sha256(self.contents[name]).hexdigest()
        return self.contents[name]

    def file(self, path: Path) -> None:
        data = self.bytes_of(path)
        documents, findings = read_documents(str(path), data)
        ours = [document for document in documents if is_ours(document.data)]
        # another tool's file is not ours to find fault with, unless it was meant to be one of ours
        if ours or API.encode() in data:
            self.findings.extend(findings)
        for document in ours:
            if schema_for(document.data) == "policy":
                self.document(document)
        self.checked.add(str(path))

    def document(self, document: Document) -> None:
        self.findings.extend(check_document(document, "policy"))
        if document.data.get("kind") not in KIND_NAMES:
            return
        included = None
        if "include" in document.data:
            included, findings, files = resolve_includes(document, self.bytes_of)
            self.findings.extend(findings)
            for library in files:
                self.library(library)
        policy, findings = parse_policy(document, included)
        self.findings.extend(findings)
        if policy is not None:
            self.policies.append(policy)

    def library(self, path: Path) -> None:
        if str(path) in self.checked:
            return
        self.checked.add(str(path))
        documents, _ = read_documents(str(path), self.bytes_of(path))
        for document in documents:
            if isinstance(document.data, dict) and document.data.get("kind") == "Library":
                self.findings.extend(check_document(document, "policy"))

    def repeated_names(self) -> None:
        first: dict[str, Policy] = {}
        for policy in self.policies:
            other = first.setdefault(policy.name, policy)
            if other is not policy and policy.source is not None:
                place = f"{other.span.file}:{other.span.line}"
                self.findings.append(
                    policy.source.diagnostic(
                        "RW231",
                        f"the policy name `{policy.name}` is taken: {place} has it",
                        ("metadata", "name"),
                    )
                )
