"""A run may die anywhere: the next one ends where an undisturbed one would have, and doubles nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from fixtures.readers import SnapshotReader
from rulewright.actions.port import RecordingPort
from rulewright.compile.compiler import compile_policies
from rulewright.events.model import Event
from rulewright.events.snapshot import Snapshot, with_snapshot
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.policy_reader import read_policies
from rulewright.program.program import Program
from rulewright.run.context import RunContext
from rulewright.run.runner import run_subjects
from rulewright.run.state.files import DirectoryStore
from rulewright.run.state.store import NoStore, lines_of

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect
    from rulewright.run.context import RunSummary
    from rulewright.run.pipeline import SubjectResult
    from rulewright.run.state.memory import Memory

REPO = "octo-org/demo"
NOW = "2026-01-05T09:00:00Z"
RULES = """
  - id: r0
    when: { title: { contains: crash } }
    then: [ { add_labels: [bug, p1] }, { comment: { text: A crash. } } ]
  - id: r1
    when: { labels: { contains: old } }
    then:
      - remove_labels: [old]
      - comment: { text: Was old. }
      - notify: { channel: oncall, text: "Old: {{ issue.number }}" }
  - id: r2
    when: { labels: { contains: wontfix }, state: open }
    then: [ { close: not_planned }, { remove_labels: [wontfix] } ]
  - id: r3
    when: { title: { contains: "[P1]" } }
    then: [ { set_title: { remove: ["[P?]"] } }, { set_label: { group: s, value: hi } } ]
  - id: r4
    when: { labels: { contains: p1 } }
    then: [ { assign: octocat }, { notify: { channel: oncall, text: P1 } } ]
  - id: r5
    when: { labels: { contains: s/hi } }
    then: [ { set_milestone: v1 }, { create_issue: { title: One, body: Two, key: k } } ]
  - id: r6
    when: { state: closed }
    then: [ { comment: { text: It is closed., key: end } } ]
  - id: r7
    when: { pii.count: { gt: 0 }, state: open }
    then: [ { mask: pii }, { add_labels: [security] }, { comment: { text: It is masked. } } ]
"""
COUNT = 8
HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: all, owner: me, description: All. }
on: [schedule]
let: { pii: { detect: pii, in: [issue.body] } }
rules:
"""


class Death(BaseException):
    """The process is gone: nobody catches it."""


@dataclass(slots=True)
class World(RecordingPort):
    """Subjects in memory. Dies at the nth step of `at`: before or after a write or an emission, or when a record
    should be written."""

    moment: str = NOW
    at: str = ""
    nth: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    sent: list[str] = field(default_factory=list)
    failing: int = 0

    def step(self, name: str) -> None:
        self.steps[name] += 1
        if name == self.at and self.steps[name] == self.nth:
            raise Death

    def write(self, effect: Effect) -> None:
        self.step("before")
        if self.failing:
            self.failing -= 1
            raise SourceError("The server answered 502.")
        super(World, self).write(effect)
        self.step("after")

    def emit(self, effect: Effect) -> bool:
        self.step("before")
        self.sent.append(effect.key)
        self.step("after")
        return True


@dataclass(slots=True)
class Dying:
    """A store of a process that may die before or after it has written."""

    inner: Any
    world: World
    lasting: bool = True

    def memory(self) -> Memory:
        return self.inner.memory()  # type: ignore[no-any-return]

    def append(self, contents: Any) -> Memory:
        self.world.step("unrecorded")
        memory = self.inner.append(contents)
        self.world.step("recorded")
        return memory  # type: ignore[no-any-return]

    def flush(self) -> None:
        self.inner.flush()

    def segments(self) -> Any:
        return self.inner.segments()


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = Path(tmp_path_factory.mktemp("policies"))
    (folder / "all.yaml").write_text(f"{HEAD}{RULES}", encoding="utf-8")
    policies, wrong, _ = read_policies([folder / "all.yaml"])
    program, _ = compile_policies(policies)
    assert not wrong
    return program


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    return Snapshot(
        title=draw(st.sampled_from(["crash", "[P1] crash", "ok"])),
        body=draw(st.sampled_from(["text", "mail jo.doe@acme-labs.org"])),
        state=draw(st.sampled_from(["open", "closed"])),
        labels=tuple(draw(st.lists(st.sampled_from(["old", "wontfix", "p1", "s/lo"]), unique=True))),
        comments=(),
    )


def event(number: int, state: Snapshot) -> Event:
    payload = {
        "schedule": "",
        "issue": {"number": number, "title": "", "state": "open", "labels": [], "assignees": []},
        "repository": {"full_name": REPO},
        "comments": [],
    }
    return with_snapshot(Event("schedule", None, payload), state)


def run(program: Program, world: World, store: Any) -> RunSummary:
    """One run finished all subjects, as they are now."""
    context = RunContext(program, cast("Any", SnapshotReader(world)), store, lambda: NOW, REPO, port=world)
    subjects = [event(int(target.partition("#")[2]), state) for target, state in world.snapshots.items()]
    results: list[SubjectResult] = []
    summary = run_subjects(context, subjects, results.append)
    assert [result.error for result in results if result.error is not None] == []
    return summary


