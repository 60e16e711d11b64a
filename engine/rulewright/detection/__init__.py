"""Detection of personal data and secrets in text."""

from __future__ import annotations

from rulewright.detection.detector import detect, detector
from rulewright.detection.fingerprint import fingerprint
from rulewright.detection.model import CERTAIN, PII, SECRETS, TYPES, Finding

__all__ = ["CERTAIN", "PII", "SECRETS", "TYPES", "Finding", "detect", "detector", "fingerprint"]
