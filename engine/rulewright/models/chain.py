"""Who answers a task: the cassette, or the providers in order until one is sure.

Every outcome includes what was tried and why it failed. When no provider is sure, nothing is guessed: the fact is
absent, and the `otherwise:` of its policy decides (a heuristic written as conditions, most often).
"""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from rulewright.models.answer_checks import check_answer
from rulewright.models.budget import CircuitBreaker, ModelSpending
from rulewright.models.cassette import Cassette, compute_cassette_key, missing_cassette_error
from rulewright.models.providers import ProviderError, build_provider
from rulewright.models.task import NO_TOKENS, Abstention, TaskAnswer, meets_min_tier
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.json_types import as_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.models.models_config import ModelsConfig
    from rulewright.models.providers import Provider
    from rulewright.models.task import Task, TaskResult
    from rulewright.policy.json_types import Json

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
    """`said` is None where no provider even abstained. `failed`: something went wrong, rather than declined."""

    said: TaskResult | None
    provider: str = ""
    tried: tuple[Attempt, ...] = ()
    replayed: bool = False
    failed: bool = False

    @property
    def reason(self) -> str:
        """Why there is no answer, in one line."""
        if not self.tried:
            return "no provider is available"
        return "; ".join(f"{attempt.provider}: {attempt.reason}" for attempt in self.tried)


class ProviderChain:
    """The providers of one run and what they spent. `make` builds a provider from its settings."""

    def __init__(
        self,
        config: ModelsConfig,
        make: Callable[[Mapping[str, Json]], Provider] = build_provider,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config = config
        self.spending = ModelSpending(config.budget)
        self.calls: deque[ProviderCall] = deque(maxlen=MAX_CALLS_KEPT)
        self._make = make
        self._clock = clock
        self._providers: dict[str, Provider] = {}
        self._breakers: dict[str, CircuitBreaker] = {}

    def ask(self, task: Task, names: tuple[str, ...] | None = None) -> ChainOutcome:
        """The outcome of a task. `names`: providers to ask instead of the configured chain. Raises UsageError for a
        provider with bad settings."""
        chain = self.config.chain if names is None else names
        if not chain:
            return ChainOutcome(None)
        mode = self.config.mode
        if mode == "live":
            return self._ask_providers(task, chain)
        cassette = Cassette(self.config.cassettes)
        try:
            key = compute_cassette_key(task, [self._provider(name).identity(task) for name in chain])
            if mode == "replay":
                return self._replay(task, cassette, key)
            outcome = self._ask_providers(task, chain)
            if outcome.said is not None and not outcome.failed:
                cassette.record(task, key, outcome.said)
        except SourceError as error:
            return _fail_replay(error)
        return outcome

    def close(self) -> None:
        """Close all providers."""
        for provider in self._providers.values():
            provider.close()

    def _replay(self, task: Task, cassette: Cassette, key: str) -> ChainOutcome:
        result = cassette.play(task, key)
        if result is None:
            return _fail_replay(missing_cassette_error(task, cassette, key))
        if isinstance(result, TaskAnswer):
            result = check_answer(task, result)
        tried = () if isinstance(result, TaskAnswer) else (_describe_abstention("cassette", result),)
        return ChainOutcome(result, "cassette", tried, replayed=True)

    def _ask_providers(self, task: Task, chain: tuple[str, ...]) -> ChainOutcome:
        tried: list[Attempt] = []
        last: Abstention | None = None
        failed = False
        for name in chain:
            try:
                result = self._try_provider(task, name)
            except SourceError as error:
                kind = str(self.config.providers[name].get("kind", ""))
                tried.append(Attempt(name, kind, "failed", _join_hint(error)))
                failed = True
                continue
            if isinstance(result, TaskAnswer):
                return ChainOutcome(result, name, tuple(tried))
            if isinstance(result, Abstention):
                last, result = result, _describe_abstention(name, result)
            tried.append(result)
        return ChainOutcome(last, "", tuple(tried), failed=failed)

    def _try_provider(self, task: Task, name: str) -> TaskResult | Attempt:
        """One provider's checked answer; an Attempt where it may not be asked. Raises SourceError where it cannot be
        made, ProviderError where it fails."""
        provider = self._provider(name)
        skipped = self._reason_to_skip(task, name, provider)
        if skipped is not None:
            return Attempt(name, provider.tier, *skipped)
        return self._ask_provider(task, name, provider)

    def _ask_provider(self, task: Task, name: str, provider: Provider) -> TaskResult:
        """One provider's checked answer; its time, cost and failure are recorded. Raises ProviderError."""
        began = self._clock()
        tokens: Mapping[str, int] = NO_TOKENS
        try:
            result = provider.answer(task)
            tokens = result.tokens
        except ProviderError:
            self._record_call(task, name, "failed", began)
            self._breaker(name).record_failure()
            raise
        finally:
            price = cast("dict[str, float]", as_object(self.config.providers[name].get("price")) or {})
            self.spending.add(tokens, price, self._clock() - began)
        if isinstance(result, TaskAnswer):
            result = check_answer(task, result)
        self._breaker(name).record_success()
        self._record_call(task, name, "answered" if isinstance(result, TaskAnswer) else result.code, began)
        return result

    def _reason_to_skip(self, task: Task, name: str, provider: Provider) -> tuple[str, str] | None:
        """(code, reason) why a provider is not asked."""
        if not meets_min_tier(provider.tier, task.min_tier):
            return "below_tier", f"the task asks for `min_tier: {task.min_tier}`"
        if self._breaker(name).is_open:
            return "open", "skipped for a minute after repeated failures"
        exceeded = self.spending.exceeded
        return None if exceeded is None else ("budget", exceeded)

    def _record_call(self, task: Task, name: str, code: str, began: float) -> None:
        self.calls.append(ProviderCall(task.name, name, code, round((self._clock() - began) * 1000, 3)))

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            self._providers[name] = self._make(self.config.providers[name])
        return self._providers[name]

    def _breaker(self, name: str) -> CircuitBreaker:
        return self._breakers.setdefault(name, CircuitBreaker(self._clock))


def _describe_abstention(name: str, result: Abstention) -> Attempt:
    return Attempt(name, result.tier, result.code, result.reason)


def _join_hint(error: SourceError) -> str:
    return error.message if error.hint is None else f"{error.message.removesuffix('.')}. {error.hint}"


def _fail_replay(error: SourceError) -> ChainOutcome:
    attempt = Attempt("cassette", "cassette", "failed", _join_hint(error))
    return ChainOutcome(None, "", (attempt,), failed=True)
