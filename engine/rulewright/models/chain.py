"""Who answers a task: the cassette, or the providers in their order until one is sure; else nobody.

What ran, and why the others did not, comes with every outcome. After the chain nothing is guessed: the fact is
absent, and what its policy says under `otherwise:` speaks (a heuristic written as conditions, most often).
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.models.answer_checks import check_answer
from rulewright.models.budget import CircuitBreaker, ModelSpending
from rulewright.models.cassette import Cassette, compute_cassette_key, missing_cassette_error
from rulewright.models.providers import ProviderError, build_provider
from rulewright.models.task import Abstention, TaskAnswer, meets_min_tier

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.models_config import ModelsConfig
    from rulewright.models.providers import Provider
    from rulewright.models.task import Task

MAX_CALLS_KEPT: Final = 1000


class Attempt(NamedTuple):
    """A provider that gave no answer. `code` is that of an abstention, or `failed`, `open`, `budget`, `below_tier`."""

    provider: str
    tier: str
    code: str
    reason: str


class ProviderCall(NamedTuple):
    """One provider's work on one task, for the trace: it enters no fact."""

    task: str
    provider: str
    code: str
    latency_ms: float


class ChainOutcome(NamedTuple):
    """`said` is None where nobody even abstained. `failed`: something went wrong, rather than declined."""

    said: TaskAnswer | Abstention | None
    provider: str = ""
    tried: tuple[Attempt, ...] = ()
    replayed: bool = False
    failed: bool = False
    hint: str | None = None

    @property
    def reason(self) -> str:
        """Why there is no answer, in one line."""
        if not self.tried:
            return "nobody is there to be asked"
        return "; ".join(f"{one.provider}: {one.reason}" for one in self.tried)


class ProviderChain:
    """The providers of one run with what they spent. `make` builds a provider out of its settings."""

    def __init__(
        self,
        settings: ModelsConfig,
        make: Callable[[Mapping[str, Any]], Provider] = build_provider,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.spent = ModelSpending(settings.budget)
        self.calls: deque[ProviderCall] = deque(maxlen=MAX_CALLS_KEPT)
        self._make = make
        self._clock = clock
        self._providers: dict[str, Provider] = {}
        self._breakers: dict[str, CircuitBreaker] = {}

    def ask(self, task: Task, names: tuple[str, ...] | None = None) -> ChainOutcome:
        """What comes of a task; `names` instead of the chain of the settings. Raises UsageError for bad settings."""
        chain = self.settings.chain if names is None else names
        if not chain:
            return ChainOutcome(None)
        mode = self.settings.mode
        if mode == "live":
            return self._providers_say(task, chain)
        cassette = Cassette(self.settings.cassettes)
        try:
            key = compute_cassette_key(task, [self._provider(name).identity(task) for name in chain])
            if mode == "replay":
                return self._replayed(task, cassette, key)
            found = self._providers_say(task, chain)
            if found.said is not None and not found.failed:
                cassette.record(task, key, found.said)
        except ProviderError as error:
            return _failed_outcome("cassette", "cassette", error)
        return found

    def close(self) -> None:
        """End what the providers have open."""
        for provider in self._providers.values():
            provider.close()

    def _replayed(self, task: Task, cassette: Cassette, key: str) -> ChainOutcome:
        said = cassette.play(task, key)
        if said is None:
            return _failed_outcome("cassette", "cassette", missing_cassette_error(task, cassette, key))
        if isinstance(said, TaskAnswer):
            said = check_answer(task, said)
        tried = (
            () if isinstance(said, TaskAnswer) else (Attempt("cassette", said.tier, said.code, said.reason),)
        )
        return ChainOutcome(said, "cassette", tried, replayed=True)

    def _providers_say(self, task: Task, chain: tuple[str, ...]) -> ChainOutcome:
        tried: list[Attempt] = []
        last: Abstention | None = None
        failed = False
        hint = None
        for name in chain:
            provider = self._provider(name)
            reason = self._barred(task, name, provider)
            if reason is not None:
                tried.append(Attempt(name, provider.tier, *reason))
                continue
            began = self._clock()
            try:
                said = provider.answer(task)
            except ProviderError as error:
                self._note(task, name, "failed", began)
                self._breaker(name).failed()
                tried.append(Attempt(name, provider.tier, "failed", error.message))
                failed, hint = True, hint or error.hint
                continue
            if isinstance(said, TaskAnswer):
                said = check_answer(task, said)
            self._breaker(name).worked()
            price = self.settings.providers[name].get("price") or {}
            self.spent.add(said.tokens, price, self._clock() - began)
            if isinstance(said, TaskAnswer):
                self._note(task, name, "answered", began)
                return ChainOutcome(said, name, tuple(tried))
            self._note(task, name, said.code, began)
            tried.append(Attempt(name, said.tier, said.code, said.reason))
            last = said
        return ChainOutcome(last, "", tuple(tried), failed=failed, hint=hint)

    def _barred(self, task: Task, name: str, provider: Provider) -> tuple[str, str] | None:
        """(code, reason) why a provider is not even asked."""
        if not meets_min_tier(provider.tier, task.min_tier):
            return "below_tier", f"the task asks for `min_tier: {task.min_tier}`"
        if self._breaker(name).open:
            return "open", "left alone for a minute after repeated failures"
        over = self.spent.over
        return None if over is None else ("budget", over)

    def _note(self, task: Task, name: str, code: str, began: float) -> None:
        self.calls.append(ProviderCall(task.name, name, code, round((self._clock() - began) * 1000, 3)))

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            self._providers[name] = self._make(self.settings.providers[name])
        return self._providers[name]

    def _breaker(self, name: str) -> CircuitBreaker:
        return self._breakers.setdefault(name, CircuitBreaker(self._clock))


def _failed_outcome(name: str, tier: str, error: ProviderError) -> ChainOutcome:
    reason = error.message if error.hint is None else f"{error.message}. {error.hint}"
    return ChainOutcome(None, "", (Attempt(name, tier, "failed", reason),), failed=True, hint=error.hint)
