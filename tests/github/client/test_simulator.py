"""The client against a GitHub with a state of its own: every document, real pages, faults, real limits."""

from __future__ import annotations

from random import Random

import pytest

from github_simulator import Simulator
from rulewright.github.client import Client
from rulewright.github.documents import DOCUMENTS
from rulewright.github.urls import path
from rulewright.github.waiting import RetryPolicy

COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
PATIENT = RetryPolicy(attempts=60, per_call=1e9, in_all=1e9)


@pytest.fixture(params=[False, True], ids=["github.com", "enterprise"])
def sim(request):
    with Simulator(enterprise=request.param) as running:
        repository = running.repository(
            "octo-org/demo", collaborators={"hubot": "admin", "mona": "write"}, copilot=True
        )
        running.issue_number = repository.issue("A crash", "It crashes.")
        running.project("octo-org", fields={"Status": ["Todo", "Done"]})
        running.handle = repository
        yield running
    assert running.violations == []


@pytest.fixture
def client(sim):
    with Client(
        sim.token("user", "hubot"), api_url=sim.api_url, clock=sim.clock, retry_policy=PATIENT, seed=1
    ) as made:
        yield made


def test_every_document_is_answered(sim, client):
    place = {"owner": "octo-org", "repo": "demo", "number": sim.issue_number}
    for name in ("viewer", "deleted_comments"):
        client.graphql(name, place)
    issue = path("/repos/{owner}/{repo}/issues/{issue_number}", "octo-org/demo", sim.issue_number)
    node = client.get(issue)["node_id"]
    actors = client.graphql("assignable", {"owner": "octo-org", "repo": "demo", "query": "copilot"})
    agent = actors["repository"]["suggestedActors"]["nodes"][0]
    assert agent["login"] == "copilot-swe-agent"
    client.graphql("replace_assignees", {"assignable": node, "actors": [agent["id"]]})
    assigned = client.graphql("assigned", {"id": node})["node"]["assignedActors"]["nodes"]
    assert [one["login"] for one in assigned] == ["copilot-swe-agent"]
    board = client.graphql("organization_project", {"owner": "octo-org", "number": 1})["organization"][
        "projectV2"
    ]
    assert client.graphql("user_project", {"owner": "hubot", "number": 1}) == {"user": {"projectV2": None}}
    status = next(field for field in board["fields"]["nodes"] if field["name"] == "Status")
    item = client.graphql("add_project_item", {"project": board["id"], "content": node})[
        "addProjectV2ItemById"
    ]["item"]
    field = {"project": board["id"], "item": item["id"], "field": status["id"]}
    value = {"singleSelectOptionId": status["options"][1]["id"]}

    def values():
        found = client.graphql("project_items", {"id": node})["node"]["projectItems"]["nodes"]
        return [one.get("name") for one in found[0]["fieldValues"]["nodes"] if "optionId" in one]

    client.graphql("set_project_field", {**field, "value": value})
    assert values() == ["Done"]
    client.graphql("clear_project_field", field)
    assert values() == []
    asked_for = {logged.operation for logged in sim.requests if logged.operation}
    assert asked_for == set(DOCUMENTS), "a document that nothing here asks for is not tested"


def test_pages_are_whole(sim, client):
    numbers = [sim.handle.issue(f"Issue {number}") for number in range(230)]
    found = list(client.pages(path("/repos/{owner}/{repo}/issues", "octo-org/demo"), {"state": "open"}))
    assert sorted(one["number"] for one in found) == sorted([sim.issue_number, *numbers])


def test_asking_again_costs_nothing(client):
    place = path("/repos/{owner}/{repo}", "octo-org/demo")
    first = client.get(place)
    left = client.rate["core"].remaining
    assert client.get(place) == first
    assert client.rate["core"].remaining == left


@pytest.mark.parametrize("seed", range(3))
def test_every_change_is_made_once_whatever_fails(seed, sim, client):
    sim.faults.rate, sim.faults.seed = 0.3, seed
    sim.faults._random = Random(seed)
    place = path(COMMENTS, "octo-org/demo", sim.issue_number)

    def look(text):
        return next((one for one in client.pages(place) if one["body"] == text), None)

    for number in range(30):
        text = f"comment {number}"
        made = client.send(
            "POST", place, {"body": text}, notifies=True, happened=lambda text=text: look(text)
        )
        assert made["body"] == text
        labels = place.replace("/comments", "/labels")
        client.send("POST", labels, {"labels": ["bug"]}, repeatable=True)
        client.send("DELETE", f"{labels}/bug")
    sim.faults.rate = 0.0
    assert [one["body"] for one in client.pages(place)] == [f"comment {number}" for number in range(30)]
    assert len(sim.faults.happened) > 5, "many a way to fail came about"


def test_a_long_run_stays_within_the_limits(sim, client):
    place = path("/repos/{owner}/{repo}/issues/{issue_number}", "octo-org/demo", sim.issue_number)
    listed = path("/repos/{owner}/{repo}/issues", "octo-org/demo")
    for number in range(600):
        client.probe(listed, {"page": number + 1})
        if number % 3 == 0:
            client.send("PATCH", place, {"title": f"Title {number}"})
        if number % 6 == 0:
            client.send("POST", f"{place}/comments", {"body": str(number)}, notifies=True, repeatable=True)
    assert {logged.status for logged in sim.requests} <= {200, 201}


def test_more_than_an_hours_requests_take_more_than_an_hour(sim, client):
    sim.limits.core["user"] = 100
    start = sim.clock.now()
    for number in range(150):
        client.probe(path("/repos/{owner}/{repo}/issues", "octo-org/demo"), {"page": number + 1})
    assert {logged.status for logged in sim.requests} == {200}, "the limit is never run into"
    assert 3600 <= sim.clock.now() - start < 3700
