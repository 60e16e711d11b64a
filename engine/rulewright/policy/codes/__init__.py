"""Every diagnostic code, in one table: `CODES["RW101"]`. The pages under docs/errors/ are generated from it.

How to append: open the file of your range, add an entry at its end, and that is all:

    Code(
        "RW207", "unknown-key", "A key that the schema does not know.",
        why="A typo would silently switch a rule off.",
        example="rules:\\n  - id: a\\n    whne: {}",
        fix="Correct the key; the hint names the nearest known one.",
    ),

| range | file | about |
|---|---|---|
| RW1xx | reading.py | bytes and YAML |
| RW2xx | shape.py | schemas and shapes |
| RW3xx | references.py | unknown path, fact, template, label, channel, list, event |
| RW4xx | conditions.py | quantities, patterns, list against scalar, matchers |
| RW5xx | analysis.py | static analysis |
| RW6xx | cases.py | policy tests |
| RW7xx | inputs.py | events and other inputs |
| RW8xx | runtime.py | configuration and runtime |
"""

from __future__ import annotations

from rulewright.policy.codes.analysis import ANALYSIS
from rulewright.policy.codes.cases import CASES
from rulewright.policy.codes.code import Code, table
from rulewright.policy.codes.conditions import CONDITIONS
from rulewright.policy.codes.inputs import INPUTS
from rulewright.policy.codes.reading import READING
from rulewright.policy.codes.references import REFERENCES
from rulewright.policy.codes.runtime import RUNTIME
from rulewright.policy.codes.shape import SHAPE

__all__ = ["CODES", "Code"]

CODES: dict[str, Code] = table(
    *READING, *SHAPE, *REFERENCES, *CONDITIONS, *ANALYSIS, *CASES, *INPUTS, *RUNTIME
)
