"""What is tried again, how often and after how long; and what is not."""

from __future__ import annotations

import pytest

from rulewright.github.errors import GitHubError
from rulewright.github.waiting import RetryPolicy

FINAL = [
    (400, "invalid"),
    (401, "unauthorised"),
    (403, "forbidden"),
    (404, "not_found"),
    (409, "conflict"),
    (410, "gone"),
    (412, "conflict"),
    (418, "invalid"),
    (422, "invalid"),
    (451, "forbidden"),
]


@pytest.mark.parametrize(("status", "kind"), FINAL)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_a_refusal_is_not_tried_again(status, kind, method, client, server, clock, reply):
    server.always = reply(status, {"message": "No."})
    with pytest.raises(GitHubError) as caught:
        client.get("/x") if method == "GET" else client.send(method, "/x", {})
    assert (caught.value.kind, caught.value.status, len(server.seen)) == (kind, status, 1)
    assert clock.slept == []
    assert not caught.value.uncertain
    assert caught.value.exit_code == 4


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_failure_of_the_server_is_tried_again(status, client, server, reply):
    server.script = [reply(status, b"<html>"), reply(status, {"message": "x"}), reply(body={"a": 1})]
    assert client.get("/x") == {"a": 1}
    assert len(server.seen) == 3


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "Text/HTML"])
def test_a_page_that_is_not_found_is_no_api(kind, client, server, reply):
    server.always = reply(404, b"<html>", headers={"Content-Type": kind})
    with pytest.raises(GitHubError, match="is a web page") as caught:
        client.get("/x")
    assert "/api/v3" in (caught.value.hint or "")
    assert (caught.value.kind, caught.value.exit_code, len(server.seen)) == ("server", 4, 1)


def test_a_cut_connection_is_tried_again(client, server, reply):
    server.script = [reply(cut=True), reply(body=b'{"a":', length=40), reply(body={"a": 1})]
    assert client.get("/x") == {"a": 1}


def test_broken_json_is_tried_again(client, server, reply):
    server.script = [reply(body=b'{"a": '), reply(body={"a": 1})]
    assert client.get("/x") == {"a": 1}


def test_a_page_instead_of_json_is_not(client, server, reply):
    server.always = reply(body=b"<html>sign in</html>", headers={"Content-Type": "text/html"})
    with pytest.raises(GitHubError, match="not JSON") as caught:
        client.get("/x")
    assert "proxy" in (caught.value.hint or "")
    assert len(server.seen) == 1


def test_a_server_that_is_not_there_is_tried_again_and_then_told(make_client, server, clock):
    client = make_client(retry_policy=RetryPolicy(attempts=3))
    server.close()
    server.close = lambda: None
    with pytest.raises(GitHubError, match="cannot be reached") as caught:
        client.send("POST", "/x", {})
    assert (caught.value.kind, caught.value.status, caught.value.uncertain) == ("unreachable", None, False)
    assert len(clock.slept) == 3, "two before attempts, and the pace of writes"


def test_the_waits_grow_and_are_full_of_jitter(make_client, server, clock, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=9))
    server.always = reply(502)
    for _ in range(12):
        with pytest.raises(GitHubError):
            client.get("/x")
    assert len(server.seen) == 9 * 12
    runs = [clock.slept[at : at + 8] for at in range(0, len(clock.slept), 8)]
    for at, ceiling in enumerate((1, 2, 4, 8, 16, 32, 60, 60)):
        waits = [run[at] for run in runs]
        assert all(0 < wait <= ceiling for wait in waits)
        assert max(waits) > ceiling * 0.6
        assert min(waits) < ceiling * 0.4


def test_the_same_seed_gives_the_same_waits(make_client, server, clock, reply):
    server.always = reply(502)
    for _ in range(2):
        with pytest.raises(GitHubError):
            make_client(seed=7).get("/x")
    assert clock.slept[:7] == clock.slept[7:]


def test_waiting_has_a_cap_for_one_call(make_client, server, clock, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=100, per_call=30.0))
    server.always = reply(502)
    with pytest.raises(GitHubError, match="longer than this run waits") as caught:
        client.get("/x")
    assert caught.value.kind == "server"
    assert caught.value.retry_at > clock.now()
    assert sum(clock.slept) <= 30


def test_waiting_has_a_cap_for_all_calls(make_client, server, clock, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=3, in_all=10.0))
    server.always = reply(502)
    for _ in range(50):
        with pytest.raises(GitHubError):
            client.get("/x")
    assert sum(clock.slept) <= 10


def test_waits_are_told(make_client, server, reply):
    told = []
    client = make_client(on_wait=lambda seconds, why: told.append((seconds, why)))
    server.script = [reply(502), reply(body={})]
    client.get("/x")
    assert [why for _, why in told] == ["GitHub failed"]
    assert 0 < told[0][0] <= 1