def chosen(base: Program, numbers: list[int]) -> Program:
    (policy,) = base.policies
    return Program((policy._replace(entries=tuple(policy.entries[n] for n in numbers)),), base.paths)


def comparable(world: World) -> dict[str, Any]:
    return {
        target: {
            **state._asdict(),
            "labels": set(state.labels),
            "comments": sorted(c["body"] for c in state.comments or ()),
        }
        for target, state in world.snapshots.items()
    }


NUMBERS = st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=5, unique=True).map(sorted)
STEPS = st.sampled_from(["before", "after", "unrecorded", "recorded"])
checked = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


LEAKY = Snapshot("ok", "mail jo.doe@acme-labs.org", "open", labels=("wontfix",), comments=())


@checked
@example(numbers=[2, 7], states=[LEAKY], at="before", nth=1)
@example(numbers=[2, 7], states=[LEAKY], at="after", nth=1)
@given(
    numbers=NUMBERS, states=st.lists(snapshots(), min_size=1, max_size=3), at=STEPS, nth=st.integers(1, 14)
)
def test_wherever_a_run_dies_the_next_one_ends_as_one_that_lived(
    base: Program, numbers: list[int], states: list[Snapshot], at: str, nth: int
) -> None:
    program = chosen(base, numbers)
    start = {f"{REPO}#{number}": state for number, state in enumerate(states, 1)}
    undisturbed = World(dict(start))
    run(program, undisturbed, NoStore())
    with TemporaryDirectory() as folder:
        world = World(dict(start), at=at, nth=nth)
        died = False
        try:
            run(program, world, Dying(DirectoryStore(folder), world))
        except Death:
            died = True
        world.at = ""
        last = run(program, world, DirectoryStore(folder))
        assert comparable(world) == comparable(undisturbed)
        for state in world.snapshots.values():
            bodies = [comment["body"] for comment in state.comments or ()]
            assert len(bodies) == len(set(bodies))
        # At least once, and twice at most where nobody knows whether it went out.
        wanted, sent = Counter(undisturbed.sent), Counter(world.sent)
        assert sent.keys() == wanted.keys()
        assert sum(sent.values()) - sum(wanted.values()) <= died
        store = DirectoryStore(folder)
        assert not store.memory().open
        assert list(lines_of(store.segments()))
        assert last.exit_code in (0, 5)
        before = comparable(world)
        again = run(program, world, DirectoryStore(folder))
        assert comparable(world) == before
        assert Counter(world.sent) == sent
        assert not again.resumed


@checked
@example(numbers=[2, 7], states=[LEAKY], failing=1)
@given(numbers=NUMBERS, states=st.lists(snapshots(), min_size=1, max_size=3), failing=st.integers(1, 3))
def test_a_write_that_failed_is_done_by_the_next_run(
    base: Program, numbers: list[int], states: list[Snapshot], failing: int
) -> None:
    program = chosen(base, numbers)
    start = {f"{REPO}#{number}": state for number, state in enumerate(states, 1)}
    undisturbed = World(dict(start))
    run(program, undisturbed, NoStore())
    store = NoStore()
    world = World(dict(start), failing=failing)
    for _ in range(failing + 1):
        run(program, world, store)
    assert comparable(world) == comparable(undisturbed)


@checked
@given(numbers=NUMBERS, states=st.lists(snapshots(), min_size=1, max_size=4), budget=st.integers(1, 4))
def test_what_a_budget_holds_back_is_done_in_the_end(
    base: Program, numbers: list[int], states: list[Snapshot], budget: int
) -> None:
    program = chosen(base, numbers)
    start = {f"{REPO}#{number}": state for number, state in enumerate(states, 1)}
    undisturbed = World(dict(start))
    run(program, undisturbed, NoStore())
    limited = Program(
        program.policies, program.paths, config=Config({"budgets": {"effects_per_run": budget}})
    )
    store = NoStore()
    world = World(dict(start))
    for _ in range(60):
        steps, written = world.steps["after"], len(world.written)
        summary = run(limited, world, store)
        # A notification goes along with the effect that remembers it.
        assert len(world.written) - written <= budget
        if not summary.waiting and world.steps["after"] == steps:
            break
    assert comparable(world) == comparable(undisturbed)
    assert Counter(world.sent) == Counter(undisturbed.sent)
    assert not store.memory().open


def test_rules_that_are_gone_are_not_carried_out(base: Program, tmp_path: Path) -> None:
    world = World({f"{REPO}#1": Snapshot("crash", "text", "open", comments=())}, at="after", nth=1)
    with pytest.raises(Death):
        run(chosen(base, [0]), world, DirectoryStore(tmp_path))
    (policy,) = base.policies
    other = Program((policy._replace(sha256="0" * 64, entries=()),), base.paths)
    world.at = ""
    summary = run(other, world, DirectoryStore(tmp_path))
    assert {record.reason for record in summary.resumed} == {"its policies changed since it was planned"}
    assert world.snapshots[f"{REPO}#1"].comments == ()
    assert not DirectoryStore(tmp_path).memory().open
