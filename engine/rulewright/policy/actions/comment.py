"""Declaration of `comment`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions.argument_schema import (
    MARKDOWN,
    members,
    nothing,
    one_of,
    resolved,
    template_name,
    text,
)
from rulewright.policy.actions.declaration import ActionDeclaration

COMMENT: Final = ActionDeclaration(
    name="comment",
    description="Keeps one comment per rule and subject, found by its marker and edited in place. Bare, it uses the "
    "template with the rule's id.",
    arguments=one_of(
        nothing("The template that has the rule's id."),
        template_name(hint="for a text of its own write `comment: { text: … }`"),
        members(
            "A template or text, and a key where one rule keeps several comments.",
            {
                "template": template_name(hint="for a text of its own write `text:`"),
                "text": MARKDOWN,
                "key": text(
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
    effect=members(
        "A comment, found by its marker.",
        {
            "marker": resolved("marker", "Names the comment."),
            "body": resolved("text", "The comment, which begins with the marker."),
            "sha256": resolved("sha256", "SHA-256 of the body."),
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
