"""Declaration of `comment`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

COMMENT: Final = ActionDeclaration(
    name="comment",
    description="Keeps one comment per rule and subject, found by its marker and edited in place. Bare, it uses the "
    "template with the rule's id.",
    arguments=schema.one_of(
        schema.no_argument("The template that has the rule's id."),
        schema.template_name(hint="for a text of its own write `comment: { text: … }`"),
        schema.members(
            "A template or text, and a key where one rule keeps several comments.",
            {
                "template": schema.template_name(hint="for a text of its own write `text:`"),
                "text": schema.MARKDOWN,
                "key": schema.text(
                    "Distinguishes several comments of one rule on one subject.", pattern="^[A-Za-z0-9_.-]+$"
                ),
            },
            optional=("key",),
            exactly_one=("template", "text"),
        ),
    ),
    examples=(
        None,
        "redaction_notice",
        {"template": "redaction_notice"},
        {"text": "Thank you. {{ pii.count }} findings were masked.", "key": "thanks"},
    ),
    effect=schema.members(
        "A comment, found by its marker.",
        {
            "marker": schema.plan_definition("marker", "Names the comment."),
            "body": schema.plan_definition("text", "The comment, which begins with the marker."),
            "sha256": schema.plan_definition("sha256", "SHA-256 of the body."),
        },
    ),
    changes=frozenset({"comments"}),
    short_form="template",
    refers_to={"template": "template", "text": "text"},
    permission="subject",
    reads=frozenset({"comments", "timeline"}),
    memory="lasting",
    notifies_people=True,
)
