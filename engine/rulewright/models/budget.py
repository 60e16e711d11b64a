"""What a run has spent on models, and providers that are left alone after failing again and again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.models_config import Budget

FAILURES_TO_OPEN: Final = 3
"""Failures in a row after which a provider is left alone."""
OPEN_SECONDS: Final = 60.0
"""Seconds for which it is; then one task tries it, and a failure leaves it alone again."""
MILLION: Final = 1_000_000


@dataclass(slots=True)
class ModelSpending:
    """Tokens, cost (in the currency of the prices) and seconds of one run."""

    budget: Budget
    tokens: int = 0
    cost: float = 0.0
    seconds: float = 0.0

    def add(self, tokens: Mapping[str, int], price: Mapping[str, Any], seconds: float) -> None:
        """`price`: cost of a million tokens of the `prompt`, and of those `generated`."""
        self.tokens += tokens.get("prompt", 0) + tokens.get("generated", 0)
        self.cost += sum(tokens.get(kind, 0) * float(each) for kind, each in price.items()) / MILLION
        self.seconds += seconds

    @property
    def over(self) -> str | None:
        """Which limit is reached, in words; None while there is something left."""
        limits = (
            ("tokens", self.tokens, self.budget.tokens),
            ("cost", self.cost, self.budget.cost),
            ("seconds", self.seconds, self.budget.time),
        )
        for name, spent, most in limits:
            if most is not None and spent >= most:
                return f"the run's budget for models is spent: {spent:g} of {most:g} {name}"
        return None


@dataclass(slots=True)
class CircuitBreaker:
    """One provider's circuit breaker. `clock` gives seconds that never go back."""

    clock: Callable[[], float]
    failures: int = 0
    until: float = field(default=float("-inf"))

    @property
    def open(self) -> bool:
        """Whether the provider is left alone now."""
        return self.clock() < self.until

    def failed(self) -> None:
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            self.until = self.clock() + OPEN_SECONDS

    def worked(self) -> None:
        self.failures = 0
        self.until = float("-inf")
