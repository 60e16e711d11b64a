"""The budget of a run for models, and the circuit breaker of a provider that fails repeatedly."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FAILURES_TO_OPEN: Final = 3
"""Failures in a row after which a provider is not asked."""
OPEN_SECONDS: Final = 60.0
"""How long it is not asked. Then one task tries it, and a failure opens the breaker again."""
MILLION: Final = 1_000_000


class Budget(NamedTuple):
    """What one run may spend on models; None is no limit. `cost`: in the currency of the prices, `time`: seconds."""

    tokens: int | None = None
    cost: float | None = None
    time: float | None = None


@dataclass(slots=True)
class ModelSpending:
    """Tokens, cost (in the currency of the prices) and seconds of one run."""

    budget: Budget
    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0

    def add(self, tokens: Mapping[str, int], price: Mapping[str, float], seconds: float) -> None:
        """`price`: cost of a million tokens of the `prompt`, and of those `generated`."""
        self.tokens += tokens.get("prompt", 0) + tokens.get("generated", 0)
        self.cost += sum(tokens.get(kind, 0) * rate for kind, rate in price.items()) / MILLION
        self.seconds += seconds

    @property
    def exceeded(self) -> str | None:
        """The limit that is reached, in words; None below all limits."""
        limits = (
            ("tokens", self.tokens, self.budget.tokens),
            ("cost", self.cost, self.budget.cost),
            ("seconds", self.seconds, self.budget.time),
        )
        for name, spent, limit in limits:
            if limit is not None and spent >= limit:
                return f"the models budget of the run is used up: {spent:g} of {limit:g} {name}"
        return None


@dataclass(slots=True)
class CircuitBreaker:
    """The circuit breaker of one provider. `clock` gives monotonic seconds."""

    clock: Callable[[], float]
    failures: int = 0
    until: float = field(default=float("-inf"))

    @property
    def is_open(self) -> bool:
        """Whether the provider must not be asked now."""
        return self.clock() < self.until

    def record_failure(self) -> None:
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            self.until = self.clock() + OPEN_SECONDS

    def record_success(self) -> None:
        self.failures = 0
        self.until = float("-inf")
