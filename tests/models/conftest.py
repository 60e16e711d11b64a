"""Shared fixtures of these tests."""

from __future__ import annotations

from fixtures.gathering import minilm_cache, payload, program, pulled_minilm, reader  # noqa: F401 (fixtures)
from fixtures.models import providers, task, tiny_model, tiny_provider, tiny_settings  # noqa: F401 (fixtures)
