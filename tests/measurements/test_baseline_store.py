"""Baselines: what is saved is read again, what does not serve says why, and a damaged file is one line."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.measurements.baseline_store import (
    MOST_RUNS,
    MOST_VALUES,
    Baseline,
    BaselineRequest,
    StoredRun,
    add_runs,
    format_baseline,
    load_baseline,
    parse_baseline,
    prune_runs,
    read_baseline,
    runs_of_sample,
)
from rulewright.measurements.machine import machine_class
from rulewright.measurements.sample import Buckets, Count, Problem, Run, Sample
from rulewright.policy.diagnostics import SourceError

HERE: Mapping[str, Any] = {"cpu": "AMD EPYC 7763", "cores": 4, "image": "ubuntu24"}
ELSEWHERE: Mapping[str, Any] = {"cpu": "Xeon", "cores": 2, "image": "ubuntu24"}
LAST = BaselineRequest("chat-slo", "chat-p95", "last_passed", 20)


class Files(dict[str, bytes]):
    """Files in memory."""

    def names(self) -> Sequence[str]:
        return sorted(self)

    def read(self, name: str) -> bytes | None:
        return self.get(name)


def run(*values: float, time: str = "2026-01-01T00:00:00Z", **rest: Any) -> Run:
    return Run(values=list(values), time=time, **rest)


def sample(*runs: Run, **rest: Any) -> Sample:
    known: dict[str, Any] = {"unit": "s", "commit": "c" * 40, "machine": HERE, "tool": "rulewright 1"}
    return Sample(runs=runs, **{**known, **rest})


def stored(number: int, **rest: Any) -> StoredRun:
    time = f"2026-01-01T00:{number:02}:00Z"
    known: dict[str, Any] = {"commit": f"{number:040}", "time": time, "tool": "rulewright 1", "unit": "s"}
    return StoredRun(run(float(number), time=time), **{**known, **rest})


def files_of(*baselines: Baseline) -> Files:
    return Files({one.name: format_baseline(one) for one in baselines})


def baseline(*runs: StoredRun, machine: Mapping[str, Any] = HERE, **rest: Any) -> Baseline:
    return Baseline("chat-slo", "chat-p95", machine, runs, **rest)


def values(found: Sample) -> list[list[float]]:
    assert found.problem is None, found.problem
    return [list(one.values) for one in found.runs]


NEW = sample(run(9.0, 9.5))

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
numbers = st.floats(-1e9, 1e9)
shapes = st.one_of(
    st.builds(
        lambda v, f: Run(values=v, failed=f), st.lists(numbers, min_size=1, max_size=4), st.integers(0, 9)
    ),
    st.builds(lambda b, t: Run(events=Count(float(b), float(b + t))), st.integers(0, 9), st.integers(0, 9)),
    st.builds(
        lambda f: Run(figures=f), st.dictionaries(st.sampled_from(["p95", "mean"]), numbers, min_size=1)
    ),
    st.just(Run(buckets=Buckets((1.0, 2.0), (3.0, 4.0, 5.0), 0.5, None))),
    st.builds(
        lambda v: Run(values=v, cases=("a", "b"), errored=("c",)), st.lists(numbers, min_size=2, max_size=2)
    ),
)
runs = st.builds(
    StoredRun, shapes, texts, texts, st.sampled_from(["PASS", "WARN"]), texts, st.sampled_from(["", "s"])
)


@given(st.lists(runs, max_size=5), st.lists(runs, max_size=2))
def test_what_is_written_is_read_again(listed: list[StoredRun], champion: list[StoredRun]) -> None:
    written = Baseline("chat-slo", "chat-p95", HERE, tuple(listed), tuple(champion))
    data = format_baseline(written)
    assert format_baseline(parse_baseline(written.name, data)) == data
    assert [one.commit for one in parse_baseline(written.name, data).runs] == [one.commit for one in listed]


def test_the_last_runs_that_passed() -> None:
    files = files_of(baseline(*map(stored, range(10))))
    found = load_baseline(files, LAST._replace(run_count=3), NEW)
    assert values(found) == [[7.0], [8.0], [9.0]]
    assert (found.unit, found.machine, found.tool) == ("s", HERE, "rulewright 1")
    assert (found.commit, found.time) == (f"{9:040}", "2026-01-01T00:09:00Z")
    assert found.source is not None
    assert found.source.kind == "baseline"
    assert found.source.path == f"chat-slo/chat-p95/{machine_class(HERE)}.json"
    assert len(found.source.sha256) == 64


def test_the_merge_base() -> None:
    files = files_of(baseline(stored(1), stored(2), stored(3, commit=f"{2:040}")))
    request = LAST._replace(origin="merge_base", commit=f"{2:040}")
    assert values(load_baseline(files, request, NEW)) == [[2.0], [3.0]]
    missing = load_baseline(files, request._replace(commit="f" * 40), NEW).problem
    assert missing == Problem(
        "no_baseline", "no run of the merge base ffffffffffff was saved; the newest one is of 000000000000"
    )
    unknown = load_baseline(files, request._replace(commit=""), NEW).problem
    assert unknown == Problem("no_baseline", "the merge base is not known")


def test_the_champion_stays() -> None:
    kept = add_runs(baseline(), [stored(1), stored(2)], is_champion=True)
    later = add_runs(kept, [stored(number) for number in range(3, 59)])
    assert len(later.runs) == MOST_RUNS
    champion = LAST._replace(origin="champion")
    assert values(load_baseline(files_of(later), champion, NEW)) == [[1.0], [2.0]]
    none = load_baseline(files_of(baseline(stored(1))), champion, NEW).problem
    assert none == Problem("no_baseline", "no champion was saved")


@pytest.mark.parametrize(
    ("files", "code", "reason"),
    [
        (Files(), "no_baseline", "no run of this objective was saved"),
        (files_of(baseline()), "no_baseline", "no run of this objective was saved"),
        (
            files_of(baseline(stored(1), machine=ELSEWHERE)),
            "other_machine",
            "measured on AMD EPYC 7763, 4 cores, ubuntu24; the baseline is of Xeon, 2 cores, ubuntu24",
        ),
        (
            files_of(baseline(stored(1, tool="rulewright 0"))),
            "other_machine",
            "measured by rulewright 1; the baseline by rulewright 0",
        ),
        (
            files_of(baseline(*runs_of_sample(NEW, "PASS"))),
            "same_as_baseline",
            "all runs of the baseline are those of the measurement itself",
        ),
        (
            files_of(baseline(stored(1, unit="MiB"))),
            "bad_baseline",
            "the baseline is in `MiB`, and the measurement in `s`",
        ),
    ],
)
def test_what_does_not_serve(files: Files, code: str, reason: str) -> None:
    found = load_baseline(files, LAST, NEW)
    assert found.problem == Problem(code, reason)
    assert found.runs == ()
    assert found.source is not None


def test_another_objective_is_no_baseline() -> None:
    files = files_of(baseline(stored(1)), Baseline("chat-slo", "chat-p9", ELSEWHERE, (stored(1),)))
    for request in (LAST._replace(objective="chat-p"), LAST._replace(gate="chat")):
        assert load_baseline(files, request, NEW).problem == Problem(
            "no_baseline", "no run of this objective was saved"
        )


def test_any_machine_and_any_tool() -> None:
    files = files_of(baseline(stored(1, tool="rulewright 0"), machine=ELSEWHERE))
    found = load_baseline(files, LAST._replace(any_machine=True), NEW)
    assert values(found) == [[1.0]]
    assert found.machine == ELSEWHERE


def test_runs_of_the_same_tool_are_preferred() -> None:
    files = files_of(baseline(stored(1, tool="rulewright 0"), stored(2), stored(3, tool="rulewright 0")))
    assert values(load_baseline(files, LAST, NEW)) == [[2.0]]


def test_units_are_converted() -> None:
    files = files_of(
        baseline(stored(1, unit="ms"), StoredRun(Run(figures={"p95": 20.0}), time="2026-02", unit="ms"))
    )
    found = load_baseline(files, LAST, replace(NEW, tool=""))
    assert values(found) == [[0.001], []]
    assert found.runs[1].figures == {"p95": 0.02}
    buckets = Run(buckets=Buckets((100.0,), (1.0, 2.0), 20.0, None))
    (one,) = load_baseline(files_of(baseline(StoredRun(buckets, unit="ms"))), LAST, NEW).runs
    assert one.buckets == Buckets((0.1,), (1.0, 2.0), 0.02, None)


def test_a_saved_sample_is_left_out_of_its_own_baseline() -> None:
    kept = add_runs(baseline(stored(1)), runs_of_sample(NEW, "PASS"))
    assert values(load_baseline(files_of(kept), LAST, NEW)) == [[1.0]]
    other = sample(run(9.0, 9.6))
    assert sorted(values(load_baseline(files_of(kept), LAST, other))) == [[1.0], [9.0, 9.5]]


def test_saving_twice_changes_nothing() -> None:
    kept = add_runs(baseline(), runs_of_sample(NEW, "PASS"))
    assert add_runs(kept, runs_of_sample(NEW, "PASS")) == kept
    counts = sample(Run(events=Count(3, 1000), time="2026-01-01T00:00:00Z"), unit="")
    saved = add_runs(baseline(), runs_of_sample(counts, "PASS"))
    read = parse_baseline(saved.name, format_baseline(saved))
    assert add_runs(read, runs_of_sample(counts, "PASS")) == read
    arrays = sample(Run(values=array("d", [9.0, 9.5]), time="2026-01-01T00:00:00Z"))
    assert format_baseline(add_runs(kept, runs_of_sample(arrays, "PASS"))) == format_baseline(kept)


def test_the_oldest_runs_go_first() -> None:
    kept = add_runs(baseline(), [stored(number) for number in reversed(range(60))])
    assert [one.run.values[0] for one in kept.runs] == [float(number) for number in range(10, 60)]
    pruned = prune_runs(kept, keep=5, since="2026-01-01T00:57:00Z")
    assert [one.run.values[0] for one in pruned.runs] == [57.0, 58.0, 59.0]
    assert prune_runs(kept, keep=2).runs == kept.runs[-2:]
    assert prune_runs(kept, keep=0).runs == ()


def test_long_runs_are_cut() -> None:
    (one,) = runs_of_sample(sample(Run(values=[1.0] * (MOST_VALUES + 1))), "PASS")
    assert len(one.run.values) == MOST_VALUES


def change(document: dict[str, Any], path: Sequence[Any], value: Any) -> bytes:
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return json.dumps(document).encode()


GOOD = baseline(stored(1), stored(2))
RUN = ("runs", 1, "run")


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("version",), 2, "is not of version 1"),
        (("gate",), "", "`gate`, `objective` or `machine` is missing"),
        (("objective",), None, "`gate`, `objective` or `machine` is missing"),
        (("machine",), [], "`gate`, `objective` or `machine` is missing"),
        (("machine", "cores"), 8, "it belongs to chat-slo/chat-p95/"),
        (("gate",), "other", "it belongs to other/chat-p95/"),
        (("runs",), {}, "`runs` is no list of at most 50 runs"),
        (("runs",), [1], "`runs` is no list of at most 50 runs"),
        (
            ("runs",),
            [json.loads(format_baseline(GOOD))["runs"][0]] * 51,
            "`runs` is no list of at most 50 runs",
        ),
        (("champion",), None, "`champion` is no list of at most 50 runs"),
        (("runs", 1, "time"), 5, "runs[1] is damaged: it is no run"),
        (RUN, [], "runs[1] is damaged: it is no run"),
        (RUN, {}, "runs[1] is damaged: no values"),
        ((*RUN, "values"), [None], "runs[1] is damaged: 1 of 1 value missing or not finite"),
        ((*RUN, "values"), ["1"], "runs[1] is damaged: the values contain a text"),
    ],
)
def test_a_damaged_file_is_one_line(path: Sequence[Any], value: Any, message: str) -> None:
    data = change(json.loads(format_baseline(GOOD)), path, value)
    with pytest.raises(SourceError) as caught:
        parse_baseline(GOOD.name, data)
    assert message in caught.value.message
    assert GOOD.name in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.exit_code == 4
    found = load_baseline(Files({GOOD.name: data}), LAST, NEW)
    assert found.problem == Problem("bad_baseline", caught.value.message)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"version": 1', b"[" * 500])
def test_what_is_no_json_is_one_line(data: bytes) -> None:
    with pytest.raises(SourceError, match="the baseline "):
        parse_baseline(GOOD.name, data)


@given(st.integers(0, len(format_baseline(GOOD)) - 3))
def test_a_cut_file_is_never_a_baseline(size: int) -> None:
    with pytest.raises(SourceError):
        parse_baseline(GOOD.name, format_baseline(GOOD)[:size])


def test_a_file_that_is_not_there() -> None:
    assert read_baseline(Files(), GOOD.name) is None
    assert read_baseline(files_of(GOOD), GOOD.name) == parse_baseline(GOOD.name, format_baseline(GOOD))
