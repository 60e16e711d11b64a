"""Primary and secondary rate limits, and headers that are missing or nonsense."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.github.errors import GitHubError
from rulewright.github.limits import Limits, is_limit, read_rate, retry_after
from rulewright.github.waiting import RetryPolicy

SECONDARY = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes."}
PRIMARY = {"message": "API rate limit exceeded for user ID 1."}


def spent(reset: float, resource: str = "core") -> dict[str, str]:
    return {
        "X-RateLimit-Limit": "5000",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(int(reset)),
        "X-RateLimit-Resource": resource,
    }


@pytest.mark.parametrize("status", [403, 429])
def test_a_primary_limit_waits_for_its_reset_and_a_second(status, client, server, clock, reply):
    reset = clock.now() + 120
    server.script = [reply(status, PRIMARY, spent(reset)), reply(body={})]
    client.get("/x")
    assert server.seen[1].at == reset + 1


def test_the_last_request_of_an_hour_holds_back_the_next(client, server, clock, reply):
    reset = clock.now() + 50
    server.script = [reply(body={}, headers=spent(reset)), reply(body={})]
    client.get("/x")
    client.get("/y")
    assert server.seen[1].at == reset + 1
    assert client.rate["core"].limit == 5000


def test_a_spent_search_limit_leaves_other_requests_alone(client, server, clock, reply):
    server.script = [reply(body={"items": []}, headers=spent(clock.now() + 50, "search")), reply(body={})]
    list(client.pages("/search/issues", {"q": "x"}))
    client.get("/y")
    assert clock.slept == []


def test_a_limit_that_lasts_too_long_says_when_it_ends(make_client, server, clock, reply):
    client = make_client(retry_policy=RetryPolicy(per_call=60.0))
    server.script = [reply(403, PRIMARY, spent(clock.now() + 1800))]
    for _ in range(2):  # Request again, it is known without asking GitHub.
        with pytest.raises(GitHubError, match=r"2027-01-15T08:30:01Z") as caught:
            client.get("/x")
        assert (caught.value.kind, caught.value.retry_at) == ("rate_limited", clock.now() + 1801)
    assert (len(server.seen), clock.slept) == (1, [])


@pytest.mark.parametrize("status", [403, 429])
def test_retry_after_is_honoured(status, client, server, clock, reply):
    start = clock.now()
    server.script = [reply(status, SECONDARY, {"Retry-After": "17"}), reply(body={})]
    client.get("/x")
    assert 17 <= server.seen[1].at - start < 18.01


def test_a_secondary_limit_waits_a_minute_and_then_twice_as_long(client, server, clock, reply):
    server.script = [reply(403, SECONDARY), reply(429, {}), reply(403, SECONDARY), reply(body={})]
    client.get("/x")
    gaps = [after.at - before.at for before, after in zip(server.seen, server.seen[1:], strict=False)]
    assert all(base <= gap <= base * 1.11 for gap, base in zip(gaps, (60, 120, 240), strict=True))
    server.script = [reply(403, SECONDARY), reply(body={})]
    client.get("/x")
    assert clock.slept[-1] < 70, "after a success it starts at a minute again"


def test_a_secondary_limit_holds_for_everything(make_client, server, clock, reply):
    client = make_client(retry_policy=RetryPolicy(per_call=10.0))
    server.script = [reply(403, SECONDARY)]
    for call in (
        lambda: client.get("/x"),
        lambda: client.send("POST", "/y", {}),
        lambda: client.graphql("viewer"),
    ):
        with pytest.raises(GitHubError) as caught:
            call()
        assert caught.value.kind == "rate_limited"
    assert len(server.seen) == 1


def test_a_write_that_was_refused_for_a_limit_is_sent_again(client, server, reply):
    server.script = [reply(403, SECONDARY, {"Retry-After": "1"}), reply(201, {"id": 1})]
    assert client.send("POST", "/x", {}) == {"id": 1}


def test_a_limit_of_graphql_says_200(client, server, clock, reply):
    reset = clock.now() + 30
    error = {"data": None, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    server.script = [
        reply(body=error, headers=spent(reset, "graphql")),
        reply(body={"data": {"viewer": {"login": "mona"}}}),
    ]
    assert client.graphql("viewer") == {"viewer": {"login": "mona"}}
    assert server.seen[1].at == reset + 1


def test_a_missing_permission_with_the_last_request_is_no_limit(client, server, clock, reply):
    body = {"message": "Resource not accessible by integration"}
    server.script = [reply(403, body, spent(clock.now() + 3000))]
    with pytest.raises(GitHubError, match="lacks a permission"):
        client.get("/x")
    assert clock.slept == []


def test_a_spent_limit_without_a_reset_is_a_secondary_one(client, server, clock, reply):
    start = clock.now()
    server.script = [reply(403, {}, {"X-RateLimit-Remaining": "0"}), reply(body={})]
    client.get("/x")
    assert server.seen[1].at - start >= 60


def test_a_missing_header_holds_nothing_back(client, server, clock, reply):
    server.always = reply(body={})
    client.get("/x")
    client.get("/y")
    assert (clock.slept, client.rate) == ([], {})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        (" 5 ", 5.0),
        ("Fri, 15 Jan 2027 08:00:09 GMT", 9.0),
        ("soon", None),
        ("-4", None),
        ("", None),
    ],
)
def test_retry_after_is_a_number_or_a_date(text, seconds):
    assert retry_after({"retry-after": text}, 1_800_000_000.0) == seconds


ODD = ["", "0", "-1", "soon", "1e9", "٣", "Fri, 15 Jan 2027 08:00:09 GMT"]
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "retry-after",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "x-ratelimit-limit",
            "x-ratelimit-resource",
        ]
    ),
    st.one_of(
        st.sampled_from(["", "0", "-1", "soon", "1e9", "٣", "Fri, 15 Jan 2027 08:00:09 GMT"]),
        st.integers().map(str),
    ),
)


@settings(deadline=None)
@given(HEADERS, st.integers(0, 12))
def test_whatever_headers_say_a_limit_ends_and_never_in_the_past(headers, strikes):
    limits, now = Limits(Random(1)), 1_800_000_000.0
    for _ in range(strikes):
        limits.note_refusal({}, "core", now)
    limits.note_headers(headers, "core")
    until = limits.note_refusal(headers, "core", now)
    assert now <= until <= now + 86_400 * 1.1 + 1
    assert limits.ready("core", now) <= now + 86_400 * 1.1 + 1
    assert limits.ready("core", now + 86_400 * 1.2) <= now + 86_400 * 2.2


@settings(deadline=None)
@given(st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.text())), HEADERS)
def test_only_refusals_are_limits(body, headers):
    assert not any(is_limit(status, headers, body) for status in (200, 400, 401, 404, 410, 422, 451, 500))
    rate = read_rate(headers, "core")
    assert rate is None or all(count is None or count >= 0 for count in rate[1:])
