from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.models.cassette import Cassette, compute_cassette_key
from rulewright.models.chain import ProviderChain
from rulewright.models.models_config import Budget, ModelsConfig
from rulewright.models.providers import ProviderError
from rulewright.models.task import Abstention, Task, TaskAnswer
from rulewright.policy.diagnostics import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

TASK = Task(
    "classify",
    "severity",
    "Sort.",
    "0" * 64,
    (("title", "It hangs, and the word is swordfish"),),
    labels=(("high", ""), ("low", "")),
)


class Fake:
    """A provider that says what it is told to, in order; the last for ever. An exception is raised."""

    def __init__(self, tier: Any, *says: Any) -> None:
        self.tier, self.says, self.asked, self.closed = tier, list(says), 0, 0

    def identity(self, task: Task) -> Mapping[str, Any]:
        return {"kind": "fake", "tier": self.tier}

    def answer(self, task: Task) -> TaskAnswer | Abstention:
        self.asked += 1
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if isinstance(said, Exception):
            raise said
        return said  # type: ignore[no-any-return]

    def close(self) -> None:
        self.closed += 1


def answer(value: Any = "high", tier: Any = "local", **parts: Any) -> TaskAnswer:
    return TaskAnswer(value, tier, "m", **parts)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def chain(
    folder: Path | str = "",
    *,
    mode: Any = "live",
    budget: Budget | None = None,
    clock: Any = None,
    price: Any = None,
    **providers: Any,
) -> ProviderChain:
    named = {name: {"kind": "fake", "name": name, "price": price or {}} for name in providers}
    settings = ModelsConfig(mode, str(folder), tuple(providers), named, {}, budget or Budget())
    return ProviderChain(settings, make=lambda config: providers[config["name"]], clock=clock or Time())


def test_the_first_that_answers_is_taken_and_the_others_are_told() -> None:
    local = Fake("local", Abstention("a tie: high, low", "local", "tie"))
    api = Fake("api", answer("low", "api", probabilities={"high": 0.3, "low": 0.7}))
    last = Fake("api", answer())
    found = chain(local=local, cloud=api, last=last).ask(TASK)
    assert found.said == answer("low", "api", probabilities={"high": 0.3, "low": 0.7}, margin=0.4)
    assert found.provider == "cloud"
    assert [(one.provider, one.code) for one in found.tried] == [("local", "tie")]
    assert (found.failed, last.asked) == (False, 0)


def test_one_that_fails_gives_way_and_nobody_left_is_a_failure() -> None:
    broken = Fake("local", ProviderError("it crashed"))
    assert chain(local=broken, cloud=Fake("api", answer(tier="api"))).ask(TASK).said == answer(tier="api")
    found = chain(local=broken, cloud=Fake("api", ProviderError("no connection"))).ask(TASK)
    assert (found.said, found.failed) == (None, True)
    assert found.reason == "local: it crashed; cloud: no connection"


def test_a_provider_that_cannot_be_made_gives_way() -> None:
    """A missing file of one provider must not keep the others from answering."""

    def make(config: Mapping[str, Any]) -> Any:
        if config["name"] == "local":
            raise SourceError("cannot read models/llama.yaml: No such file or directory", hint="Pull it.")
        return Fake("api", answer(tier="api"))

    providers: Any = {"local": {"kind": "local", "name": "local"}, "cloud": {"kind": "api", "name": "cloud"}}
    settings = ModelsConfig("live", "", ("local", "cloud"), providers, {}, Budget())
    found = ProviderChain(settings, make=make, clock=Time()).ask(TASK)
    assert (found.said, found.provider) == (answer(tier="api"), "cloud")
    alone = ProviderChain(settings._replace(chain=("local",)), make=make, clock=Time()).ask(TASK)
    assert alone.failed
    assert alone.reason == "local: cannot read models/llama.yaml: No such file or directory. Pull it."


def test_only_those_named_for_the_task_are_asked() -> None:
    first, second = Fake("local", answer("high")), Fake("api", answer("low", "api"))
    found = chain(first=first, second=second).ask(TASK, ("second",))
    assert (found.provider, first.asked) == ("second", 0)


