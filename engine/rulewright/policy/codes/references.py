"""RW3xx: a name that stands for something that is not there."""

from __future__ import annotations

from typing import Final

from rulewright.policy.codes.code import Code

__all__ = ["REFERENCES"]

REFERENCES: Final[tuple[Code, ...]] = (
    Code(
        "RW301",
        "unknown-path",
        "A path that no event of the policy has.",
        why="A misspelt path is never there, so its condition would be unknown for ever and the rule would be dead.",
        example="when: { issue.titel: { contains: crash } }",
        fix="Correct the path; the hint names the nearest known one.",
    ),
    Code(
        "RW302",
        "unknown-fact",
        "`{fact: …}` or a template names a fact that is neither declared nor in the event.",
        why="The value would always be missing, and whatever depends on it would silently not happen.",
        example="when: { sender: { eq: { fact: autor } } }",
        fix="Declare the fact under `let:`, or correct its name.",
    ),
    Code(
        "RW303",
        "unknown-list",
        "`lists.NAME` names a list that is neither declared nor included.",
        why="Membership in a list that does not exist can never be decided.",
        example="when: { author: { in: { fact: lists.bots } } }",
        fix="Declare the list under `lists:` or include the library that holds it.",
    ),
    Code(
        "RW304",
        "unknown-trigger",
        "`on:` names an event or an action that GitHub does not send.",
        why="The policy would never be asked.",
        example="on: [issue.opened]",
        fix="Use GitHub's event name, with or without an action: `issues`, `issues.opened`.",
    ),
    Code(
        "RW305",
        "unknown-template",
        "An action names a template that is neither declared nor included.",
        why="The comment would have no text.",
        example="then: [ comment: welcom ]",
        fix="Declare the template under `templates:` or include the library that holds it.",
    ),
    Code(
        "RW306",
        "unknown-label",
        "An action sets a label that the repository's label file does not list.",
        why="A misspelt label is a new label: the rules that look for the right one never see it.",
        example="then: [ add_labels: [secuirty] ]",
        fix="Correct the label, or add it to the label file that rulewright.yaml names.",
    ),
    Code(
        "RW307",
        "unknown-channel",
        "`notify` names a channel that rulewright.yaml does not declare.",
        why="Nobody would be told.",
        example="then: [ notify: { channel: on-cal } ]",
        fix="Declare the channel in rulewright.yaml, or correct its name.",
    ),
    Code(
        "RW308",
        "unknown-environment",
        "A transition names an environment that the policy does not declare.",
        why="Nothing can be promoted to a place that is not described.",
        example="transitions: [ { id: to-prod, from: staging, to: prod } ]",
        fix="Declare the environment, or correct its name.",
    ),
    Code(
        "RW309",
        "untrusted-assignee",
        "`assign` or `unassign` takes its login from text that anyone can write.",
        why="Whoever writes an issue, or talks a model into an answer, would choose who is assigned.",
        example="then: [ assign: { fact: title } ]",
        fix="Name a login, a list of the policy, or a login that GitHub vouches for, such as `author`.",
    ),
    Code(
        "RW310",
        "broken-template",
        "A template or text has double braces that are not closed, not opened, or empty.",
        why="The text could not be made, so the effect would never be planned.",
        example='templates: { welcome: "Hello {{ author }" }',
        fix="Write `{{ path }}`.",
    ),
    Code(
        "RW311",
        "circular-fact",
        "A fact of `let:` that is computed from itself, directly or through others.",
        why="It could never have a value.",
        example="let: { a: { jmespath: b }, b: { jmespath: a } }",
        fix="Compute one of the facts from the event.",
    ),
    Code(
        "RW312",
        "unknown-timeline-event",
        "A `timeline` fact looks for something that no timeline has.",
        why="Nothing would ever be found, and a rule would take it that nobody did anything.",
        example="let: { touched: { timeline: label, within: 24h } }",
        fix="Use a topic such as `labels` or `activity`, or the name of an event of GitHub's timeline.",
    ),
    Code(
        "RW313",
        "permission-of-text",
        "A `permission` fact takes its login from something that is no login of the event.",
        why="Whoever writes the text could name somebody who may do everything, and pass for them.",
        example="let: { role: { permission: issue.title } }",
        fix="Name `sender`, `author`, or a login that GitHub vouches for, such as `comment.user.login`.",
    ),
    Code(
        "RW314",
        "unknown-finding-type",
        "A `detect` fact looks for a type of finding that nobody knows, or gives a pattern a name that is taken.",
        why="Nothing would ever be found, and a text with a secret in it would pass for clean.",
        example="let: { pii: { detect: [emial], in: [issue.body] } }",
        fix="Use one of the types or groups, or declare the type with a pattern under `patterns:`.",
    ),
    Code(
        "RW315",
        "text-without-a-place",
        "A `detect` fact reads a path that computes its text.",
        why="A finding says where it stands, so that it can be masked there; a computed text stands nowhere.",
        example="let: { pii: { detect: pii, in: [\"join(' ', labels[].name)\"] } }",
        fix="Name fields, with `[]` for each element of a list: `issue.body`, `comments[].body`.",
    ),
    Code(
        "RW316",
        "unknown-rule",
        "`prune_comment` names a rule that the policy does not have.",
        why="No comment carries that rule's marker, so nothing would ever be deleted.",
        example="then: [ prune_comment: incomplet ]",
        fix="Name a rule of the same policy that keeps a comment.",
    ),
    Code(
        "RW317",
        "always-chosen",
        "A case of `choose` without `when`, above other cases.",
        why="It always holds, so that nothing below it is ever looked at.",
        example="let: { size: { choose: [ { value: small }, { value: large, when: { title: { contains: big } } } ] } }",
        fix="Give it a condition, or put it last.",
    ),
)
