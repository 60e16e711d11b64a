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
)