def test_a_task_that_wants_a_model_gets_no_heuristic() -> None:
    guess = Fake("heuristic", answer(tier="heuristic"))
    assert chain(guess=guess).ask(TASK).said == answer(tier="heuristic")
    found = chain(guess=guess).ask(TASK._replace(min_tier="model"))
    assert (found.said, found.tried[0].code, guess.asked) == (None, "below_tier", 1)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (answer("urgent"), "invalid"),
        (answer(None), "invalid"),
        (answer("high", probabilities={"high": 0.55, "low": 0.45}), "unsure"),
        (answer("high", probabilities={"high": 0.65, "low": 0.35}), "unsure"),
        (answer("high", probabilities={"high": 0.2, "low": 0.8}), "invalid"),
        (answer("high", probabilities={"high": 2.0}), "invalid"),
        (answer("high", probabilities={"high": float("nan")}), "invalid"),
        (answer("high", probabilities={"urgent": 1.0}), "invalid"),
        (answer("high"), "unsure"),
    ],
)
def test_an_answer_that_is_not_one_or_not_sure_is_an_abstention(given: TaskAnswer, code: str) -> None:
    found = chain(local=Fake("local", given)).ask(TASK._replace(min_probability=0.6, min_margin=0.5))
    assert isinstance(found.said, Abstention)
    assert found.said.code == code


@pytest.mark.parametrize(
    ("kind", "value", "parts", "good"),
    [
        ("extract", {"v": "1"}, {"schema": {"type": "object", "required": ["v"]}}, True),
        ("extract", {}, {"schema": {"type": "object", "required": ["v"]}}, False),
        ("extract", {"v": float("inf")}, {"schema": {"type": "object"}}, False),
        ("extract", {"v": "x" * 20_000}, {"schema": {"type": "object"}}, False),
        ("summarize", "It hangs.", {"max_words": 2}, True),
        ("summarize", "It hangs again.", {"max_words": 2}, False),
        ("summarize", "x" * 5_000, {"max_words": 2}, False),
        ("summarize", "  ", {"max_words": 2}, False),
        ("embed", [0.6, 0.8], {}, True),
        ("embed", [0.6, float("nan")], {}, False),
        ("embed", "0.6", {}, False),
        ("similar", [["title", 0.5]], {}, True),
        ("similar", [["other", 0.5]], {}, False),
        ("similar", ["title"], {}, False),
    ],
)
def test_every_kind_is_held_to_its_form(kind: Any, value: Any, parts: Any, good: bool) -> None:
    task = TASK._replace(kind=kind, labels=(), **parts)
    found = chain(local=Fake("local", answer(value))).ask(task)
    assert isinstance(found.said, TaskAnswer) is good


def test_a_provider_that_keeps_failing_is_left_alone_for_a_minute() -> None:
    clock, broken = Time(), Fake("local", ProviderError("it crashed"))
    made = chain(clock=clock, local=broken)
    codes = [made.ask(TASK).tried[0].code for _ in range(5)]
    assert (codes, broken.asked) == (["failed", "failed", "failed", "open", "open"], 3)
    clock.now = 61.0
    broken.says = [answer()]
    assert made.ask(TASK).said == answer()
    assert made.ask(TASK).said == answer()


@pytest.mark.parametrize(
    ("budget", "what"),
    [(Budget(tokens=90), "tokens"), (Budget(cost=0.009), "cost"), (Budget(time=3.0), "seconds")],
)
def test_a_spent_budget_ends_the_asking(budget: Budget, what: str) -> None:
    clock = Time()

    class Slow(Fake):
        def answer(self, task: Task) -> TaskAnswer | Abstention:
            clock.now += 2.0
            return super().answer(task)

    slow = Slow("api", answer(tier="api", tokens={"prompt": 40, "generated": 10}))
    made = chain(budget=budget, clock=clock, price={"prompt": 50.0, "generated": 300.0}, cloud=slow)
    found = [made.ask(TASK) for _ in range(3)]
    assert [one.said is not None for one in found] == [True, True, False]
    assert found[2].tried[0].code == "budget"
    assert what in found[2].reason
    assert [call.latency_ms for call in made.calls] == [2000.0, 2000.0]


def test_calls_that_fail_spend_the_time(tmp_path: Path) -> None:
    clock = Time()

    class Slow(Fake):
        def answer(self, task: Task) -> TaskAnswer | Abstention:
            clock.now += 2.0
            return super().answer(task)

    broken = Slow("api", ProviderError("no answer in time"))
    made = chain(budget=Budget(time=3.0), clock=clock, cloud=broken)
    assert [made.ask(TASK).tried[0].code for _ in range(3)] == ["failed", "failed", "budget"]
    assert made.spending.seconds == 4.0


