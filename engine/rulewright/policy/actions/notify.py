"""Declaration of `notify`."""

from __future__ import annotations

from typing import Final

from rulewright.policy.actions.argument_schema import (
    MARKDOWN,
    NAME_PATTERN,
    members,
    resolved,
    resolved_text,
    template_name,
    text,
)
from rulewright.policy.actions.declaration import ActionDeclaration

NOTIFY: Final = ActionDeclaration(
    name="notify",
    description="Sends a message to a channel of `rulewright.yaml`. At least once; the key lets the receiver drop "
    "repetitions.",
    arguments=members(
        "",
        {
            "channel": text("The channel's name; never taken from a fact.", pattern=NAME_PATTERN),
            "template": template_name(),
            "text": MARKDOWN,
        },
        exactly_one=("template", "text"),
    ),
    examples=(
        {"channel": "security-oncall", "template": "security_alert"},
        {"channel": "security-oncall", "text": "{{ title }} needs a look."},
    ),
    effect=members(
        "A message.",
        {
            "channel": resolved_text(
                "The channel of `rulewright.yaml`.", NAME_PATTERN.removesuffix("$"), "a channel's name"
            ),
            "text": resolved("text", "The message, plain text."),
        },
    ),
    changes=frozenset({"channel"}),
    short_form="channel",
    refers_to={"channel": "channel", "template": "template", "text": "text"},
    forbids_marked_text={"channel": "choose a channel"},
    permission="channel",
)
