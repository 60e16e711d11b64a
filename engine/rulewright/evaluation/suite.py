"""Model suites from YAML: documents of `kind: ModelSuite`, each of which measures one thing; and their runs.

apiVersion: rulewright/v1
kind: ModelSuite
metadata: { name: severity-bias }
bias: { issues: 100, swaps: [names, dialect], task: { labels: { … } } }
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypedDict, cast

from rulewright.evaluation.confidence_bounds import SEED
from rulewright.policy.diagnostics import PolicyError, UsageError, has_errors, ordered
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.files import policy_files
from rulewright.policy.json_schema.check import check_document
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.json_types import JsonObject

SUITE_KINDS: Final = ("latency", "bias", "hallucination", "memory", "injection")
"""What a suite may measure: the key that holds its settings."""


class SuiteSettings(TypedDict, total=False):
    """The settings of a suite, checked by `suite.schema.json`. Which keys there are depends on its kind."""

    loads: int
    responses: int
    tokens: int
    issues: int
    swaps: list[str]
    task: str | JsonObject
    policy: dict[str, str]
    pairs: int
    extractions: int
    people: int
    sessions: int
    k: int
    answer: str
    least: float
    within: float


class ModelSuite(NamedTuple):
    """One suite. `sha256`: of the whole file."""

    name: str
    kind: str
    settings: SuiteSettings
    seed: int
    file: str
    sha256: str


def read_suites(paths: Sequence[str]) -> tuple[ModelSuite, ...]:
    """The suites of files and of folders, in that order; other documents of a folder are passed over.

    Raises PolicyError with everything that is wrong with them, UsageError for a path that does not exist or that
    holds no suite, SourceError for a file that cannot be read.
    """
    suites: list[ModelSuite] = []
    findings: list[Diagnostic] = []
    for path in paths:
        count = len(suites) + len(findings)
        for file in policy_files([path]):
            own, problems = _read_suite_file(str(file))
            suites += own
            findings += problems
        if len(suites) + len(findings) == count:
            raise UsageError(
                f"there is no suite in {path}",
                hint="a suite is a YAML document with `apiVersion: rulewright/v1` and `kind: ModelSuite`",
            )
    if has_errors(findings):
        raise PolicyError(ordered(findings))
    names = [suite.name for suite in suites]
    for name in names:
        if names.count(name) > 1:
            files = ", ".join(sorted({suite.file for suite in suites if suite.name == name}))
            raise UsageError(f"several suites are named {name}: {files}")
    return tuple(suites)


def _read_suite_file(file: str) -> tuple[list[ModelSuite], list[Diagnostic]]:
    data = read_bytes(Path(file))
    if b"ModelSuite" not in data:
        return [], []
    documents, findings = read_documents(file, data)
    suites: list[ModelSuite] = []
    problems = list(findings)
    for document in documents:
        body = document.mapping
        if not isinstance(body, dict) or body.get("kind") != "ModelSuite":
            continue
        own = check_document(document, "suite")
        problems += own
        if has_errors((*findings, *own)):
            continue
        kind = next(kind for kind in SUITE_KINDS if kind in body)
        # The schema has checked all of it.
        name = str((as_object(body["metadata"]) or {})["name"])
        seed = cast("int", body.get("seed", SEED))
        suites.append(
            ModelSuite(name, kind, cast("SuiteSettings", body[kind]), seed, file, sha256(data).hexdigest())
        )
    return suites, problems
