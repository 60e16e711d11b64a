"""What detection finds: findings, their types, and how sure is sure enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CERTAIN", "GROUPS", "PII", "SECRETS", "TYPES", "Finding", "Hit", "chosen_types"]

CERTAIN: Final = 0.7
"""From this confidence on a finding may be masked. Below it a finding is only suspected."""


class Finding(NamedTuple):
    """A place in a text. `start` and `end` count code points of the text as it was given; the text itself is
    never part of a finding. `confidence` lies between 0 and 1."""

    type: str
    start: int
    end: int
    confidence: float


class Hit(NamedTuple):
    """A finding before overlaps are resolved, in offsets of the page. `validated`: a checksum or a numbering
    plan confirmed it, so it beats what only looks alike."""

    type: str
    start: int
    end: int
    confidence: float
    validated: bool = False


PII: Final = ("email", "phone", "card", "iban", "ssn", "itin", "ip")
SECRETS: Final = (
    "github_token",
    "aws_key",
    "gcp_key",
    "azure_key",
    "slack_token",
    "slack_webhook",
    "stripe_key",
    "openai_key",
    "anthropic_key",
    "huggingface_token",
    "npm_token",
    "pypi_token",
    "gitlab_token",
    "twilio_key",
    "sendgrid_key",
    "jwt",
    "private_key",
    "url_credentials",
    "bearer_token",
    "api_key",
    "password",
    "secret",
)
TYPES: Final = (*PII, *SECRETS)
GROUPS: Final = {"pii": TYPES, "secrets": SECRETS, "personal": PII}
"""A group's name → its types. A secret in public text is as private as an address, so `pii` means all of them."""


def chosen_types(names: Iterable[str] | None) -> frozenset[str]:
    """The types that names of types and groups stand for; all of them for None. Raises UsageError."""
    if names is None:
        return frozenset(TYPES)
    found: set[str] = set()
    for name in names:
        if name in GROUPS:
            found.update(GROUPS[name])
        elif name in TYPES:
            found.add(name)
        else:
            from difflib import get_close_matches

            near = get_close_matches(name, (*GROUPS, *TYPES), 1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of {', '.join((*GROUPS, *TYPES))}"
            raise UsageError(f"there is no type of finding `{name[:40]}`", hint=hint)
    return frozenset(found)
