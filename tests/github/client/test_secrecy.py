"""No token, and nothing that GitHub repeats of what it was sent, stands in any message."""

from __future__ import annotations

import logging
import pickle
import traceback

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulewright.github.documents import DOCUMENTS
from rulewright.github.errors import GitHubError
from rulewright.github.graphql import find_graphql_error
from rulewright.github.response_errors import find_rest_error
from rulewright.github.secret import Secret
from rulewright.github.transport import HttpResponse
from rulewright.github.waiting import RetryPolicy
from rulewright.policy.diagnostics import UsageError

SECRET = "hunter2-" + "correct-horse"
STATUSES = [200, 301, 400, 401, 403, 404, 409, 410, 422, 429, 451, 500, 502]


def shown(error: BaseException) -> str:
    """All that a person or a log may get to see of an error."""
    hint = getattr(error, "hint", None)
    return f"{error} {error!r} {hint} {vars(error)} {''.join(traceback.format_exception(error))}"


@pytest.mark.parametrize("status", STATUSES)
def test_no_error_shows_what_was_sent(status, make_client, server, reply, token, caplog):
    caplog.set_level(logging.DEBUG)
    client = make_client(retry_policy=RetryPolicy(attempts=2))

    def echo(seen):
        everything = f"{seen.headers} {seen.body}"
        body = {
            "message": everything,
            "documentation_url": everything,
            "errors": [
                {
                    "message": everything,
                    "value": everything,
                    "type": everything,
                    "field": token,
                    "code": token,
                }
            ],
        }
        names = (
            "Link",
            "Retry-After",
            "X-RateLimit-Resource",
            "X-Accepted-GitHub-Permissions",
            "X-GitHub-SSO",
        )
        return reply(status, body, dict.fromkeys(names, f"{token} {SECRET}"))

    server.always = echo
    text = ""
    for call in (
        lambda: client.get("/x", {"q": SECRET}),
        lambda: list(client.pages("/x", {"q": SECRET})),
        lambda: client.send("POST", "/x", {"body": SECRET}),
        lambda: client.send("PATCH", "/x", {"body": SECRET}),
        lambda: client.graphql("deleted_comments", {"owner": SECRET}),
    ):
        try:
            call()
        except GitHubError as error:
            text += shown(error)
    text += f"{client!r} {client} {vars(client)} {client.rate} {client.scopes}"
    text += " ".join(record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG)
    assert token not in text + caplog.text
    assert SECRET not in text
    assert sum(SECRET in str(seen) for seen in server.seen) >= 5


@pytest.mark.parametrize("how", ["cut", "hold"])
def test_no_failure_of_a_connection_shows_what_was_sent(how, make_client, server, reply, token, caplog):
    caplog.set_level(logging.DEBUG)
    client = make_client(read=0.05, retry_policy=RetryPolicy(attempts=1))
    server.always = reply(**{how: True})
    with pytest.raises(GitHubError) as caught:
        client.send("POST", "/x", {"body": SECRET})
    assert token not in shown(caught.value) + caplog.text
    assert SECRET not in shown(caught.value) + caplog.text


def test_a_token_in_a_path_does_not_come_back(client, server, reply, token):
    server.always = reply(404, {})
    with pytest.raises(GitHubError, match=r"\*\*\*") as caught:
        client.get(f"/{token}")
    assert token not in shown(caught.value)


TEXT = st.text(st.characters(codec="utf-8"), min_size=12, max_size=40).filter(
    lambda text: text.strip() == text
)
WORDS = st.sampled_from(["NOT_FOUND", "FORBIDDEN", "invalid", "missing_field", "title", "undefinedField"])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(TEXT, st.sampled_from(STATUSES), st.lists(WORDS, max_size=3), st.booleans())
def test_whatever_is_repeated_no_trouble_holds_it(text, status, words, odd):
    import json

    marked = f"<{text}>"
    error = {
        name: words[at % len(words)] if words and at % 2 == odd else marked
        for at, name in enumerate(("type", "message", "field", "code", "value", "resource"))
    }
    body = {
        "message": marked,
        "errors": [{**error, "extensions": {"code": marked, "fieldName": marked}}, marked],
    }
    headers = dict.fromkeys(
        ("x-accepted-github-permissions", "x-github-sso", "retry-after", "location"), marked
    )
    answer = HttpResponse(status, headers, json.dumps(body).encode())
    for trouble in (find_rest_error(answer), find_graphql_error(answer, DOCUMENTS["viewer"])):
        assert trouble is None or (
            marked not in repr(trouble) and text not in f"{trouble.reason} {trouble.hint}"
        )


@settings(deadline=None)
@given(st.text(st.sampled_from("abcXYZ019_-."), min_size=8))
def test_a_secret_shows_itself_to_nobody(token):
    secret = Secret(token)
    assert token not in f"{secret!r} {secret}"
    assert secret.header() == {"authorization": f"Bearer {token}"}
    assert token not in secret.out_of(f"a {token}{token} b")
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(secret)


@pytest.mark.parametrize("token", ["a b", "a\nb: c", "a\x00", "ä", "a\r\nHost: evil"])
def test_what_is_no_token_is_refused_without_showing_it(token):
    with pytest.raises(UsageError, match="invalid characters") as caught:
        Secret(token)
    assert token not in shown(caught.value)


@pytest.mark.parametrize("token", [None, "", " \n"])
def test_no_token_is_no_header(token):
    assert Secret(token).header() == {}
    assert Secret(token).out_of("text") == "text"


def test_a_line_end_after_a_token_is_no_part_of_it():
    assert Secret("abc\n").header() == {"authorization": "Bearer abc"}


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({"x-accepted-github-permissions": "issues=write"}, "it needs the permission issues: write"),
        (
            {"x-accepted-github-permissions": "issues=write; pull_requests=write"},
            "it needs the permission issues: write or pull_requests: write",
        ),
        (
            {"x-accepted-github-permissions": "a secret=write"},
            "in Actions, grant it under `permissions:` of the job",
        ),
        (
            {"x-github-sso": "required; url=https://example.com"},
            "authorise the token for the organisation (single sign-on)",
        ),
    ],
)
def test_a_refusal_says_what_is_needed(headers, hint):
    body = b'{"message": "Resource not accessible by integration"}'
    trouble = find_rest_error(HttpResponse(403, headers, body))
    assert (trouble.reason, trouble.hint) == ("the token lacks a permission", hint)


def test_an_invalid_field_is_named():
    errors = (
        b'{"message": "Validation Failed", "errors": [{"field": "title", "code": "missing_field"}, 3, {}]}'
    )
    trouble = find_rest_error(HttpResponse(422, {}, errors))
    assert trouble.reason == "GitHub rejected the request as invalid (title missing_field)"
