"""Detection of personal data and secrets in text."""

from __future__ import annotations

from rulewright.detection.detector import detect, make_detector
from rulewright.detection.masking import fingerprint
from rulewright.detection.model import CERTAIN, Finding
from rulewright.policy.finding_types import PII, SECRETS, TYPES

__all__ = ["CERTAIN", "PII", "SECRETS", "TYPES", "Finding", "detect", "fingerprint", "make_detector"]
