"""Health, login, delegation and the nightly job: measured, and correct."""

from __future__ import annotations

import pytest

TASKS = {
    "add 19 23": ("calculator", "42"),
    "30 days after 2026-01-05": ("calendar", "2026-02-04"),
    "primes below 1000": ("mathematician", "168 primes below 1000"),
}


@pytest.mark.slo("api-health-p95")
def test_health(slo, client):
    for _ in range(60):
        with slo.measure("api_health"):
            assert client.get("/health")["status"] == "ok"


@pytest.mark.slo("authentication-p95")
def test_login(slo, client):
    for _ in range(60):
        with slo.measure("authentication"):
            token = client.post("/login", user="kim", password="correct horse battery staple")["token"]
        assert token.startswith("kim.")
    with pytest.raises(RuntimeError, match="401 wrong user or password"):
        client.post("/login", user="kim", password="guess")


@pytest.mark.slo("agent-delegation-p95")
def test_delegation(slo, client):
    for task, (agent, result) in [*TASKS.items()] * 20:
        with slo.measure("agent_delegation"):
            answer = client.post("/delegate", task=task)
        assert answer == {"agent": agent, "result": result}


@pytest.mark.slo("meditation")
def test_meditation(slo, client):
    """One memory says what another one says: it is gone in the morning."""
    before = client.get("/health")["memories"]
    client.post("/memories", texts=["the kettle was borrowed from Kofi in june"] * 2)
    with slo.measure("meditation"):
        insight = client.post("/meditate")
    assert insight["forgotten"] >= 1
    assert insight["kept"] + insight["forgotten"] == before + 2
