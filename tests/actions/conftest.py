"""Shared fixtures of these tests."""

from __future__ import annotations

from fixtures.planning import context, payload, planned, program, snapshot  # noqa: F401 (fixtures)
