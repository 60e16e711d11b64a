"""Policy files → policies: the whole way from bytes, with everything that is wrong with them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final

from rulewright.policy.diagnostics import ordered
from rulewright.policy.document import read_documents
from rulewright.policy.files import policy_files, read_bytes
from rulewright.policy.include import resolve_includes
from rulewright.policy.json_schema.bundled_schema import BY_KIND
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_types import as_text
from rulewright.policy.kinds import KIND_NAMES
from rulewright.policy.policy_parser import parse_policy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.model import Policy

API: Final = "rulewright/"


def is_ours(document: Document) -> bool:
    """Whether a document says that it is one of ours: by `apiVersion`, or by one of our kinds without any."""
    version = document.mapping.get("apiVersion")
    if isinstance(version, str):
        return version.casefold().startswith(API)
    return "apiVersion" not in document.mapping and as_text(document.mapping.get("kind")) in BY_KIND


def schema_name(document: Document) -> str:
    """The name of the schema that one of our documents must fit. An unknown kind is held against the
    policies."""
    return BY_KIND.get(str(document.mapping.get("kind")), "policy")


def read_policies(
    paths: Iterable[str | Path],
) -> tuple[tuple[Policy, ...], tuple[Diagnostic, ...], tuple[tuple[str, str], ...]]:
    """Every policy under `paths` (files or folders), what is wrong with them, and (path, SHA-256) of all
    that was read.

    Files without a document of ours are passed over. A policy with broken parts is returned without them,
    so that the rest can still be checked. Raises UsageError for a path that does not exist, SourceError for
    what cannot be read.
    """
    reader = _PolicyReader()
    for file in policy_files(paths):
        reader.read_file(file)
    reader.check_names()
    return tuple(reader.policies), ordered(reader.findings), tuple(reader.hashes.items())


class _PolicyReader:
    """One run over many files. A file is read once; a library that many policies include is checked once."""

    def __init__(self) -> None:
        self.policies: list[Policy] = []
        self.findings: list[Diagnostic] = []
        self.hashes: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.checked: set[str] = set()

    def read_bytes(self, path: Path) -> bytes:
        name = str(path)
        if name not in self.contents:
            self.contents[name] = read_bytes(path)
            self.hashes[name] = sha256(self.contents[name]).hexdigest()
        return self.contents[name]

    def read_file(self, path: Path) -> None:
        data = self.read_bytes(path)
        documents, findings = read_documents(str(path), data)
        ours = [document for document in documents if is_ours(document)]
        # another tool's file is not ours to find fault with, unless it was meant to be one of ours
        if ours or API.encode() in data:
            self.findings.extend(findings)
        for document in ours:
            if schema_name(document) == "policy":
                self.read_document(document)
        self.checked.add(str(path))

    def read_document(self, document: Document) -> None:
        self.findings.extend(check_document(document, "policy"))
        if document.mapping.get("kind") not in KIND_NAMES:
            return
        included = None
        if "include" in document.mapping:
            included, findings, files = resolve_includes(document, self.read_bytes)
            self.findings.extend(findings)
            for library in files:
                self.check_library(library)
        policy, findings = parse_policy(document, included)
        self.findings.extend(findings)
        if policy is not None:
            self.policies.append(policy)

    def check_library(self, path: Path) -> None:
        if str(path) in self.checked:
            return
        self.checked.add(str(path))
        documents, _ = read_documents(str(path), self.read_bytes(path))
        for document in documents:
            if document.mapping.get("kind") == "Library":
                self.findings.extend(check_document(document, "policy"))

    def check_names(self) -> None:
        first: dict[str, Policy] = {}
        for policy in self.policies:
            other = first.setdefault(policy.name, policy)
            if other is not policy and policy.source is not None:
                place = f"{other.span.file}:{other.span.line}"
                self.findings.append(
                    policy.source.diagnostic(
                        "RW231",
                        f"duplicate policy name `{policy.name}`; first at {place}",
                        ("metadata", "name"),
                    )
                )
