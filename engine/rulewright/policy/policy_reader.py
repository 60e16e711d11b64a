"""Policy files → policies: the whole way from bytes, with everything that is wrong with them."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import ordered
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import policy_files
from rulewright.policy.include import resolve_includes
from rulewright.policy.json_schema.bundled_schema import BY_KIND
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_types import as_text
from rulewright.policy.kinds import KIND_NAMES
from rulewright.policy.policy_parser import parse_policy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
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


class PolicyFile(NamedTuple):
    """What one file holds: its policies, what is wrong with them, and the libraries that they include.

    A policy with broken parts is there without them, so that the rest can still be checked.
    """

    path: Path
    policies: tuple[Policy, ...]
    findings: tuple[Diagnostic, ...]
    libraries: tuple[Path, ...]


def read_policies(
    paths: Iterable[str | Path],
) -> tuple[tuple[Policy, ...], tuple[Diagnostic, ...], tuple[tuple[str, str], ...]]:
    """Every policy under `paths` (files or folders), what is wrong with them, and (path, SHA-256) of all
    that was read.

    Files without a document of ours are passed over. Raises UsageError for a path that does not exist, SourceError for
    what cannot be read.
    """
    contents: dict[str, bytes] = {}

    def read(path: Path) -> bytes:
        name = str(path)
        if name not in contents:
            contents[name] = read_bytes(path)
        return contents[name]

    files = [read_policy_file(path, read) for path in policy_files(paths)]
    policies = tuple(policy for file in files for policy in file.policies)
    findings = [finding for file in files for finding in file.findings]
    own = {str(file.path) for file in files}
    for library in dict.fromkeys(library for file in files for library in file.libraries):
        if str(library) not in own:
            findings.extend(check_library(library, read(library)))
    findings.extend(find_duplicate_names(policies))
    hashes = ((name, sha256(data).hexdigest()) for name, data in contents.items())
    return policies, ordered(findings), tuple(hashes)


def read_policy_file(path: Path, read: Callable[[Path], bytes]) -> PolicyFile:
    """The policies of one file. `read` gives the bytes of a file, and its errors are passed on."""
    data = read(path)
    documents, syntax_findings = read_documents(str(path), data)
    ours = [document for document in documents if is_ours(document)]
    policies: list[Policy] = []
    findings: list[Diagnostic] = []
    libraries: list[Path] = []
    # another tool's file is not ours to find fault with, unless it was meant to be one of ours
    if ours or API.encode() in data:
        findings.extend(syntax_findings)
    for document in ours:
        if schema_name(document) != "policy":
            continue
        findings.extend(check_document(document, "policy"))
        if document.mapping.get("kind") not in KIND_NAMES:
            continue
        included = None
        if "include" in document.mapping:
            included, include_findings, files = resolve_includes(document, read)
            findings.extend(include_findings)
            libraries.extend(files)
        policy, policy_findings = parse_policy(document, included)
        findings.extend(policy_findings)
        if policy is not None:
            policies.append(policy)
    return PolicyFile(path, tuple(policies), tuple(findings), tuple(dict.fromkeys(libraries)))


def check_library(path: Path, data: bytes) -> Iterator[Diagnostic]:
    """What is wrong with the libraries of a file that policies include."""
    documents, _ = read_documents(str(path), data)
    for document in documents:
        if document.mapping.get("kind") == "Library":
            yield from check_document(document, "policy")


def find_duplicate_names(policies: Iterable[Policy]) -> Iterator[Diagnostic]:
    """The policies that have the name of an earlier one."""
    first: dict[str, Policy] = {}
    for policy in policies:
        other = first.setdefault(policy.name, policy)
        if other is not policy and policy.source is not None:
            place = f"{other.span.file}:{other.span.line}"
            yield policy.source.diagnostic(
                "RW231",
                f"duplicate policy name `{policy.name}`; first at {place}",
                ("metadata", "name"),
            )
