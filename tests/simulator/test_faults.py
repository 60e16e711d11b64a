"""Each way of failing fails in its own way, with or without the effect that was asked for."""

from __future__ import annotations

import http.client
import urllib.error

import pytest

from github_simulator import Simulator
from github_simulator.faults import MODES, Faults

ISSUE = "/repos/octo-org/demo/issues/1"
LABELS = f"{ISSUE}/labels"
BUG = {"labels": ["bug"]}


@pytest.fixture
def repo(sim):
    repo = sim.repository("octo-org/demo")
    repo.issue()
    return repo


def labels(repo):
    return repo.state()[1]["labels"]


@pytest.mark.parametrize(("mode", "effect"), [("error_before", []), ("error_after", ["bug"])])
def test_an_error_before_or_after_the_effect(sim, repo, ask, mode, effect):
    sim.faults.script(mode, method="POST", status=503)
    assert ask("POST", LABELS, BUG).status == 503
    assert labels(repo) == effect
    assert [(one.fault, one.effect) for one in sim.requests] == [(mode, bool(effect))]
    assert ask("POST", LABELS, BUG).status == 200


@pytest.mark.parametrize(("mode", "effect"), [("cut_before", []), ("cut_after", ["bug"])])
def test_a_connection_that_ends(sim, repo, ask, mode, effect):
    sim.faults.script(mode)
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError, urllib.error.URLError)):
        ask("POST", LABELS, BUG)
    assert labels(repo) == effect


def test_a_body_that_stops_half_way(sim, repo, ask):
    sim.faults.script("truncated")
    with pytest.raises(http.client.IncompleteRead):
        ask("POST", LABELS, BUG)
    assert labels(repo) == ["bug"]


def test_a_page_instead_of_json(sim, repo):
    sim.faults.script("html")
    connection = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=10)
    connection.request("GET", ISSUE, headers={"User-Agent": "test"})
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")
    assert answer.read().startswith(b"<!DOCTYPE html>")
    connection.request("GET", ISSUE, headers={"User-Agent": "test"})
    again = connection.getresponse()
    assert (again.status, again.read()[:1]) == (200, b"{")
    connection.close()


def test_slowness_is_time_on_the_clock(sim, repo, ask):
    sim.faults.script("slow", seconds=20)
    before = sim.clock.now()
    assert ask("GET", ISSUE).status == 200
    assert sim.clock.now() - before == 20


@pytest.mark.parametrize(("mode", "status"), [("secondary", 403), ("too_many", 429)])
def test_a_limit_lasts_until_it_is_over(sim, repo, ask, mode, status):
    sim.faults.script(mode, seconds=30)
    told = ask("POST", LABELS, BUG)
    assert (told.status, told.headers["Retry-After"]) == (status, "30")
    assert ask("POST", LABELS, BUG).status == 403
    assert sim.limits.breaches == 1
    sim.clock.sleep(30)
    assert ask("POST", LABELS, BUG).status == 200


def test_not_modified_although_it_was(sim, repo, ask):
    tag = ask("GET", ISSUE).headers["ETag"]
    sim.act("mona").add_labels(repo, 1, "bug")
    sim.faults.script("stale_304", nth=2)
    assert ask("GET", ISSUE).status == 200  # asked without an ETag, nothing can be stale
    assert ask("GET", ISSUE, headers={"If-None-Match": tag}).status == 304
    assert ask("GET", ISSUE, headers={"If-None-Match": tag}).status == 200


def test_graphql_fails_inside_of_two_hundred(sim, repo, ask):
    body = {"query": "query me { viewer { login } }"}
    token = sim.token("user", "mona")
    sim.faults.script("graphql_limited", path="/graphql")
    sim.faults.script("graphql_partial", path="/graphql", nth=2)
    limited = ask("POST", "/graphql", body, token=token)
    assert (limited.status, limited.data["errors"][0]["type"]) == (200, "RATE_LIMITED")
    assert limited.headers["X-RateLimit-Remaining"] == "0"
    sim.clock.sleep(int(limited.headers["X-RateLimit-Reset"]) - sim.clock.now())
    partial = ask("POST", "/graphql", body, token=token)
    assert (partial.status, partial.data["data"], len(partial.data["errors"])) == (200, {"viewer": None}, 1)
    assert ask("POST", "/graphql", body, token=token).data["data"] == {"viewer": {"login": "mona"}}


def test_a_script_names_the_request_that_it_means(sim, repo, ask):
    sim.faults.script("error_before", method="POST", path=".*/comments", nth=2, times=2)
    path = f"{ISSUE}/comments"
    ask("POST", LABELS, BUG)
    assert [ask("POST", path, {"body": "x"}).status for _ in range(4)] == [201, 502, 502, 201]
    assert len(repo.state()[1]["comments"]) == 2


def drawn(seed, *, rate=0.3, graphql=False):
    faults = Faults(seed, rate=rate)
    found = [faults.choose("GET", "/x", graphql=graphql, conditional=False) for _ in range(2000)]
    return faults, found


def test_a_rate_draws_every_mode_that_fits_the_same_for_a_seed():
    faults, found = drawn(7, graphql=True)
    assert found == drawn(7, graphql=True)[1] != drawn(8, graphql=True)[1]
    assert 500 < sum(one is not None for one in found) < 700
    assert set(faults.happened) == set(MODES) - {"stale_304"}
    assert set(drawn(7)[0].happened) == {one for one in MODES if "graphql" not in one and one != "stale_304"}


def test_without_faults_nothing_fails():
    with Simulator() as sim:
        assert sim.faults.choose("GET", "/x", graphql=True, conditional=True) is None
        with pytest.raises(ValueError, match="no fault is called"):
            sim.faults.script("melt")
