"""What a `detect` fact may look for: types of findings, and groups of them."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["GROUPS", "NAME", "PII", "SECRETS", "TYPES"]

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

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
"""What a user may call a type of their own: it stands in `[masked: name]`."""
