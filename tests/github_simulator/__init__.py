"""A GitHub to test against: a real HTTP server on loopback that behaves as api.github.com does.

with Simulator() as sim:
    repo = sim.repository("octo-org/demo", collaborators={"mona": "write"})
    number = repo.issue("App crashes on startup", labels=["bug"])
    client = Client(sim.token("actions"), api_url=sim.api_url, clock=sim.clock)
    …
    assert repo.state()[number]["labels"] == ["Triaged", "bug"]
    assert not sim.violations and not sim.limits.breaches
"""

from __future__ import annotations

from github_simulator.clock import RealClock, VirtualClock
from github_simulator.seeds import Past, seeded
from github_simulator.simulator import Simulator

__all__ = ["Past", "RealClock", "Simulator", "VirtualClock", "seeded"]
