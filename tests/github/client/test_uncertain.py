"""Writes of which nobody knows at first whether they were done."""

from __future__ import annotations

import pytest

from rulewright.github.errors import GitHubError
from rulewright.github.waiting import RetryPolicy


@pytest.fixture(params=["502", "cut", "half", "garbled"])
def unclear(request, reply):
    """An answer that leaves open whether the write was done."""
    return {
        "502": reply(502, {}),
        "cut": reply(cut=True),
        "half": reply(201, b'{"id": 1', length=99),
        "garbled": reply(201, b'{"id": 1'),
    }[request.param]


def test_a_post_is_not_sent_again_blindly(unclear, client, server):
    server.script = [unclear]
    with pytest.raises(GitHubError, match="it is unknown whether the change was made") as caught:
        client.send("POST", "/x", {})
    assert caught.value.uncertain
    assert len(server.seen) == 1


def test_a_post_that_happened_is_not_sent_again(unclear, client, server, reply):
    server.script = [unclear, reply(body=[{"id": 5, "body": "marker"}])]

    def happened():
        return next((item for item in client.pages("/list") if item["body"] == "marker"), None)

    assert client.send("POST", "/x", {}, happened=happened) == {"id": 5, "body": "marker"}
    assert [seen.method for seen in server.seen] == ["POST", "GET"]
    assert server.seen[1].at - server.seen[0].at >= 1, "what was written shows after a moment"


def test_a_post_that_did_not_happen_is_sent_again(unclear, client, server, reply):
    server.script = [unclear, reply(body=[]), reply(201, {"id": 6})]
    assert client.send("POST", "/x", {}, happened=lambda: next(client.pages("/list"), None)) == {"id": 6}
    assert [seen.method for seen in server.seen] == ["POST", "GET", "POST"]


def test_a_post_of_which_it_cannot_be_found_out_is_not_sent_again(unclear, client, server, reply):
    server.script = [unclear, reply(404, {})]
    with pytest.raises(GitHubError, match=r"POST /x.*unknown whether") as caught:
        client.send("POST", "/x", {}, happened=lambda: client.get("/list"))
    assert caught.value.uncertain
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_the_last_attempt_is_looked_for_too(make_client, server, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=1))
    server.script = [reply(502), reply(body={"id": 1})]
    assert client.send("POST", "/x", {}, happened=lambda: client.get("/y")) == {"id": 1}


def test_what_cannot_be_waited_for_is_looked_for_too(make_client, server, reply):
    client = make_client(retry_policy=RetryPolicy(per_call=0.5))
    server.script = [reply(502), reply(body={"id": 1})]
    assert client.send("POST", "/x", {}, happened=lambda: client.get("/y")) == {"id": 1}


def test_what_was_looked_for_and_not_found_is_no_longer_uncertain(make_client, server, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=1))
    server.script = [reply(502), reply(body=[])]
    with pytest.raises(GitHubError) as caught:
        client.send("POST", "/x", {}, happened=lambda: next(client.pages("/y"), None))
    assert not caught.value.uncertain


def test_attempts_do_not_multiply(make_client, server, reply):
    client = make_client(retry_policy=RetryPolicy(attempts=4))
    server.always = reply(502)
    with pytest.raises(GitHubError):
        client.send("POST", "/x", {}, happened=lambda: client.get("/y"))
    assert len(server.seen) == 4
    with pytest.raises(GitHubError):
        client.get("/z")
    assert len(server.seen) == 8, "the next call has its own attempts"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_what_can_be_repeated_is(method, unclear, client, server, reply):
    server.script = [unclear, reply(body={"a": 1})]
    assert client.send(method, "/x", {}) == {"a": 1}


def test_a_post_that_adds_what_may_be_there_is_repeated_when_said_so(unclear, client, server, reply):
    server.script = [unclear, reply(body=["bug"])]
    assert client.send("POST", "/labels", {"labels": ["bug"]}, repeatable=True) == ["bug"]


def test_a_patch_is_not_repeated_when_said_so(unclear, client, server):
    server.script = [unclear]
    with pytest.raises(GitHubError) as caught:
        client.send("PATCH", "/x", {}, repeatable=False)
    assert caught.value.uncertain


@pytest.mark.parametrize("status", [404, 410])
def test_a_delete_that_is_found_done_is_done(status, unclear, client, server, reply):
    server.script = [unclear, reply(status, {})]
    assert client.send("DELETE", "/x") is None


def test_a_delete_of_what_never_was_is_an_error(client, server, reply):
    server.script = [reply(404, {})]
    with pytest.raises(GitHubError) as caught:
        client.send("DELETE", "/x")
    assert (caught.value.kind, caught.value.uncertain) == ("not_found", False)


def test_a_refusal_after_an_uncertain_attempt_says_that_it_is_uncertain(client, server, reply):
    server.script = [reply(cut=True), reply(403, {"message": "Resource not accessible by integration"})]
    with pytest.raises(GitHubError) as caught:
        client.send("PATCH", "/x", {})
    assert (caught.value.kind, caught.value.uncertain) == ("forbidden", True)


def test_a_limit_after_an_uncertain_attempt_does_not_forget_it(make_client, server, reply):
    client = make_client(retry_policy=RetryPolicy(per_call=20.0))
    server.script = [reply(cut=True), reply(429, {})]
    with pytest.raises(GitHubError) as caught:
        client.send("PUT", "/x", {})
    assert (caught.value.kind, caught.value.uncertain) == ("rate_limited", True)


def test_a_read_is_never_uncertain(make_client, server, reply):
    server.always = reply(cut=True)
    client = make_client(retry_policy=RetryPolicy(attempts=2))
    for call in (lambda: client.get("/x"), lambda: client.graphql("viewer")):
        with pytest.raises(GitHubError) as caught:
            call()
        assert not caught.value.uncertain


def test_a_mutation_is_repeated(unclear, client, server, reply):
    server.script = [unclear, reply(body={"data": {"addProjectV2ItemById": {"item": {"id": "I"}}}})]
    data = client.graphql("add_project_item", {"project": "P", "content": "C"})
    assert data["addProjectV2ItemById"]["item"] == {"id": "I"}


def test_only_writes_are_sent(client):
    with pytest.raises(ValueError, match="not a write"):
        client.send("GET", "/x")
