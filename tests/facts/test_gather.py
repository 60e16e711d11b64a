"""Facts are gathered in rounds, where an undecided rule asks; a source that fails leaves the run whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from fixtures.nodes import START, constant
from rulewright.events.model import Absent, Event, Facts
from rulewright.facts.gather import gather, normalize_moment
from rulewright.facts.gathering import NOT_GATHERED
from rulewright.facts.model_tasks import NO_PROVIDER
from rulewright.facts.sources import GatheringContext, source_for
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.program.compiled_policy import CompiledPolicy, Entry
from rulewright.program.named_facts import CompiledFact, FactStep, Need

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOW = "2026-01-05T09:00:00Z"
OPENED = {"action": "opened", "issue": {"number": 1}}


@dataclass
class Route:
    """Asks for one more of its externals in each round, as undecided rules do."""

    externals: tuple[Need, ...]
    asked: list[tuple[str, ...]] = field(default_factory=list)
    fact_keys: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def needs(
        self, payload: Mapping[str, Any], now: str, known: Mapping[str, Any], absent: Mapping[str, Any]
    ) -> tuple[Need, ...]:
        assert (payload, now) == (OPENED, NOW)
        pending = [need for need in self.externals if need.name not in known and need.name not in absent]
        self.asked.append(tuple(need.name for need in pending[:1]))
        return tuple(pending[:1])


@dataclass
class Program:
    policies: tuple[CompiledPolicy, ...] = ()
    externals: tuple[Need, ...] = ()
    config: Config = field(default_factory=Config)

    def route(self, name: str, action: str | None) -> Route:
        assert (name, action) == ("issues", "opened")
        self.last = Route(self.externals)
        return self.last


def policy(*lets: str, objective: str = "p95") -> CompiledPolicy:
    facts = {name: CompiledFact("", START, (FactStep("call", {}),)) for name in lets}
    entry = Entry(objective, "objective", constant(True), START)
    return CompiledPolicy(
        "p",
        "Triage",
        "enforce",
        "p.yaml",
        "",
        ("issues",),
        facts,
        {},
        (entry,),
    )


def need(name: str, source: str, owner: str = "p", **arguments: Any) -> Need:
    return Need(owner, name, source, arguments)


class Answers:
    """A source that answers from a table and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[tuple[str, ...]] = []

    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
        self.asked.append(tuple(request.name for request in requests))
        return self.answers


class Broken:
    def gather(self, requests: tuple[Need, ...], event: Event, now: str) -> Mapping[str, Any]:
        raise SourceError("the model did not answer")


def run(program: Program, **options: Any) -> Facts:
    return gather(program, OPENED, now=NOW, **options)  # type: ignore[arg-type]


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(**table: Any) -> Config:
        import sys

        name = f"acme_facts_{'_'.join(table)}_{id(table)}"
        module = ModuleType(name)
        module.table = table  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
        return Config({"plugins": [f"{name}:table"]})

    return install


def test_without_external_facts_nothing_is_asked() -> None:
    program = Program()
    facts = run(program)
    assert facts == Facts(Event("issues", "opened", OPENED), NOW)
    assert program.last.asked == []


def test_an_event_may_come_as_one() -> None:
    event = Event("issues", "opened", OPENED)
    assert gather(Program(), event, now=NOW).event is event  # type: ignore[arg-type]


def test_a_source_without_runtime_leaves_its_facts_absent() -> None:
    facts = run(Program(externals=(need("near", "tarot"), need("severity", "runes"))))
    assert facts.absent == {"near": NOT_GATHERED, "severity": NOT_GATHERED}
    assert facts.values == {}


def test_facts_come_in_rounds_until_nothing_is_asked(plugin: Any) -> None:
    source = Answers(a={"count": 1}, b=Absent("too short"), c=Absent("timeout", failed=True), d=float("nan"))
    externals = tuple(need(name, "detect") for name in "abcde")
    program = Program(externals=externals, config=plugin(detect=source))
    facts = run(program)
    assert source.asked == [("a",), ("b",), ("c",), ("d",), ("e",)]
    assert facts.values == {"a": {"count": 1}}
    assert facts.absent == {
        "b": Absent("too short"),
        "c": Absent("timeout", failed=True),
        "d": Absent("`detect` answered with something that is not JSON", failed=True),
        "e": Absent("no data from `detect`"),
    }


