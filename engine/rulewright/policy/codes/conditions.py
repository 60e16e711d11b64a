"""RW4xx: conditions whose parts do not fit together."""

from __future__ import annotations

from typing import Final

from rulewright.policy.codes.code import Code

__all__ = ["CONDITIONS"]

CONDITIONS: Final[tuple[Code, ...]] = (
    Code(
        "RW401",
        "bad-expression",
        "A path or a `jmespath:` text that is not JMESPath.",
        why="It cannot be evaluated.",
        example='when: { "issue..title": x }',
        fix="Correct the expression; the caret shows where reading stopped.",
    ),
    Code(
        "RW402",
        "list-against-scalar",
        "A matcher for one value on a path that holds a list.",
        why="A list never equals one of its elements, so the condition would always be unknown.",
        example="when: { labels: security }",
        fix="Use `contains`, `contains_any`, `contains_all` or `contains_none`.",
    ),
    Code(
        "RW403",
        "bad-quantity",
        "A text that should be a number, a duration, a size or a percentage and is not.",
        why="An unreadable limit would otherwise be compared as 0 or as text.",
        example="when: { age: { gt: 14 dys } }",
        fix="Write a number with a unit: `14d`, `1h30m`, `300ms`, `2MiB`, `10%`.",
    ),
    Code(
        "RW404",
        "unit-mismatch",
        "A quantity against a bare number, or a bare number against a quantity.",
        why="`14d` compared with a count of comments has no meaning.",
        example="when: { issue.comments: { gt: 14d } }",
        fix="Give both sides the same dimension.",
    ),
    Code(
        "RW405",
        "bad-pattern",
        "A regular expression that does not compile, or that only a backtracking engine could run.",
        why="Look-around and back-references can take time exponential in the text, and issue text is hostile.",
        example='when: { issue.body: { regex: "(?=a)b" } }',
        fix="Write the pattern in RE2 syntax.",
    ),
    Code(
        "RW406",
        "type-mismatch",
        "A matcher or a value that can never fit the type of the path.",
        why="The condition would always be unknown.",
        example="when: { issue.number: { starts_with: a } }",
        fix="Use a matcher for the path's type.",
    ),
    Code(
        "RW407",
        "compare-with-null",
        "`eq: null`, or null as a value.",
        why="Absent and null are the same here: missing. Equality with it would always be unknown.",
        example="when: { issue.milestone: null }",
        fix="Say `missing: true`, or `exists: true` for the opposite.",
    ),
    Code(
        "RW408",
        "on-missing-in-gate",
        "`on_missing:` in an SLO gate or a promotion.",
        why="There, what is not known must block; no exception can be made.",
        example="requires: [ { promotion.version: { eq: '1.0.0', on_missing: true } } ]",
        fix="Remove `on_missing:`.",
    ),
    Code(
        "RW409",
        "function-misuse",
        "A function that does not exist, or has the wrong number or type of arguments.",
        why="It would fail for every event.",
        example='when: { jmespath: "lenght(labels) > `3`" }',
        fix="Correct the call; docs/functions.md lists them all.",
    ),
    Code(
        "RW410",
        "empty-condition",
        "A condition without parts: `all: []`, `any: []`, `{}`, or an empty list of members.",
        why="An empty `all` is always true and an empty `any` never: hardly ever what was meant.",
        example="when: { any: [] }",
        fix="Say what must hold, or remove the condition.",
    ),
    Code(
        "RW411",
        "untrusted-in-gate",
        "A gate or a promotion that depends on what anyone can write, or on a model.",
        why="Whoever can open an issue could then open the gate.",
        example="requires: [ { issue.title: { contains: approved } } ]",
        fix="Depend on evidence, approvals and measurements; on a label by `{ timeline: labeled, label: NAME, by: human, "
        "standing: true }`.",
    ),
    Code(
        "RW412",
        "warn-not-weaker",
        "`warn:` does not reach beyond `pass:`.",
        why="What passes never warns, so the limit would be dead.",
        example="pass: { lte: 1000ms }\nwarn: { lte: 800ms }",
        fix="Let `warn:` allow more than `pass:`.",
    ),
    Code(
        "RW413",
        "limit-against-direction",
        "A limit that contradicts `direction:`, or a baseline without a direction.",
        why="`direction: lower` with `pass: { gte: … }` calls the worse values good.",
        example="direction: lower\npass: { gte: 50 }",
        fix="Correct the matcher, or the direction.",
    ),
    Code(
        "RW414",
        "incomparable",
        "A comparison with a baseline that can decide nothing.",
        why="`last` and `count` make no distribution, and `absolute_only` without `pass:` leaves nothing to judge by.",
        example="aggregate: last\nbaseline: { from: last_passed, max_regression: 10% }",
        fix="Choose another aggregate, or add `pass:`.",
    ),
    Code(
        "RW415",
        "step-twice",
        "Two transitions of one policy take the same step.",
        why="The weaker of the two would decide.",
        example="transitions: [ { id: a, from: dev, to: staging }, { id: b, from: dev, to: staging } ]",
        fix="Put the requirements of both into one transition.",
    ),
    Code(
        "RW416",
        "bad-freeze-window",
        "A freeze window without readable moments, or one that ends before it begins.",
        why="A window that is never open protects nothing.",
        example="freeze: [ { reason: Holidays, from: 2026-12-31, to: 2026-12-20 } ]",
        fix="Write `from:` and `to:` (or `duration:`) as ISO 8601 moments.",
    ),
    Code(
        "RW417",
        "bad-requirement",
        "A requirement, or an artifact, that cannot be checked as written.",
        why="It would hold for everything or for nothing.",
        example='artifact: { image: "ghcr.io/acme/assistant:latest" }',
        fix="Name the image without tag, and the attestation by its type.",
    ),
    Code(
        "RW418",
        "impossible-value",
        "A value that the path never has: GitHub's list of them is closed.",
        why="The rule would never match, and nobody would notice.",
        example="when: { issue.state: opne }",
        fix="Use one of the values that the hint names; they are compared with case.",
    ),
)