def test_what_is_recorded_is_replayed_bit_for_bit_and_asks_nobody(tmp_path: Path) -> None:
    said = answer(
        "low", "api", probabilities={"high": 0.25, "low": 0.75}, tokens={"prompt": 9}, latency_ms=7.0
    )
    live = Fake("api", said)
    recorded = chain(tmp_path, mode="record", cloud=live).ask(TASK)
    silent = Fake("api", ProviderError("nobody may be asked"))
    replayed = chain(tmp_path, mode="replay", cloud=silent).ask(TASK)
    assert recorded.said is not None
    assert replayed.said == recorded.said._replace(latency_ms=0.0)
    assert (replayed.replayed, silent.asked, live.asked) == (True, 0, 1)
    (file,) = tmp_path.iterdir()
    text = file.read_text()
    assert "swordfish" not in text
    assert json.loads(text)["task"]["labels"] == ["high", "low"]


def test_an_abstention_is_recorded_too(tmp_path: Path) -> None:
    unsure = Fake("api", answer("high", "api", probabilities={"high": 0.5, "low": 0.5}))
    task = TASK._replace(min_probability=0.9)
    chain(tmp_path, mode="record", cloud=unsure).ask(task)
    found = chain(tmp_path, mode="replay", cloud=Fake("api", ProviderError("x"))).ask(task)
    assert isinstance(found.said, Abstention)
    assert (found.said.code, found.failed) == ("unsure", False)


def test_a_miss_says_how_to_record(tmp_path: Path) -> None:
    found = chain(tmp_path, mode="replay", cloud=Fake("api", answer())).ask(TASK)
    assert (found.said, found.failed) == (None, True)
    assert "no cassette for `severity`" in found.reason
    assert "RULEWRIGHT_MODELS=record" in found.reason


def test_a_failure_is_not_recorded(tmp_path: Path) -> None:
    chain(tmp_path, mode="record", cloud=Fake("api", ProviderError("it crashed"))).ask(TASK)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["{", "[]", '{"format": "other"}'])
def test_a_damaged_cassette_is_a_failure(tmp_path: Path, damage: str) -> None:
    chain(tmp_path, mode="record", cloud=Fake("api", answer(tier="api"))).ask(TASK)
    (file,) = tmp_path.iterdir()
    file.write_text(damage)
    found = chain(tmp_path, mode="replay", cloud=Fake("api", answer())).ask(TASK)
    assert (found.said, found.failed) == (None, True)


def test_a_cassette_cannot_bring_what_the_task_does_not_allow(tmp_path: Path) -> None:
    chain(tmp_path, mode="record", cloud=Fake("api", answer(tier="api"))).ask(TASK)
    (file,) = tmp_path.iterdir()
    file.write_text(file.read_text().replace('"value": "high"', '"value": "root"'))
    found = chain(tmp_path, mode="replay", cloud=Fake("api", answer())).ask(TASK)
    assert isinstance(found.said, Abstention)
    assert found.said.code == "invalid"


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": (("title", "It hangs"),)},
        {"inputs": (("body", TASK.inputs[0][1]),)},
        {"prompt_sha256": "1" * 64},
        {"labels": (("high", "x"), ("low", ""))},
        {"min_margin": 0.1},
        {"kind": "call"},
    ],
)
def test_whatever_changes_an_answer_changes_the_key(change: Any) -> None:
    who = [{"kind": "fake"}]
    assert compute_cassette_key(TASK._replace(**change), who) != compute_cassette_key(TASK, who)
    assert compute_cassette_key(TASK, [{"kind": "other"}]) != compute_cassette_key(TASK, who)
    assert compute_cassette_key(TASK._replace(name="other"), who) == compute_cassette_key(TASK, who)


def test_the_name_of_a_file_comes_from_no_path() -> None:
    path = Cassette("folder").path_of(TASK._replace(name="../../etc/x.otherwise"), "ab" * 32)
    assert path == "folder/------etc-x-otherwise.abababababababab.json"


def test_closing_ends_every_provider() -> None:
    local = Fake("local", answer())
    made = chain(local=local)
    made.ask(TASK)
    made.close()
    assert local.closed == 1
