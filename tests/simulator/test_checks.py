"""What the simulator notices about requests, and about its own answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.checks import Checks
from github_simulator.openapi import find_operation

from .conftest import asker

REPOSITORY = "/repos/octo-org/demo"


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", f"{REPOSITORY}/isues", None, "no such operation"),
        ("GET", f"{REPOSITORY}/issues?sort=newest", None, "query parameter sort cannot be 'newest'"),
        ("GET", f"{REPOSITORY}/issues?per_page=500", None, "per_page is at most 100"),
        ("GET", f"{REPOSITORY}/issues?page_size=5", None, "page_size is not described"),
        ("POST", f"{REPOSITORY}/issues/1/comments", {"text": "x"}, "'body' is a required property"),
        (
            "POST",
            f"{REPOSITORY}/issues/1/comments",
            {"body": "x", "loud": True},
            "member loud is not described",
        ),
        ("PATCH", f"{REPOSITORY}/issues/1", {"state": "shut"}, "'shut' is not one of"),
        ("PATCH", f"{REPOSITORY}/issues/1", {"state_reason": "stale"}, "'stale' is not one of"),
        ("DELETE", f"{REPOSITORY}/issues/1/assignees", None, "a body is required"),
        ("POST", f"{REPOSITORY}/git/refs", {"ref": "refs/heads/x"}, "'sha' is a required property"),
    ],
)
def test_what_the_description_does_not_allow_is_noted(method, path, body, said):
    with Simulator() as sim:
        sim.repository("octo-org/demo").issue()
        got = asker(sim)(method, path, body)
        assert len(sim.violations) == 1
        assert said in sim.violations[0]
        assert got.status in (404, 422)
        assert sim.writes == []


def test_an_answer_of_the_wrong_shape_is_noted():
    violations: list[str] = []
    checks = Checks(violations)
    checks.responses = True
    checks.response("GET", f"{REPOSITORY}/issues/1", 200, {"id": "one"})
    checks.response("GET", f"{REPOSITORY}/issues/1", 418, {})
    checks.response("GET", f"{REPOSITORY}/labels/bug", 200, {"id": 1})
    assert len(violations) == 3


def test_fixed_words_win_over_parameters():
    found = find_operation("GET", f"{REPOSITORY}/issues/comments/7")
    assert found is not None
    assert found.template == "/repos/{owner}/{repo}/issues/comments/{comment_id}"


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A checkout with nothing of GitHub's beside it."""
    from github_simulator.graphql.schema import schema

    monkeypatch.setattr("github_simulator.openapi.OPENAPI", tmp_path / "none.json")
    monkeypatch.setattr("github_simulator.graphql.schema.GRAPHQL_SCHEMA", tmp_path / "none.graphql")
    schema.cache_clear()
    yield
    schema.cache_clear()


@pytest.mark.usefixtures("alone")
def test_without_githubs_descriptions_it_serves_unchecked_and_our_documents_alone():
    with Simulator() as sim:
        sim.repository("octo-org/demo").issue()
        ask = asker(sim)
        assert ask("GET", f"{REPOSITORY}/issues?odd=1").status == 200
        assert sim.violations == []
        got = ask("POST", "/graphql", {"query": "{ viewer { login } }"})
        assert got.status == 200
        assert got.data["data"]["viewer"]["login"]
        assert sim.violations == []
        assert ask("POST", "/graphql", {"query": "{ viewer { bio } }"}).data["errors"]
