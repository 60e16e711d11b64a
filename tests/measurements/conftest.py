"""Shared fixtures of these tests."""

from __future__ import annotations

from fixtures.gathering import minilm_cache, payload, program, pulled_minilm, reader  # noqa: F401 (fixtures)
