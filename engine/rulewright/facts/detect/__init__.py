"""Detection of personal data and secrets in text. Imported only where a `detect` fact is gathered, or for `scan`."""

from __future__ import annotations

from rulewright.facts.detect.detector import detect, detector
from rulewright.facts.detect.fingerprint import fingerprint
from rulewright.facts.detect.model import CERTAIN, PII, SECRETS, TYPES, Finding

__all__ = ["CERTAIN", "PII", "SECRETS", "TYPES", "Finding", "detect", "detector", "fingerprint"]
