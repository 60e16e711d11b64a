"""GraphQL, executed against GitHub's schema."""

from __future__ import annotations

import pytest


@pytest.fixture
def repo(sim):
    return sim.repository("octo-org/demo", collaborators={"mona": "write", "hubot": "triage"}, copilot=True)


@pytest.fixture
def query(sim, repo, ask):
    """`query(text, token=…, **variables)`: the whole answer."""

    def run(text, *, token=None, **variables):
        token = token or sim.token("user", "mona")
        got = ask("POST", "/graphql", {"query": text, "variables": variables}, token=token)
        assert got.status == 200
        return got.data

    return run


def test_an_issue_is_read_with_all_that_stands_on_it(sim, repo, query):
    number = repo.issue("First", "body", labels=["bug"], assignees=["mona"])
    sim.act("hubot").comment(repo, number, "hello")
    sim.clock.advance(60)
    sim.act("mona").edit_body(repo, number, "better")
    got = query(
        """query($n: Int!) { viewer { login } repository(owner: "octo-org", name: "demo") { issue(number: $n) {
          title state author { login __typename } labels(first: 5) { nodes { name } }
          assignees(first: 5) { nodes { login } } comments(first: 5) { totalCount nodes { body } }
          editor { login } userContentEdits(first: 5) { nodes { editor { login } } }
          timelineItems(first: 10, itemTypes: [LABELED_EVENT]) {
            nodes { __typename ... on LabeledEvent { label { name } actor { login } } } } } } }""",
        n=number,
    )
    assert "errors" not in got
    issue = got["data"]["repository"]["issue"]
    assert got["data"]["viewer"] == {"login": "mona"}
    assert issue["labels"]["nodes"] == [{"name": "bug"}]
    assert issue["comments"] == {"totalCount": 1, "nodes": [{"body": "hello"}]}
    assert [one["editor"]["login"] for one in issue["userContentEdits"]["nodes"]] == ["mona", "octocat"]
    assert [one["__typename"] for one in issue["timelineItems"]["nodes"]] == ["LabeledEvent"]


def test_an_invalid_document_is_noted_and_refused(sim, query):
    got = query("{ viewer { logn } }")
    assert "data" not in got
    assert "Cannot query field 'logn'" in got["errors"][0]["message"]
    assert len(sim.violations) == 1
    assert query("{ viewer { avatarUrl(size: 1) bioHTML } }")["data"] is None
    assert query("query($n: Int!) { viewer { login } }")["errors"]
    assert query("{ viewer ")["errors"][0]["message"].startswith("Parse error")
    assert len(sim.violations) == 4
    sim.violations.clear()


def test_what_is_not_there_is_an_error_with_a_type(query):
    got = query('{ repository(owner: "octo-org", name: "demo") { issue(number: 99) { title } } }')
    assert got["data"] == {"repository": {"issue": None}}
    assert got["errors"][0]["type"] == "NOT_FOUND"
    assert got["errors"][0]["path"] == ["repository", "issue"]
    got = query('{ repository(owner: "octo-org", name: "demo") { labels { nodes { name } } } }')
    assert got["errors"][0]["type"] == "MISSING_PAGINATION_BOUNDARIES"


SUGGESTED = """{ repository(owner: "octo-org", name: "demo") {
  suggestedActors(capabilities: [CAN_BE_ASSIGNED], first: 10) { nodes { __typename login ... on Bot { id } } } } }"""

REPLACE = """mutation($id: ID!, $actors: [ID!]) { replaceActorsForAssignable(
  input: {assignableId: $id, actorIds: $actors}) {
    assignable { ... on Issue { number assignedActors(first: 9) { totalCount } } } } }
"""


def test_the_coding_agent_takes_a_person_to_assign_it(sim, repo, query, ask):
    number = repo.issue()
    issue = ask("GET", f"/repos/octo-org/demo/issues/{number}").data["node_id"]
    actors = query(SUGGESTED)["data"]["repository"]["suggestedActors"]["nodes"]
    assert [one["login"] for one in actors] == ["copilot-swe-agent", "hubot", "mona"]
    workflow = sim.token("actions")
    hidden = query(SUGGESTED, token=workflow)["data"]["repository"]["suggestedActors"]["nodes"]
    assert [one["login"] for one in hidden] == ["hubot", "mona"]
    refused = query(REPLACE, token=workflow, id=issue, actors=[actors[0]["id"]])
    assert refused["errors"][0]["type"] == "FORBIDDEN"
    assert sim.writes == []
    query(REPLACE, id=issue, actors=[actors[0]["id"]])
    shown = ask("GET", f"/repos/octo-org/demo/issues/{number}").data["assignees"]
    assert [(one["login"], one["type"]) for one in shown] == [("Copilot", "Bot")]
    assert [one.operation for one in sim.writes] == [None]


