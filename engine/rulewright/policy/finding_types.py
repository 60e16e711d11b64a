"""What a `detect` fact may look for: types of findings, and groups of them."""

from __future__ import annotations

from typing import Final

from rulewright.policy.lazy import defer_pattern

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
    "atlassian_token",
    "azure_devops_token",
    "cargo_token",
    "databricks_token",
    "digitalocean_token",
    "discord_token",
    "discord_webhook",
    "docker_token",
    "doppler_token",
    "grafana_token",
    "groq_key",
    "linear_key",
    "mailchimp_key",
    "mailgun_key",
    "notion_token",
    "postman_key",
    "replicate_token",
    "rubygems_key",
    "sentry_token",
    "shopify_token",
    "square_token",
    "telegram_token",
    "terraform_token",
    "vault_token",
    "xai_key",
    "jwt",
    "private_key",
    "url_credentials",
    "bearer_token",
    "basic_auth",
    "session_cookie",
    "api_key",
    "password",
    "secret",
)
TYPES: Final = (*PII, *SECRETS)
GROUPS: Final = {"pii": TYPES, "secrets": SECRETS, "personal": PII}
"""A group's name → its types. A secret in public text is as private as an address, so `pii` means all of them."""

NAME: Final = defer_pattern(r"[a-z0-9][a-z0-9_.-]{0,39}")
"""What a user may call a type of their own: it stands in `[masked: name]`."""

_MAYBE: Final = defer_pattern(
    r"(?i)[^\x20-\x7e\r\n]|[@=\\%&]|:\S|\S{16}|\d\.\d+\.\d+\.|(?:\d\D{0,4}){6}|\s-[pu]\S"
    r"|pass|pw|secret|token|key|auth|bearer|cred|log.?in|sign.?in|account|user|identified|cookie|session"
    r"|contrasena|senha|kennwort|wachtwoord|losenord|haslo|heslo|parola|sifre|salasana|jelszo"
)
"""What a text has that may hold something. Most values have none of it, and the detectors need not be loaded."""


def may_hold(text: str) -> bool:
    """Whether a text may hold a finding. False is sure, and spares loading the detectors."""
    return _MAYBE.search(text) is not None
