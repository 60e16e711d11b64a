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
            "title": schema.text("The title; `{{ path }}` inserts a fact."),
            "body": schema.MARKDOWN,
            "template": schema.template_name(),
            "labels": schema.NEW_LABELS,
            "key": schema.text(
                "The key of the issue: one issue is opened per key, identified by its marker. "
                "`{{ path }}` inserts a fact."
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
            "title": schema.plan_definition("line", "The title.", maxLength=schema.TITLE_LIMIT),
            "body": {
                "type": "string",
                "description": "The text, which begins with the marker.",
                "pattern": r"^<!-- rulewright:issue:[0-9a-f]{16} -->\n[^\ud800-\udfff]*(?![\s\S])",
                "x-says": {"form": "the text of an issue after its marker"},
            },
            "labels": schema.resolved_array(
                "The labels.", schema.plan_definition("label"), may_be_empty=True
            ),
        },
        optional=("labels",),
    ),
    changes=frozenset({"issues"}),
    refers_to={"title": "text", "body": "text", "template": "template", "labels": "label", "key": "text"},
    permission="issues",
    role="triage",
)
