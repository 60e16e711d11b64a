"""The tiny model, for the page about model files."""

from __future__ import annotations

from fixtures.models import tiny_model  # noqa: F401 (fixture)
