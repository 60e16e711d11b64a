"""The shipped gate and promotion against the cases beside them: each holds, and each leaf of a condition matters."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from rulewright.evaluate.evaluator import evaluate
from rulewright.events.model import Event, Facts
from rulewright.policy.document import read_documents
from rulewright.program.nodes import ConstantNode, Node
from rulewright.program.program import Program
from rulewright.testing.leaves import find_leaves, replace_node

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = Path(__file__).resolve().parents[2] / "rules"
FOLDERS = ("slo", "promotion")


def load(folder: str) -> Program:
    return rulewright.load(RULES / folder / "assistant.yaml", cache=False)


def cases(folder: str) -> list[dict[str, Any]]:
    path = RULES / folder / "assistant.test.yaml"
    documents, findings = read_documents(str(path), path.read_bytes())
    assert not findings
    data = documents[0].data
    return [{"now": data["now"], **case} for case in data["cases"]]


def facts_of(case: dict[str, Any]) -> Facts:
    event = case["event"]
    payload = copy.deepcopy(event["payload"])
    for path, value in event.get("patch", {}).items():
        *parents, last = path.split(".")
        place = payload
        for name in parents:
            place = place[name]
        place[last] = value
    return Facts(Event(event["name"], None, payload), str(case["now"]), case.get("given", {}))


def outcome(program: Program, case: dict[str, Any]) -> tuple[str, dict[str, str]]:
    policy = evaluate(program, facts_of(case)).policies[0]
    return policy.verdict, {rule.id: rule.status for rule in policy.rules}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_case_comes_out_as_expected(folder: str) -> None:
    program = load(folder)
    wrong = {}
    for case in cases(folder):
        verdict, statuses = outcome(program, case)
        expect = case["expect"]
        seen = {name: statuses[name] for name in expect["rules"]}
        if seen != expect["rules"] or verdict != expect.get("verdict", verdict):
            wrong[case["id"]] = (verdict, {k: v for k, v in seen.items() if v != expect["rules"][k]})
    assert wrong == {}


def mutants(node: Node) -> Iterator[tuple[str, Node]]:
    """The condition with one leaf forced, for each leaf and both truths."""
    for leaf in find_leaves(node):
        for truth in (True, False):
            forced = ConstantNode(truth, "forced", leaf.node.position)
            yield f"{leaf.text} forced {json.dumps(truth)}", replace_node(node, leaf.path, forced)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_forced_leaf_is_noticed(folder: str) -> None:
    program = load(folder)
    policy = program.policies[0]
    every = cases(folder)
    survivors = []
    for number, entry in enumerate(policy.entries):
        wanted = [
            (case, case["expect"]["rules"][entry.id]) for case in every if entry.id in case["expect"]["rules"]
        ]
        for name, when in mutants(entry.when):
            entries = (entry._replace(condition=when),)
            changed = Program((policy._replace(entries=entries),), program.paths)
            if all(outcome(changed, case)[1][entry.id] == status for case, status in wanted):
                survivors.append(f"{policy.entries[number].id}: {name}")
    assert survivors == []
