"""Declaration of `comment`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

COMMENT: Final = ActionDeclaration(
    name="comment",
    description="Keeps one comment per rule and issue or pull request, identified by its marker and edited in "
    "place. Without arguments, it uses the template with the id of the rule.",
    arguments=schema.one_of(
        schema.no_argument("The template with the id of the rule."),
        schema.template_name(hint="for inline text write `comment: { text: … }`"),
        schema.members(
            "A template or text, and a key if one rule keeps several comments.",
            {
                "template": schema.template_name(hint="for inline text write `text:`"),
                "text": schema.MARKDOWN,
                "key": schema.text(
                    "Distinguishes several comments of one rule on one issue or pull request.",
                    pattern="^[A-Za-z0-9_.-]+$",
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
        "A comment, identified by its marker.",
        {
            "marker": schema.plan_definition("marker", "The marker of the comment."),
            "body": schema.plan_definition("text", "The text of the comment, which begins with the marker."),
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
