"""How far apart requests stand, on the clock that is passed in."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.github.errors import GitHubError
from rulewright.github.limits import RequestCost, RequestPacer
from rulewright.github.waiting import RetryPolicy, SystemClock


def gaps(server):
    return [after.at - before.at for before, after in pairwise(server.seen)]


def test_writes_stand_a_second_apart(client, server, reply):
    server.always = reply(body={})
    for method in ("POST", "PATCH", "PUT", "DELETE", "POST"):
        client.send(method, "/x")
    assert all(1 <= gap < 1.01 for gap in gaps(server))


def test_what_people_are_told_of_stands_three_seconds_apart(client, server, reply):
    server.always = reply(body={})
    for notifies in (True, False, True, True):
        client.send("POST", "/x", {}, notifies=notifies)
    assert [round(gap, 3) for gap in gaps(server)] == [1, 2, 3]


def test_an_hour_that_is_full_is_a_limit(make_client, server, clock, reply):
    told = []
    client = make_client(on_wait=lambda seconds, why: told.append(seconds))
    server.always = reply(body={})
    for _ in range(500):
        client.send("POST", "/x", {}, notifies=True)
    assert told == []
    with pytest.raises(GitHubError, match="longer than this run waits") as caught:
        client.send("POST", "/x", {}, notifies=True)
    assert caught.value.kind == "rate_limited"
    assert caught.value.retry_at == pytest.approx(server.seen[0].at + 3600)
    client.send("POST", "/x", {})
    patient = make_client(
        retry_policy=RetryPolicy(per_call=3600.0), on_wait=lambda seconds, why: told.append(seconds)
    )
    for _ in range(501):
        patient.send("POST", "/x", {}, notifies=True)
    assert len(told) == 1


def test_searches_stand_two_seconds_apart(client, server, reply):
    server.always = reply(body={"items": []})
    for _ in range(3):
        list(client.pages("/search/issues", {"q": "x"}))
    assert all(2 <= gap < 2.01 for gap in gaps(server))


def test_reads_go_at_once(client, server, clock, reply):
    server.always = reply(body={})
    for _ in range(5):
        client.get("/x")
    assert clock.slept == []


def test_a_failed_write_counts_too(client, server, reply):
    server.script = [reply(502), reply(body={}), reply(body={})]
    client.send("PUT", "/x")
    client.send("PUT", "/y")
    assert all(gap >= 1 for gap in gaps(server))


def test_no_minute_holds_more_than_900_points(client, server, reply):
    server.always = reply(body={})
    for _ in range(1100):
        client.get("/x")
    times = [seen.at for seen in server.seen]
    assert max(sum(start <= at < start + 60 for at in times) for start in set(times)) == 900


def test_documents_have_a_count_of_their_own(client, server, clock, reply):
    server.always = reply(body={"data": {"viewer": None}})
    for _ in range(950):
        client.graphql("viewer")
    assert clock.slept == []


def test_mutations_are_paced_as_writes(client, server, reply):
    server.always = reply(body={"data": {}})
    for _ in range(3):
        client.graphql("clear_project_field", {"project": "a", "item": "b", "field": "c"})
    assert all(gap >= 1 for gap in gaps(server))


LOADS = st.builds(
    RequestCost,
    st.sampled_from([(), ("search",), ("write",), ("write", "notifying")]),
    st.integers(1, 300),
    st.sampled_from(["rest", "graphql"]),
)


@settings(deadline=None)
@given(st.lists(st.tuples(LOADS, st.floats(0, 20)), max_size=60))
def test_whatever_comes_no_gap_and_no_minute_is_broken(requests):
    pace, now, done = RequestPacer(), 1_800_000_000.0, []
    for load, later in requests:
        now = max(now + later, pace.ready(load, now + later))
        assert pace.ready(load, now) <= now, "the moment it names is one at which it may go"
        done.append((now, load))
        pace.note_end(load, now)
    for sort, gap in (("write", 1.0), ("notifying", 3.0), ("search", 2.0)):
        times = [at for at, load in done if sort in load.sorts]
        assert all(after - before >= gap - 1e-6 for before, after in pairwise(times))
    for window, bound in (("rest", 900), ("graphql", 2000)):
        for start, _ in done:
            assert (
                sum(
                    load.points for at, load in done if load.window == window and start <= at < start + 59.999
                )
                <= bound
            )


def test_the_systems_clock_never_goes_back(monkeypatch):
    clock = SystemClock()
    before = clock.now()
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert clock.now() >= before
    clock.sleep(-1)
    assert clock.now() == pytest.approx(before, abs=60)