def test_rounds_are_bounded(plugin: Any) -> None:
    source = Answers(**{f"f{n}": n for n in range(20)})
    program = Program(externals=tuple(need(f"f{n}", "x") for n in range(20)), config=plugin(x=source))
    facts = run(program)
    assert len(facts.values) == 8
    assert facts.absent == {"f8": Absent("not gathered within 8 rounds")}


def test_a_failing_source_makes_its_facts_absent(plugin: Any) -> None:
    facts = run(Program(externals=(need("a", "call"),), config=plugin(call=Broken())))
    assert facts.absent == {"a": Absent("the model did not answer", failed=True)}


def test_given_facts_are_not_gathered(plugin: Any) -> None:
    source = Answers(a=1)
    program = Program((policy("a"),), (need("a", "x"),), plugin(x=source))
    given = {"a": 2, "p95": [1.0]}
    facts = run(program, given=given)
    assert facts.values == given
    assert facts.values is not given
    assert source.asked == []


def test_one_name_with_two_meanings_is_gathered_for_neither(plugin: Any) -> None:
    source = Answers(a=1)
    externals = (need("a", "x", "first"), need("a", "x", "second", deep=True))
    facts = run(Program(externals=externals, config=plugin(x=source)))
    assert facts.values == {}
    assert facts.absent["a"].reason.startswith("first and second define it differently")


def test_one_meaning_in_two_policies_is_gathered_for_both(tmp_path: Path) -> None:
    """On whichever line it stands."""
    for name, lines in (("first", ""), ("second", "# A line more.\n")):
        (tmp_path / f"{name}.yaml").write_text(
            f"{lines}apiVersion: rulewright/v1\nkind: Triage\nmetadata: {{ name: {name}, owner: me }}\n"
            "on: [issues]\nlet: { said: { timeline: comments, by: human } }\n"
            f"rules: [ {{ id: a, when: {{ said.count: 0 }}, then: [ add_labels: [{name}] ] }} ]\n"
        )
    program = rulewright.load(tmp_path, cache=False)
    payload = {"issue": {"number": 1, "title": "T", "state": "open", "labels": []}, "timeline": []}
    facts = rulewright.gather(program, Event("issues", "opened", payload), now="2026-01-05T09:00:00Z")
    assert facts.absent == {}
    assert rulewright.evaluate(program, facts).policy("second").matched


def test_a_rule_is_not_suggested_as_a_fact(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Triage\nmetadata: { name: p }\non: [issues]\n"
        "rules: [ { id: reading, when: { issue.state: open }, then: [ add_labels: [bug] ] } ]\n"
    )
    program = rulewright.load(tmp_path, cache=False)
    with pytest.raises(UsageError, match="No policy has a fact named `reading`") as caught:
        rulewright.gather(program, Event("issues", "opened", {}), given={"reading": 1})
    assert caught.value.hint == "Facts are given by the names under `let:`."


def test_given_names_must_be_known() -> None:
    program = Program((policy("severity"),))
    for _ in range(2):
        with pytest.raises(UsageError, match="No policy has a fact named `sevrity`") as caught:
            run(program, given={"sevrity": "high"})
        assert caught.value.hint == "Did you mean `severity`?"
    assert run(program, given={"severity": "high"}).values == {"severity": "high"}
    with pytest.raises(UsageError):
        run(Program((policy(),)), given={"severity": "high"})


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (NOW, NOW),
        ("2026-01-05T10:00:00+01:00", NOW),
        ("2026-01-05T09:00:00", NOW),
        ("2026-01-05T09:00:00.250Z", "2026-01-05T09:00:00.250000Z"),
        ("2026-01-05", "2026-01-05T00:00:00Z"),
        (datetime(2026, 1, 5, 9, tzinfo=UTC), NOW),
        (datetime(2026, 1, 5, 11, tzinfo=timezone(timedelta(hours=2))), NOW),
        (datetime(2026, 1, 5, 9), NOW),
    ],
)
def test_moments(now: str | datetime, expected: str) -> None:
    assert normalize_moment(now) == expected


@pytest.mark.parametrize("now", ["", "yesterday", "2026-13-01", "0001-01-01T00:00:00+23:00"])
def test_what_is_no_moment(now: str) -> None:
    with pytest.raises(UsageError, match="not a timestamp"):
        normalize_moment(now)


