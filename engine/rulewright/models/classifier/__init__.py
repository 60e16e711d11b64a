"""Classifiers trained on labelled issues: words, cues and embeddings, combined. Prediction needs numpy only."""

from __future__ import annotations

from typing import Final

MAX_CLASSIFIER_BYTES: Final = 64 << 20
"""Bytes of a classifier's file, and of all its arrays unpacked. Known without numpy."""
