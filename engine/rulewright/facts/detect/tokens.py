"""Secrets that their vendors gave a form of their own: one table, a row for each form.

Sources: the vendors' documentation of their token formats, GitHub's list of secret scanning patterns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.facts.detect.github import has_checksum
from rulewright.facts.detect.model import Hit
from rulewright.facts.detect.placeholders import entropy, is_placeholder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rulewright.facts.detect.page import Page

__all__ = ["TOKENS", "Token", "tokens"]


class Token(NamedTuple):
    """One form. A match of `pattern` is the secret; `needles`, in lower case, are what the page must hold at all.

    `check` is a checksum: where it fails, the match is only suspected (`failed`), or nothing when that is 0.
    `least` is the entropy in bits per character that the part behind the prefix (`prefix` characters) must have.
    """

    type: str
    needles: tuple[bytes, ...]
    pattern: str
    confidence: float
    prefix: int = 4
    least: float = 2.5
    check: Callable[[str], bool] | None = None
    failed: float = 0.0


_W: Final = "A-Za-z0-9_-"

TOKENS: Final = (
    Token(
        "github_token",
        (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_"),
        r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
        0.99,
        check=has_checksum,
        failed=0.55,
    ),
    # Installation tokens grow: newer ones are several hundred characters long and hold dots.
    Token("github_token", (b"ghs_",), r"\bghs_[A-Za-z0-9_.-]{37,}\b", 0.9),
    Token("github_token", (b"github_pat_",), r"\bgithub_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}\b", 0.97, 11),
    Token("github_token", (b"v1.",), r"\bv1\.[0-9a-f]{40}\b", 0.85, 3),
    Token(
        "aws_key",
        (b"akia", b"asia", b"abia", b"acca"),
        r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b",
        0.9,
    ),
    Token("gcp_key", (b"aiza",), rf"\bAIza[{_W}]{{35}}", 0.95),
    Token("gcp_key", (b"gocspx-",), rf"\bGOCSPX-[{_W}]{{28}}", 0.95, 7),
    Token("gcp_key", (b"ya29.",), rf"\bya29\.[{_W}]{{20,}}", 0.9, 5),
    Token("azure_key", (b"q~",), r"\b[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}", 0.85, 0, 3.5),
    Token("slack_token", (b"xox",), r"\bxox[abeoprs]-[A-Za-z0-9-]{16,400}", 0.9, 5),
    Token("slack_token", (b"xapp-",), r"\bxapp-\d-[A-Z0-9]{6,20}-\d{6,20}-[A-Za-z0-9]{20,100}", 0.95, 5),
    Token(
        "slack_webhook",
        (b"hooks.slack.com/",),
        r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[TE][A-Z0-9]{5,20}/[A-Z0-9]{5,20}/[A-Za-z0-9/]{16,64}",
        0.95,
        33,
    ),
    Token("stripe_key", (b"_live_", b"_test_"), r"\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}\b", 0.95, 8),
    Token("stripe_key", (b"whsec_",), r"\bwhsec_[A-Za-z0-9+/]{24,64}", 0.9, 6),
    Token("anthropic_key", (b"sk-ant-",), rf"\bsk-ant-[a-z]{{2,10}}\d{{2}}-[{_W}]{{20,200}}", 0.95, 13),
    Token("openai_key", (b"t3blbkfj",), rf"\bsk-[{_W}]{{16,200}}T3BlbkFJ[{_W}]{{16,200}}", 0.99, 3),
    Token(
        "openai_key",
        (b"sk-proj-", b"sk-svcacct-", b"sk-admin-", b"sk-none-"),
        rf"\bsk-(?:proj|svcacct|admin|None)-[{_W}]{{20,250}}",
        0.9,
        8,
    ),
    Token("openai_key", (b"sk-",), r"\bsk-[A-Za-z0-9]{32,64}\b", 0.8, 3, 3.2),
    Token("huggingface_token", (b"hf_",), r"\bhf_[A-Za-z]{34}\b", 0.9, 3, 3.2),
    Token("npm_token", (b"npm_",), r"\bnpm_[A-Za-z0-9]{36}\b", 0.99, check=has_checksum, failed=0.75),
    Token("pypi_token", (b"pypi-agei",), rf"\bpypi-AgEIcHlwaS5vcmc[{_W}]{{40,}}", 0.98, 20),
    Token("pypi_token", (b"pypi-agen",), rf"\bpypi-AgENdGVzdC5weXBpLm9yZw[{_W}]{{40,}}", 0.98, 26),
    Token(
        "gitlab_token",
        (b"glpat-", b"gldt-", b"glrt-", b"glcbt-", b"glptt-", b"glft-", b"glsoat-", b"gloas-", b"glagent-"),
        r"\bgl(?:pat|dt|rt|cbt|ptt|ft|soat|oas|agent)-[A-Za-z0-9_.-]{20,300}\b",
        0.95,
        6,
    ),
    Token("twilio_key", (b"sk",), r"\bSK[0-9a-f]{32}\b", 0.85, 2),
    Token("sendgrid_key", (b"sg.",), rf"\bSG\.[{_W}]{{22}}\.[{_W}]{{43}}", 0.98, 3),
)


def tokens(page: Page) -> Iterator[Hit]:
    """Every token of the table."""
    for row in TOKENS:
        if not page.holds(row.needles):
            continue
        for start, end in page.spans(row.pattern):
            value = page.read(start, end)
            rest = value[row.prefix :]
            if is_placeholder(rest) or entropy(rest) < row.least:
                continue
            if row.check is None:
                yield Hit(row.type, start, end, row.confidence)
            elif row.check(value):
                yield Hit(row.type, start, end, row.confidence, validated=True)
            elif row.failed:
                yield Hit(row.type, start, end, row.failed)