def test_the_clock_is_read_when_no_moment_is_given() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    read = datetime.fromisoformat(gather(Program(), OPENED).now)  # type: ignore[arg-type]
    assert before <= read <= datetime.now(UTC)


def test_broken_plugins_are_named() -> None:
    for reference, part in (
        ("no_such_module_here:table", "cannot be imported"),
        ("json:no_such_thing", "has no `no_such_thing`"),
        ("json:dumps", "is no table of facts"),
    ):
        with pytest.raises(UsageError, match=part):
            source_for("detect", GatheringContext(Config({"plugins": [reference]})))
    assert source_for("nowhere", GatheringContext(Config())) is None


def test_a_plugin_that_fails_on_import_is_named(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "acme_broken_facts.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match="failed on import: ZeroDivisionError"):
        source_for("detect", GatheringContext(Config({"plugins": ["acme_broken_facts:table"]})))


POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team, description: First look. }
on: [issues.opened]
let:
  pii: { summarize: pii, in: [issue.body] }
  severity: { call: triage-severity }
rules:
  - id: pii-found
    description: Personal data.
    when: { pii: { contains: leak }, state: open }
    then: [ { add_labels: [security] } ]
  - id: severe
    description: A severe issue with a crash.
    when: { severity: high, body: { contains: crash } }
    then: [ { add_labels: [urgent] } ]
"""


def test_a_real_program_asks_only_for_what_is_undecided(tmp_path: Any) -> None:
    from rulewright.compile.loader import load

    file = tmp_path / "intake.yaml"
    file.write_text(POLICY)
    program = load(file, cache=False)
    payload = {"action": "opened", "issue": {"number": 1, "state": "open", "body": "It hangs."}}
    # The body decides the second rule without the model, so nobody asks it.
    assert gather(program, payload, now=NOW).absent == {"pii": Absent(NO_PROVIDER)}
    given = {"pii": "clean"}
    assert gather(program, payload, now=NOW, given=given).absent == {}
    crashed = {**payload, "issue": {**payload["issue"], "body": "A crash."}}  # type: ignore[dict-item]
    assert gather(program, crashed, now=NOW, given=given).absent == {"severity": Absent(NO_PROVIDER)}
    with pytest.raises(UsageError, match="No policy has a fact named `sevrity`"):
        gather(program, payload, given={"sevrity": "high"})
    assert gather(program, {"ref": "refs/heads/main", "commits": []}, given=given).values == given


CHAIN = """\
let:
  severity:
    label_group: severity
    otherwise:
      call: first-model
      otherwise:
        label_group: guess
        otherwise: { classify: severity, into: [low, high], otherwise: { value: medium } }
rules:
  - id: high
    when: { severity: high }
    then: [ { notify: { channel: oncall, text: "It is {{ severity }}." } } ]
  - id: any
    when: { severity: { exists: true } }
    then: [ { notify: { channel: oncall, text: "It is {{ severity }}." } } ]
"""


@pytest.mark.parametrize(
    ("labels", "answers", "asked", "severity"),
    [
        (["severity/high"], {}, [], "high"),
        ([], {"severity": "high"}, ["severity"], "high"),
        (["guess/low"], {}, ["severity"], "low"),
        ([], {"severity.otherwise": "high"}, ["severity", "severity.otherwise"], "high"),
        ([], {"severity": None, "severity.otherwise": "low"}, ["severity", "severity.otherwise"], "low"),
        ([], {}, ["severity", "severity.otherwise"], "medium"),
    ],
)
def test_what_stands_in_an_otherwise_is_asked_once_the_first_has_nothing(
    program: Any,
    payload: dict[str, Any],
    plugin: Any,
    labels: list[str],
    answers: dict[str, Any],
    asked: list[str],
    severity: str,
) -> None:
    import rulewright

    source = Answers(**answers)
    loaded = program(CHAIN)
    loaded.config = plugin(call=source, classify=source)
    payload["issue"]["labels"] = [{"name": name} for name in labels]
    facts = gather(loaded, payload, now=NOW)
    assert [name for names in source.asked for name in names] == asked
    decision = rulewright.evaluate(loaded, facts)
    assert decision.value("p0", "severity") == severity
    matched = [entry.id for entry in decision.policies[0].matched]
    assert matched == (["high", "any"] if severity == "high" else ["any"])
