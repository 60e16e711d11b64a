"""Documents against GitHub's schema, and answers that are half data and half errors."""

from __future__ import annotations

import re

import pytest
from graphql import build_schema, extend_schema, parse, validate
from graphql.language import OperationDefinitionNode, OperationType

from external_data import GRAPHQL_SCHEMA
from rulewright.github.documents import DOCUMENTS
from rulewright.github.errors import GitHubError
from rulewright.github.waiting import RetryPolicy

LATER = """
enum RepositorySuggestedActorFilter { CAN_BE_ASSIGNED CAN_BE_AUTHOR }
type ActorConnection { nodes: [Actor] pageInfo: PageInfo! totalCount: Int! }
type AssigneeConnection { nodes: [Assignee] pageInfo: PageInfo! totalCount: Int! }
extend type Repository {
  suggestedActors(
    after: String before: String capabilities: [RepositorySuggestedActorFilter!]! first: Int last: Int
    loginNames: String query: String
  ): ActorConnection!
}
extend type Issue { assignedActors(after: String before: String first: Int last: Int): AssigneeConnection! }
extend type PullRequest { assignedActors(after: String before: String first: Int last: Int): AssigneeConnection! }
input ReplaceActorsForAssignableInput {
  actorIds: [ID!] actorLogins: [String!] assignableId: ID! clientMutationId: String
}
type ReplaceActorsForAssignablePayload { assignable: Assignable clientMutationId: String }
extend type Mutation {
  replaceActorsForAssignable(input: ReplaceActorsForAssignableInput!): ReplaceActorsForAssignablePayload
}
"""
"""What came to GitHub after the schema that is tested against, as its documentation gives it."""


@pytest.fixture(scope="module")
def schema():
    now = build_schema(GRAPHQL_SCHEMA.read_text(encoding="utf-8"), assume_valid_sdl=True)
    # Newer rules of the library find GitHub's own schema lacking in places that are none of ours.
    return extend_schema(now, parse(LATER), assume_valid=True)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid_by_the_schema(name, schema):
    assert [str(error) for error in validate(schema, parse(DOCUMENTS[name].text))] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_is_what_its_entry_says(name):
    document = DOCUMENTS[name]
    operations = [
        node for node in parse(document.text).definitions if isinstance(node, OperationDefinitionNode)
    ]
    assert [operation.name.value for operation in operations] == [name]
    assert document.writes is (operations[0].operation is OperationType.MUTATION)
    assert document.writes or not document.notifies


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_list_that_may_be_cut_says_so(name):
    text = DOCUMENTS[name].text
    cut = re.findall(r"(\w+)\([^()]*first: (\d+)[^()]*\)", text)
    bounded = {"assignees", "assignedActors"}  # GitHub allows ten.
    whole = {"userContentEdits"}  # The latest are what is asked for.
    assert all(int(count) <= 100 for _, count in cut)
    lists = [field for field, _ in cut if field not in bounded | whole]
    assert text.count("pageInfo") == len(lists)


def test_variables_travel_beside_the_document(client, server, reply):
    server.always = reply(body={"data": {"repository": None}})
    hostile = '") { viewer { login } } #'
    client.graphql("deleted_comments", {"owner": hostile, "repo": "demo", "number": 1})
    sent = server.seen[0].body
    assert sent["query"] == DOCUMENTS["deleted_comments"].text
    assert sent["variables"] == {"owner": hostile, "repo": "demo", "number": 1}
    assert (server.seen[0].method, server.seen[0].path) == ("POST", "/graphql")


def test_an_unknown_document_is_a_mistake_of_ours(client):
    with pytest.raises(KeyError):
        client.graphql("query { viewer { login } }")


def errors(*listed, data=None):
    return {"data": data, "errors": list(listed)}


def test_what_is_optional_may_be_missing(client, server, reply):
    missing = {
        "type": "NOT_FOUND",
        "path": ["organization"],
        "message": "Could not resolve to an Organization",
    }
    server.always = reply(body=errors(missing, data={"organization": None}))
    assert client.graphql("organization_project", {"owner": "mona", "number": 1}) == {"organization": None}


@pytest.mark.parametrize(
    "error",
    [
        {"type": "NOT_FOUND", "path": ["repository"]},
        {"type": "NOT_FOUND", "path": ["organization", "projectV2", "fields"]},
        {"type": "NOT_FOUND"},
    ],
)
def test_what_is_not_optional_may_not(error, client, server, reply):
    server.always = reply(body=errors(error, data={"organization": {"projectV2": None}}))
    with pytest.raises(GitHubError) as caught:
        client.graphql("organization_project", {"owner": "mona", "number": 1})
    assert caught.value.kind == "not_found"


def test_half_an_answer_is_none(client, server, reply):
    optional = {"type": "NOT_FOUND", "path": ["organization"]}
    server.always = reply(
        body=errors(optional, {"type": "FORBIDDEN", "path": ["x"]}, data={"organization": None})
    )
    with pytest.raises(GitHubError, match="lacks a permission") as caught:
        client.graphql("organization_project", {"owner": "mona", "number": 1})
    assert "Actions" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        ({"type": "FORBIDDEN"}, "forbidden", "permission"),
        ({"type": "INSUFFICIENT_SCOPES"}, "forbidden", "scope"),
        ({"type": "UNPROCESSABLE"}, "invalid", "invalid"),
        (
            {"message": "No.", "extensions": {"code": "undefinedField", "fieldName": "suggestedActors"}},
            "graphql",
            r"undefinedField: suggestedActors",
        ),
        ({"message": "No.", "extensions": {"code": "variableMismatch"}}, "graphql", r"\(variableMismatch\)"),
        ({"message": "No.", "extensions": {"code": "a secret"}}, "graphql", r"the query$"),
        ({"message": "No."}, "graphql", "the query"),
        ({}, "graphql", "the query"),
    ],
)
def test_an_error_is_told_in_our_words_and_not_tried_again(error, kind, text, client, server, reply):
    server.always = reply(body=errors(error))
    with pytest.raises(GitHubError, match=text) as caught:
        client.graphql("viewer")
    assert (caught.value.kind, len(server.seen)) == (kind, 1)


@pytest.mark.parametrize(
    "body",
    [
        errors({"message": "Something went wrong while executing your query on 2026-01-05."}),
        errors({"type": "SERVICE_UNAVAILABLE"}),
        errors({"message": "timedout"}, {"message": "Something went wrong"})
        | {"errors": [{"message": "timeout"}]},
        {"data": None},
        {},
        [],
        "x",
    ],
)
def test_a_failure_is_tried_again(body, client, server, reply):
    server.script = [reply(body=body), reply(502, {}), reply(body={"data": {"viewer": None}})]
    assert client.graphql("viewer") == {"viewer": None}


def test_a_message_about_the_secondary_limit_is_a_limit(make_client, server, clock, reply):
    client = make_client(retry_policy=RetryPolicy(per_call=10.0))
    server.always = reply(body=errors({"message": "You have exceeded a secondary rate limit."}))
    with pytest.raises(GitHubError) as caught:
        client.graphql("viewer")
    assert caught.value.kind == "rate_limited"


def test_a_limit_goes_before_other_errors(make_client, server, reply):
    client = make_client(retry_policy=RetryPolicy(per_call=10.0))
    server.always = reply(body=errors({"type": "FORBIDDEN"}, {"type": "RATE_LIMITED"}))
    with pytest.raises(GitHubError) as caught:
        client.graphql("viewer")
    assert caught.value.kind == "rate_limited"
