"""Evaluation: against parsing the event, hand-written closures, cloud-custodian's filters; and how cost grows."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from measure import Row, in_turns
from workload import Condition, events, policy, rules

import rulewright
from rulewright.evaluate.decision import Decision
from rulewright.events.model import Event
from rulewright.program.program import Program

NOW = "2026-01-05T09:00:00Z"


def program(conditions: list[list[Condition]], subscribe: list[str]) -> Program:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        path.write_text(policy(conditions, subscribe))
        return rulewright.load(path, cache=False)


def evaluated(engine: Program, event: Event) -> Decision:
    return rulewright.evaluate(engine, rulewright.gather(engine, event, now=NOW))


def rows() -> Iterator[Row]:
    raw = events()
    names = sorted({name for name, _, _ in raw})
    parsed = [Event(name, action, json.loads(data)) for name, action, data in raw]
    thousand = rules(1000)
    engine = program(thousand, names)

    closures = [written(parts) for parts in thousand]
    jobs: dict[str, Job] = {
        "ours": lambda number: evaluated(engine, parsed[number]),
        "closures": lambda number: [rule(parsed[number].payload) for rule in closures],
    }
    custodian = custodian_filters(thousand)
    try:
        import orjson

        jobs["orjson"] = lambda number: orjson.loads(raw[number][2])
    except ImportError:
        print("  orjson is not installed: parsing is not compared", file=sys.stderr)
    best = one_event(jobs, len(parsed))
    yield Row("gather and evaluate one event, 1,000 rules", best["ours"] * 1e6, "µs")
    if "orjson" in best:
        yield Row("orjson parses one event", best["orjson"] * 1e6, "µs")
        yield Row("gather and evaluate ÷ orjson, 1,000 rules", best["ours"] / best["orjson"], "x", 1.0)
    ratio = best["closures"] / best["ours"]
    yield Row("hand-written closures in sequence ÷ ours, 1,000 rules", ratio, "x", 5, "higher")
    if custodian is not None:
        issues = [event.payload for event in parsed if "issue" in event.payload]
        theirs = in_turns(
            {"c7n": lambda: [[rule(each) for rule in custodian] for each in issues[:4]]}, turns=3, warm=1
        )
        mine = [Event("issues", "opened", each) for each in issues[:4]]
        same = in_turns({"ours": lambda: [evaluated(engine, event) for event in mine]})
        yield Row(
            "cloud-custodian's filters ÷ ours, 1,000 rules", theirs["c7n"] / same["ours"], "x", 50, "higher"
        )
    yield from growth(parsed, names)


Job = Callable[[int], object]
"""Does its work for the event of that number."""


def one_event(jobs: dict[str, Job], events: int, *, turns: int = 25, warm: int = 4) -> dict[str, float]:
    """Seconds of each job for one event: the mean over all events of the least time that each of them took.

    The jobs take turns, and in every turn go through all events one after the other, so that the next event and the
    next job find the caches as they do in a stream; what else the machine does is in none of the least times.
    """
    least = {name: [float("inf")] * events for name in jobs}
    for turn in range(warm + turns):
        for name, job in jobs.items():
            times = least[name]
            for number in range(events):
                start = time.perf_counter()
                job(number)
                seconds = time.perf_counter() - start
                if turn >= warm and seconds < times[number]:
                    times[number] = seconds
    return {name: sum(times) / events for name, times in least.items()}


def growth(parsed: list[Event], names: list[str]) -> Iterator[Row]:
    """Microseconds for one event, as the number of rules grows: with witnesses only, and without any."""
    sizes = (100, 300, 1000, 3000, 10000)
    for title, share, largest in (("witnessed", 0.0, 10000), ("unwitnessed", 1.0, 3000)):
        jobs: dict[str, Job] = {}
        for size in sizes:
            if size <= largest:
                engine = program(rules(size, unwitnessed=share), names)
                jobs[str(size)] = lambda number, engine=engine: evaluated(engine, parsed[number])  # type: ignore[misc]
        best = one_event(jobs, len(parsed))
        for size, seconds in best.items():
            yield Row(f"one event, {size} {title} rules", seconds * 1e6, "µs")
        if "10000" in best:
            yield Row("witnessed part, 10,000 rules ÷ 1,000 rules", best["10000"] / best["1000"], "x", 2)


def written(parts: list[Condition]) -> Callable[[dict[str, Any]], bool]:
    """The closures a programmer would write by hand for such a rule: no unknowns, no errors."""
    tests = [_written(path, matcher) for part in parts for path, matcher in part.items()]
    if len(tests) == 3:
        first, second, third = tests
        return lambda event: first(event) and second(event) and third(event)
    return lambda event: all(test(event) for test in tests)


def _subject(event: dict[str, Any]) -> dict[str, Any]:
    return event.get("issue") or event.get("pull_request") or {}


def _labels(event: dict[str, Any]) -> list[str]:
    return [label["name"] for label in _subject(event).get("labels") or ()]


GETTERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "labels": _labels,
    "title": lambda event: _subject(event).get("title") or "",
    "body": lambda event: _subject(event).get("body") or "",
    "state": lambda event: _subject(event).get("state"),
    "author": lambda event: (_subject(event).get("user") or {}).get("login"),
    "sender": lambda event: (event.get("sender") or {}).get("login"),
    "repository.name": lambda event: (event.get("repository") or {}).get("name"),
}


def _written(path: str, matcher: Any) -> Callable[[dict[str, Any]], bool]:
    if path == "any":
        tests = [_written(p, m) for part in matcher for p, m in part.items()]
        return lambda event: any(test(event) for test in tests)
    if path == "none":
        tests = [_written(p, m) for part in matcher for p, m in part.items()]
        return lambda event: not any(test(event) for test in tests)
    get = GETTERS[path]
    name, want = next(iter(matcher.items())) if isinstance(matcher, dict) else ("eq", matcher)
    if name == "eq":
        return lambda event: get(event) == want
    if name == "ne":
        return lambda event: get(event) != want
    if name == "contains":
        return lambda event: want in get(event)
    if name == "starts_with":
        return lambda event: get(event).startswith(want)
    if name == "in":
        return lambda event: get(event) in want
    if name == "not_in":
        return lambda event: get(event) not in want
    if name == "contains_none":
        return lambda event: not any(item in get(event) for item in want)
    if name == "glob":
        prefix = want.rstrip("*")
        return lambda event: any(item.startswith(prefix) for item in get(event))
    limit = want["gt"]
    return lambda event: len(get(event)) > limit


KEYS = {
    "labels": "issue.labels[].name",
    "title": "issue.title",
    "body": "issue.body",
    "state": "issue.state",
    "author": "issue.user.login",
    "sender": "sender.login",
    "repository.name": "repository.name",
}


def custodian_filters(conditions: list[list[Condition]]) -> list[Callable[[Any], Any]] | None:
    """The same rules as cloud-custodian's value filters, or None where it is not installed."""
    try:
        from c7n.filters.core import ValueFilter
    except ImportError:
        print("  cloud-custodian (c7n) is not installed: its filters are not compared", file=sys.stderr)
        return None

    def one(path: str, matcher: Any) -> Callable[[Any], Any]:
        if path in ("any", "none"):
            parts = [one(p, m) for part in matcher for p, m in part.items()]
            if path == "any":
                return lambda event: any(part(event) for part in parts)
            return lambda event: not any(part(event) for part in parts)
        name, want = next(iter(matcher.items())) if isinstance(matcher, dict) else ("eq", matcher)
        data: dict[str, Any] = {"type": "value", "key": KEYS[path], "value": want}
        if name in ("contains", "contains_none", "in", "not_in"):
            data["op"] = {
                "contains": "contains",
                "contains_none": "difference",
                "in": "in",
                "not_in": "not-in",
            }[name]
        elif name == "starts_with":
            data.update(op="glob", value=f"{want}*")
        elif name == "glob":
            data.update(op="contains", value=want.rstrip("*"))
        elif name == "length":
            data.update(op="gt", value_type="size", value=want["gt"])
        else:
            data["op"] = name
        value = ValueFilter(data)
        value.annotate = False
        return value

    rules = []
    for parts in conditions:
        tests = [one(path, matcher) for part in parts for path, matcher in part.items()]
        rules.append(lambda event, tests=tests: all(test(event) for test in tests))
    return rules
