"""GraphQL, executed for real against GitHub's schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from github_simulator.call import Answer

if TYPE_CHECKING:
    from github_simulator.simulator import Simulator

__all__ = ["GraphQL", "Operation"]


class Operation(NamedTuple):
    """A document as it came: whether it writes, whether it makes content."""

    write: bool
    creates: bool


class GraphQL:
    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator

    def inspect(self, entry: Any) -> Operation:
        return Operation(False, False)

    def run(self, operation: Operation, entry: Any, who: Any, fault: Any) -> Answer:
        return Answer(200, {"errors": [{"message": "not yet"}]})
