"""Suites out of YAML: documents of `kind: ModelSuite`, one thing to measure each.

apiVersion: rulewright/v1
kind: ModelSuite
metadata: { name: severity-bias }
bias: { issues: 100, swaps: [names, dialect], task: { labels: { … } } }
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.evaluation.confidence_bounds import SEED
from rulewright.policy.diagnostics import PolicyError, UsageError, has_errors, ordered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rulewright.policy.diagnostics import Diagnostic

SUITE_KINDS: Final = ("latency", "bias", "hallucination", "memory", "injection")
"""What a suite may measure: the key that holds its settings."""


class ModelSuite(NamedTuple):
    """One suite. `settings`: what stands under its kind, checked by schemas/suite.schema.json."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    seed: int
    file: str
    sha256: str
    """Of the whole file."""


def read_suites(paths: Sequence[str]) -> tuple[ModelSuite, ...]:
    """The suites of files and of folders, in that order; other documents of a folder are passed over.

    Raises PolicyError with everything that is wrong with them, UsageError for a path that does not exist or that
    holds no suite, SourceError for a file that cannot be read.
    """
    from rulewright.policy.files import policy_files

    found: list[ModelSuite] = []
    wrong: list[Diagnostic] = []
    for path in paths:
        count = len(found) + len(wrong)
        for file in policy_files([path]):
            suites, findings = _read_suite_file(str(file))
            found += suites
            wrong += findings
        if len(found) + len(wrong) == count:
            raise UsageError(
                f"there is no suite in {path}",
                hint="a suite is a YAML document with `apiVersion: rulewright/v1` and `kind: ModelSuite`",
            )
    if has_errors(wrong):
        raise PolicyError(ordered(wrong))
    names = [one.name for one in found]
    for one in found:
        if names.count(one.name) > 1:
            files = ", ".join(sorted({other.file for other in found if other.name == one.name}))
            raise UsageError(f"several suites are named {one.name}: {files}")
    return tuple(found)


def _read_suite_file(file: str) -> tuple[list[ModelSuite], list[Diagnostic]]:
    from pathlib import Path

    from rulewright.policy.document import read_documents
    from rulewright.policy.files import read_bytes
    from rulewright.policy.json_schema.check import check_document

    data = read_bytes(Path(file))
    if b"ModelSuite" not in data:
        return [], []
    documents, findings = read_documents(file, data)
    out: list[ModelSuite] = []
    wrong = list(findings)
    for document in documents:
        body: Mapping[str, Any] = document.mapping
        if not isinstance(body, dict) or body.get("kind") != "ModelSuite":
            continue
        found = check_document(document, "suite")
        wrong += found
        if has_errors((*findings, *found)):
            continue
        kind = next(kind for kind in SUITE_KINDS if kind in body)
        seed = int(body.get("seed", SEED))
        digest = sha256(data).hexdigest()
        out.append(ModelSuite(body["metadata"]["name"], kind, body[kind], seed, file, digest))
    return out, wrong
