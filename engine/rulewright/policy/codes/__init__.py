"""Every diagnostic code and what its documentation page says. The texts are data, one YAML file for each range:

| range | file | about |
|---|---|---|
| RW1xx | reading.yaml | bytes and YAML |
| RW2xx | shape.yaml | schemas and shapes |
| RW3xx | references.yaml | unknown path, fact, template, label, channel, list, event |
| RW4xx | conditions.yaml | quantities, patterns, list against scalar, matchers |
| RW5xx | analysis.yaml | static analysis |
| RW6xx | cases.yaml | policy tests |
| RW8xx | runtime.yaml | configuration and runtime |

To add a code, add an entry at the end of its file; docs/errors/ is generated from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rulewright.policy.document import read_documents
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILES: Final = ("reading", "shape", "references", "conditions", "analysis", "cases", "runtime")


@dataclass(frozen=True, slots=True)
class DiagnosticCode:
    """A stable code. `summary`, `why` and `fix` are Markdown sentences; `example` is YAML (or a command) that
    is wrong. `name` is kebab-case and unique; a code once released is never given another meaning.
    """

    code: str
    name: str
    summary: str
    why: str = ""
    example: str = ""
    fix: str = ""


@cache
def load_codes() -> Mapping[str, DiagnosticCode]:
    """Code → what is known of it, in the order of the files. Raises ValueError for a code that is defined twice."""
    codes: dict[str, DiagnosticCode] = {}
    for name in _FILES:
        file = Path(__file__).with_name(f"{name}.yaml")
        documents, findings = read_documents(file.name, file.read_bytes())
        if findings:
            raise ValueError(f"{file}: line {findings[0].span.line}: {findings[0].message}")
        for code, texts in documents[0].mapping.items():
            if code in codes:
                raise ValueError(f"diagnostic code {code} is defined twice")
            codes[code] = DiagnosticCode(
                code, **{key: str(text) for key, text in (as_object(texts) or {}).items()}
            )
    return codes
