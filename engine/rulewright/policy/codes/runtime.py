"""RW8xx: configuration and runtime."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
RUNTIME: tuple[Code, ...] = (
    Code(
        "RW881", "config-documents", "`rulewright.yaml` holds more than one document.",
        why="Which of them holds would be a guess.",
        example="kind: Config\n---\nkind: Config",
        fix="Join them into one.",
    ),
    Code(
        "RW882", "label-file", "The label file does not exist, cannot be read, or is no list.",
        why="Without it no label of a policy can be checked.",
        example="labels: .github/lables.yaml",
        fix="Correct the path, which starts from the folder of `rulewright.yaml`.",
    ),
    Code(
        "RW883", "duplicate-label", "A label is declared twice.",
        why="GitHub compares labels without case, so `Bug` and `bug` are one.",
        example="labels: [{ name: bug }, { name: Bug }]",
        fix="Remove one of them.",
    ),
    Code(
        "RW884", "renamed-setting", "A setting of `rulewright.yaml` has another name now.",
        why="The earlier name is still read, but nobody documents it, and a later version may not read it.",
        example="execution: { protected_branches: [main] }",
        fix="Write the name that the message gives.",
    ),
    Code(
        "RW885", "config-date", "A date of `rulewright.yaml` is no date.",
        why="What holds from that date on would hold never, or always.",
        example="execution: { enforce_since: 2026-02-30 }",
        fix="Write it as ISO 8601: `2026-01-05`, or with a time of day, `2026-01-05T09:00:00Z`.",
    ),
    Code(
        "RW886", "unusable-setting", "A setting of `rulewright.yaml` could never take effect as it is written.",
        why="It would be accepted and ignored, or end each run.",
        example="execution: { apply_branches: [ refs/heads/main ] }",
        fix="Write it as the hint says.",
    ),
)
# fmt: on
