"""RW5xx: static analysis."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
ANALYSIS: tuple[Code, ...] = (
    Code(
        "RW501", "never-true", "A condition, or a part of one, that no event can make true.",
        why="The rule would be dead, and nobody would notice.",
        example="when: { age: { gt: 14d, lt: 7d } }",
        fix="Correct one of the two limits, or use `any` where either will do.",
    ),
    Code(
        "RW502", "never-false", "A condition, or a part of one, that no event can make false.",
        why="It decides nothing: it is true wherever the path has a value. (Warning.)",
        example="when: { any: [ { state: open }, { state: { ne: open } } ] }",
        fix="Remove the part, or say `exists: true` if that is what is meant.",
    ),
    Code(
        "RW503", "shadowed-rule", "A rule that never runs: an earlier rule with `stop: true` holds whenever it does.",
        why="The rule looks alive in review and does nothing.",
        example="rules:\n  - { id: bug, when: { labels: { contains: bug } }, then: [ reopen ], stop: true }\n"
                "  - { id: open-bug, when: { labels: { contains: bug }, state: open }, then: [ close ] }",
        fix="Put the narrower rule first, or remove `stop: true`.",
    ),
    Code(
        "RW504", "skipped-rule", "A rule that never runs, because a `skip` ends the policy whenever the rule holds.",
        why="The rule looks alive in review and does nothing.",
        example="skip: [ { id: done, when: { state: closed } } ]\n"
                "rules: [ { id: reopen, when: { state: closed }, then: [ reopen ] } ]",
        fix="Narrow the skip, or remove the rule.",
    ),
    Code(
        "RW505", "repeated-rule", "A rule that changes nothing that another rule does not change too.",
        why="Two rules have the same condition and the same actions, or one holds whenever the other does and sets "
            "the same fields. One of them is most likely a copy that was never finished. (Warning.)",
        example="rules:\n  - { id: a, when: { state: open }, then: [ close ] }\n"
                "  - { id: b, when: { state: open }, then: [ close ] }",
        fix="Remove one, or finish it.",
    ),
    Code(
        "RW506", "conflicting-actions", "Two rules that run together want different things of one field.",
        why="A field that two rules fight over gets neither value. Where they certainly run together, both rules are "
            "dead; where they do for most subjects, such as two conditions with `contains_none`, it is a warning.",
        example="rules:\n  - { id: a, when: { state: open }, then: [ add_labels: [ x ] ] }\n"
                "  - { id: b, when: { state: open }, then: [ remove_labels: [ x ] ] }",
        fix="Narrow one of the conditions, or let the first rule `stop`.",
    ),
    Code(
        "RW507", "label-loop", "Two rules that undo each other for ever: each one's effect makes the other true.",
        why="Every run would change the label back. (Warning.)",
        example="rules:\n  - { id: a, when: { labels: { contains_none: [ x ] } }, then: [ add_labels: [ x ] ] }\n"
                "  - { id: b, when: { labels: { contains: x } }, then: [ remove_labels: [ x ] ] }",
        fix="Give one of the two a condition that its counterpart does not bring about.",
    ),
    Code(
        "RW508", "unused-fact", "A fact of `let:` that no condition, template, action or other fact uses.",
        why="A value that nothing reads looks like policy and is none; a gathered one also costs a call.",
        example="let: { severity: { label_group: severity } }\nrules: []",
        fix="Use the fact, or remove it.",
    ),
    Code(
        "RW509", "unused-list", "A list of `lists:` that nothing uses.",
        why="A value that nothing reads looks like policy and is none.",
        example="lists: { bots: [ dependabot ] }\nrules: []",
        fix="Use the list (`in: { fact: lists.bots }`), or remove it.",
    ),
    Code(
        "RW510", "unused-template", "A template that no action names.",
        why="A text that nobody will ever read looks like one that is sent.",
        example="templates: { welcome: Hello }\nrules: []",
        fix="Name the template in an action, or remove it.",
    ),
    Code(
        "RW511", "idle-trigger", "An entry of `on:` for which no rule can hold, for want of the paths that each needs.",
        why="The policy is asked for nothing. (Warning.)",
        example="on: [ issues, push ]\nrules: [ { id: a, when: { issue.title: x }, then: [ close ] } ]",
        fix="Remove the entry, or write a rule for it.",
    ),
    Code(
        "RW512", "not-a-detection", "`mask:` names something that is not a fact from `detect`.",
        why="Only a detection knows which part of a text must go.",
        example="let: { severity: { label_group: severity } }\nthen: [ mask: severity ]",
        fix="Name a fact that is declared with `detect:`.",
    ),
    Code(
        "RW513", "undeclared-value", "A project field, option or milestone that rulewright.yaml does not declare.",
        why="The board has no such field or option, so the action could not be applied.",
        example="then: [ set_field: { project: 1, field: Status, value: Redy } ]",
        fix="Correct the name, or declare it in rulewright.yaml.",
    ),
    Code(
        "RW514", "unremembered-notification", "A rule notifies, and leaves nothing on the issue or pull request.",
        why="GitHub is the memory: a rule's own label or comment says that its notification went out. Without one, every "
            "event and every sweep sends it again. (Warning.)",
        example="then: [ notify: { channel: oncall, text: It is critical. } ]",
        fix="Let the rule add a label of its own: `then: [ add_labels: [ escalated ], notify: … ]`. Or keep state.",
    ),
    Code(
        "RW515", "undelivered-event", "A policy waits for an event that no workflow of the repository delivers to it.",
        why="The policy looks alive in review, and is never asked about that event. (Warning of `rulewright validate`.)",
        example="on: [ issues.labeled ]   # and no workflow has issues: { types: [ labeled ] }",
        fix="Add the event to the workflow that runs the policy, or remove it from the policy.",
    ),
    Code(
        "RW519", "odd-steps", "Steps of a promotion that lead in a circle, or an environment without a step.",
        why="A circle promotes what came from there, and nothing is ever promoted to an environment without a step. (Warning.)",
        example="transitions: [ { id: a, from: dev, to: prod }, { id: b, from: prod, to: dev } ]",
        fix="Let steps lead forward only, and leave out what none of them names.",
    ),
    Code(
        "RW516", "glob-dialect", "A glob that may be meant in another dialect: for paths of files, or with a class of characters.",
        why="In `glob` the sign `*` crosses `/`, and brackets are literal. In globs of paths `*` stops at `/`. (Warning.)",
        example="when: { 'files[].filename': { glob: 'docs/*.md' } }",
        fix="For paths use `path_glob`. For one character of several write `{a,b}`.",
    ),
    Code(
        "RW517", "word-boundary", "A pattern with a word boundary that is none.",
        why="In double quotes YAML reads `\\b` as a backspace, and RE2 knows the letters of ASCII only. (Warning.)",
        example='when: { title: { regex: "\\bcrash\\b" } }',
        fix="Write patterns in single quotes; for other scripts use `words:`.",
    ),
    Code(
        "RW518", "carriage-return", "A pattern that asks for a carriage return.",
        why="Texts of events are read with `\\n` at the end of each line, however they were typed. (Warning.)",
        example="when: { body: { regex: 'close\\r\\n' } }",
        fix="Write `\\n`, or `(?m)` with `^` and `$`.",
    ),
)
# fmt: on
