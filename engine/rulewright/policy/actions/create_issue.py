"""Declaration of `create_issue`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

CREATE_ISSUE: Final = ActionDeclaration(
    name="create_issue",
    description="Opens an issue in the same repository, once per key.",
    arguments=schema.members(
        "",
        {
            "title": schema.text("The title; `{{ path }}` stands for a fact."),
            "body": schema.MARKDOWN,
            "template": schema.template_name(),
            "labels": schema.NEW_LABELS,
            "key": schema.text(
                "Names the issue: it is opened once for a key, found by its marker. `{{ path }}` stands for a fact."
            ),
        },
        optional=("labels",),
        exactly_one=("body", "template"),
    ),
    examples=(
        {
            "title": "Rotate the key of #{{ issue.number }}",
            "template": "security_alert",
            "labels": ["security"],
            "key": "rotate-{{ issue.number }}",
        },
        {"title": "Weekly report", "body": "Nothing to report.", "key": "weekly"},
    ),
    effect=schema.members(
        "A new issue.",
        {
            "title": schema.plan_definition("line", "Its title.", maxLength=schema.TITLE_LIMIT),
            "body": {
                "type": "string",
                "description": "Its text, which begins with its marker.",
                "pattern": r"^<!-- rulewright:issue:[0-9a-f]{16} -->\n[^\ud800-\udfff]*(?![\s\S])",
                "x-says": {"form": "an issue's text behind its marker"},
            },
            "labels": schema.resolved_array(
                "Its labels.", schema.plan_definition("label"), may_be_empty=True
            ),
        },
        optional=("labels",),
    ),
    changes=frozenset({"issues"}),
    refers_to={"title": "text", "body": "text", "template": "template", "labels": "label", "key": "text"},
    permission="issues",
    role="triage",
)
