"""Declaration of `notify`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions import argument_schema as schema
from rulewright.policy.actions.declaration import ActionDeclaration

NOTIFY: Final = ActionDeclaration(
    name="notify",
    description="Sends a message to a channel in `rulewright.yaml`, at least once; the key lets the receiver drop "
    "duplicates.",
    arguments=schema.members(
        "",
        {
            "channel": schema.text("The name of the channel; not a fact.", pattern=schema.NAME_PATTERN),
            "template": schema.template_name(),
            "text": schema.MARKDOWN,
        },
        exactly_one=("template", "text"),
    ),
    examples=(
        {"channel": "security-oncall", "template": "security_alert"},
        {"channel": "security-oncall", "text": "{{ title }} needs a look."},
    ),
    effect=schema.members(
        "A message.",
        {
            "channel": schema.resolved_text(
                "The channel in `rulewright.yaml`.",
                schema.NAME_PATTERN.removesuffix("$"),
                "the name of a channel",
            ),
            "text": schema.plan_definition("text", "The message, plain text."),
        },
    ),
    changes=frozenset({"channel"}),
    short_form="channel",
    refers_to={"channel": "channel", "template": "template", "text": "text"},
    forbids_marked_text={"channel": "choose a channel"},
    permission="channel",
)