PROJECT = """query($n: Int!) { organization(login: "octo-org") { projectV2(number: $n) { id fields(first: 9) { nodes {
  ... on ProjectV2FieldCommon { id name dataType }
  ... on ProjectV2SingleSelectField { options { id name } } } } } } }"""
ADD = """mutation($p: ID!, $c: ID!) { addProjectV2ItemById(input: {projectId: $p, contentId: $c}) { item { id } } }"""
SET = """mutation($p: ID!, $i: ID!, $f: ID!, $v: ProjectV2FieldValue!) { updateProjectV2ItemFieldValue(
  input: {projectId: $p, itemId: $i, fieldId: $f, value: $v}) { projectV2Item { id } } }"""
CLEAR = """mutation($p: ID!, $i: ID!, $f: ID!) { clearProjectV2ItemFieldValue(
  input: {projectId: $p, itemId: $i, fieldId: $f}) { projectV2Item { id } } }"""
CARDS = """query($n: Int!) { repository(owner: "octo-org", name: "demo") { issue(number: $n) {
  projectItems(first: 5) { nodes { id project { title } fieldValueByName(name: "Status") {
    ... on ProjectV2ItemFieldSingleSelectValue { name optionId } } } } } } }"""


def test_a_card_is_added_once_moved_and_cleared(sim, repo, query, ask):
    number = repo.issue()
    sim.project("octo-org", "Board")
    project = query(PROJECT, n=1)["data"]["organization"]["projectV2"]
    status = next(one for one in project["fields"]["nodes"] if one["name"] == "Status")
    issue = ask("GET", f"/repos/octo-org/demo/issues/{number}").data["node_id"]
    item = query(ADD, p=project["id"], c=issue)["data"]["addProjectV2ItemById"]["item"]["id"]
    assert query(ADD, p=project["id"], c=issue)["data"]["addProjectV2ItemById"]["item"]["id"] == item
    ready = next(one["id"] for one in status["options"] if one["name"] == "Ready")
    cell = {"p": project["id"], "i": item, "f": status["id"]}
    assert "errors" not in query(SET, **cell, v={"singleSelectOptionId": ready})
    assert repo.state()[number]["fields"] == {"Board/Status": "Ready"}
    cards = query(CARDS, n=number)["data"]["repository"]["issue"]["projectItems"]["nodes"]
    assert cards[0]["fieldValueByName"] == {"name": "Ready", "optionId": ready}
    assert query(SET, **cell, v={"singleSelectOptionId": "no"})["errors"]
    assert query(SET, **cell, v={"text": "Ready"})["errors"]
    assert "errors" not in query(CLEAR, **cell)
    assert repo.state()[number]["fields"] == {}


def test_a_workflows_token_reaches_no_board(sim, repo, query):
    number = repo.issue()
    sim.project("octo-org", "Board").add("octo-org/demo", number, Status="Ready")
    workflow = sim.token("actions")
    assert query(PROJECT, token=workflow, n=1)["errors"][0]["type"] == "NOT_FOUND"
    cards = query(CARDS, token=workflow, n=number)
    assert cards["data"]["repository"]["issue"]["projectItems"]["nodes"] == [None]
    assert cards["errors"][0]["type"] == "FORBIDDEN"
    narrow = sim.token("user", "mona", scopes=["repo"])
    assert query(PROJECT, token=narrow, n=1)["errors"][0]["type"] == "INSUFFICIENT_SCOPES"


def test_the_enterprise_path_is_served_too(sim, repo, ask):
    got = ask(
        "POST", "/api/graphql", {"query": "query me { viewer { login } }"}, token=sim.token("user", "mona")
    )
    assert got.data == {"data": {"viewer": {"login": "mona"}}}
    assert sim.requests[-1].operation == "me"


def test_the_projects_own_documents_are_valid(sim):
    documents = pytest.importorskip("rulewright.github.documents", reason="no documents yet")
    from graphql import parse, validate

    from github_simulator.graphql.schema import schema

    for name, document in documents.DOCUMENTS.items():
        assert validate(schema(), parse(document.text)) == [], name
