"""RW6xx: policy tests."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
CASES: tuple[Code, ...] = (
    Code(
        "RW601", "unknown-rule-in-case", "A case expects something of a rule or skip that the policy does not have.",
        why="Such a case would pass for ever, whatever becomes of the policy.",
        example="expect: { rules: { pii-fund: matched } }",
        fix="Correct the id; write `policy/id` where several policies have it.",
    ),
    Code(
        "RW602", "unreached-case", "The event of a case never reaches the policy, or the rule that the case names.",
        why="A case that is never decided tests nothing, and must not count as passed.",
        example="event: { fixture: release-published }   # the policy is on: [issues.opened]",
        fix="Choose an event that the policy is `on:`, or add the event to `on:`.",
    ),
    Code(
        "RW603", "unknown-patch-path", "A patch sets a path that neither the fixture nor the event's schema has.",
        why="A typo would change nothing, and the case would test another event than it says.",
        example="event: { fixture: issue-opened, patch: { issue.stat: closed } }",
        fix="Correct the path; labels and assignees are lists: `issue.labels[0].name`.",
    ),
    Code(
        "RW604", "unusable-event", "The event of a case cannot be made: no such fixture or file, or of no known shape.",
        example="event: { fixture: isue-opened }",
        fix="Name a file of `fixtures/` beside the test or a shipped event, or write the `payload:` and its `name:`.",
    ),
    Code(
        "RW606", "unknown-given-fact", "A case gives a fact that no policy has.",
        why="The rule that should read it sees another value, or none.",
        example="given: { severty: high }",
        fix="Give facts by their names under `let:`, objectives by their id.",
    ),
    Code(
        "RW607", "no-moment", "A policy looks at the time, and the case does not say when it is; or says it wrongly.",
        why="A case that depends on the day on which it runs fails one day for no reason.",
        example="cases: [ { id: stale, event: { fixture: schedule-issue }, expect: { rules: { stale: matched } } } ]",
        fix="Add `now: 2026-01-05T09:00:00Z` to the case or to the file.",
    ),
    Code(
        "RW608", "which-policy", "It is not clear which policy a test is about, or there is none.",
        example="policy: intake.yaml#intak",
        fix="Name the file, and after `#` the policy where the file holds several.",
    ),
    Code(
        "RW609", "no-cassette", "A case needs what a model would say, and no cassette of it is there.",
        why="A test that asks a model gives another result on another day.",
        example="given: {}   # and `severity` comes from `classify`",
        fix="Record the answer with `RULEWRIGHT_MODELS=record rulewright test`, or give the fact under `given:`.",
    ),
)
# fmt: on
