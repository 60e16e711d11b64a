"""The rules and events that the benchmarks share: generated, seeded, the same in every run.

A rule has three conditions. Three quarters have a witness of their own (a label, an author, a word in the title
or body, a prefix, a repository); a fifth only a disjunction of two; a twentieth none at all (`ne`, `not_in`,
`contains_none`, `none`). Every rule subscribes to every kind of event, also to those whose subject it never sees.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
Condition = dict[str, Any]


def events() -> list[tuple[str, str | None, bytes]]:
    """(event name, action, raw JSON) of the real payloads, which `make test-data` fetches."""
    sys.path.insert(0, str(ROOT / "tests"))
    from external_data import webhook_payloads

    found = []
    for path in webhook_payloads():
        name, action = path.name.split(".")[:2]
        found.append((name, action or None, path.read_bytes()))
    return found


def rules(
    count: int, *, unwitnessed: float = 0.05, disjunction: float = 0.2, seed: int = 7
) -> list[list[Condition]]:
    """`count` rules, each a list of three conditions in the format of the policies."""
    random = Random(seed)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(random.choices(letters, k=random.randint(5, 9))) for _ in range(2 * count + 64)]
    excluded = words[2 * count + 1 :]  # never those that a rule wants: the engine refuses contradictions

    def witness(n: int) -> Condition:
        kind = random.choices(range(7), [30, 20, 15, 10, 5, 10, 10])[0]
        first, second = words[n], words[n + 1]
        return [
            {"labels": {"contains": first}},
            {"author": {"eq": first}},
            {"title": {"contains": first}},
            {"body": {"contains": f"{first} {second}"}},
            {"title": {"starts_with": first}},
            {"repository.name": {"in": [first, second]}},
            {"sender": {"eq": second}},
        ][kind]

    def other() -> Condition:
        kind = random.choices(range(5), [30, 25, 20, 15, 10])[0]
        return [
            {"none": [{"labels": {"glob": "severity/*"}}]},
            {"state": {"ne": "closed"}},
            {"author": {"not_in": random.sample(excluded, 3)}},
            {"labels": {"contains_none": random.sample(excluded, 2)}},
            {"title": {"length": {"gt": random.randint(2, 60)}}},
        ][kind]

    out = []
    for n in range(count):
        roll = random.random()
        if roll < unwitnessed:
            out.append([other(), other(), {"state": {"ne": "open"}} if random.random() < 0.5 else other()])
        elif roll < unwitnessed + disjunction:
            out.append([{"any": [witness(n), witness(count + n)]}, {"state": "open"}, other()])
        else:
            out.append([witness(n), {"state": "open"}, other()])
    return out


def policy(conditions: list[list[Condition]], subscribe: list[str]) -> str:
    """The rules as the text of one policy file."""
    head = {
        "apiVersion": "rulewright/v1",
        "kind": "Triage",
        "metadata": {"name": "benchmark", "description": "Generated rules."},
    }
    lines = [f"{key}: {json.dumps(value)}" for key, value in head.items()]
    lines += [f"on: {json.dumps(subscribe)}", "rules:"]
    for number, parts in enumerate(conditions):
        lines += [
            f"  - id: rule-{number}",
            f"    description: Rule number {number} of a generated policy.",
            "    when:",
            "      all:",
            *[f"        - {_flow(part)}" for part in parts],
            f"    then: [ add_labels: [found-{number}] ]",
        ]
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    """YAML in flow style, as people write it."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return json.dumps(value) if not isinstance(value, str) or not value.replace(" ", "").isalpha() else value
