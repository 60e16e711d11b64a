"""Masked texts, without what `detect` finds in them, and fingerprints of findings."""

from __future__ import annotations

from hashlib import sha256
from hmac import new
from unicodedata import normalize


def mask_text(text: str, *, name_types: bool = False) -> str:
    """The text with every finding replaced by `[masked]`, or with `name_types` by `[masked: email]`."""
    from rulewright.detection.detector import detect

    for finding in sorted(detect(text), key=lambda found: -found.start):
        mask = f"[masked: {finding.type}]" if name_types else "[masked]"
        text = text[: finding.start] + mask + text[finding.end :]
    return text


def fingerprint(text: str, salt: str | bytes) -> str:
    """HMAC-SHA256 of a matched text under a secret salt, the first 16 hex digits.

    The text is normalised (NFKC), so that a full-width copy has the fingerprint of the plain one. Without the
    salt, numbers with few values such as telephone numbers could be found by trying all of them: keep it secret.
    Raises ValueError for an empty salt.
    """
    key = salt.encode() if isinstance(salt, str) else salt
    if not key:
        raise ValueError("a fingerprint without a salt can be brute-forced")
    return new(key, normalize("NFKC", text).encode("utf-8", "replace"), sha256).hexdigest()[:16]
