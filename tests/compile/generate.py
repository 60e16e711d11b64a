"""Random conditions and events over a small world, where everything collides: for differential tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.compile.expression import parse
from rulewright.compile.paths import PathTable, rewrite
from rulewright.compile.program import CompiledPolicy, Entry, Program

if TYPE_CHECKING:
    from random import Random

WORDS = ["bug", "Bug", "crash", "crash loop", "severity/high", "severity/low", "a", "", "ß", "\ud800", "docs"]
NUMBERS = [0, 1, 2, 3, 5, 5.5, -1, float("nan"), 10**20]
TEXT_PATHS = ["title", "body", "state", "author", "issue.milestone.title", "sender"]
LIST_PATHS = ["labels", "issue.tags", "issue.assignees[].login"]
NUMBER_PATHS = ["issue.number", "issue.comments", "age"]
BOOLEAN_PATHS = ["issue.locked", "issue.draft"]
FAILING_PATH = "abs(issue.title)"
FOLDED = {"labels", "author", "sender", "issue.assignees[].login"}
PATHS = [*TEXT_PATHS, *LIST_PATHS, *NUMBER_PATHS, *BOOLEAN_PATHS, FAILING_PATH]


class Maker:
    """Makes nodes over one path table."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.table = PathTable()

    def path(self, text: str) -> int:
        return self.table.number(rewrite(parse(text), {}))

    def leaf(self) -> dict[str, Any]:
        r = self.random
        path = r.choice(PATHS) if r.random() < 0.3 else r.choice([*TEXT_PATHS, *LIST_PATHS])
        name, value = self.matcher(path)
        node = {"op": "match", "path": path, "p": self.path(path), "m": name, "v": value, "at": [1, 1]}
        if path in FOLDED or r.random() < 0.1:
            node["ci"] = True
        if r.random() < 0.15:
            node["on_missing"] = r.random() < 0.5
        if r.random() < 0.05 and name not in ("exists", "missing", "length", "regex", "glob"):
            node["w"], node["v"] = self.path(r.choice(PATHS)), {"fact": "other"}
        return node

    def matcher(self, path: str) -> tuple[str, Any]:
        r = self.random
        words = [w for w in WORDS if w]
        if r.random() < 0.1:
            return r.choice(["exists", "missing"]), r.random() < 0.5
        if path in NUMBER_PATHS or r.random() < 0.05:
            name = r.choice(["eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in"])
            number = lambda: r.choice([n for n in NUMBERS if n == n])  # noqa: E731
            if name == "between":
                return name, sorted([number(), number()])
            return name, [number(), number()] if name in ("in", "not_in") else number()
        if path in BOOLEAN_PATHS:
            return r.choice(["eq", "ne"]), r.random() < 0.5
        name = r.choice(
            [
                *["eq", "ne", "in", "not_in", "contains", "contains_any", "contains_all", "contains_none"],
                *["starts_with", "ends_with", "glob", "regex", "length"],
            ]
        )
        if name in ("in", "not_in") and r.random() < 0.2:
            return name, [r.choice(words), r.choice([1, True])]
        if name in ("in", "not_in", "contains_any", "contains_all", "contains_none"):
            return name, r.sample(words, r.randint(1, 3))
        if name == "glob":
            return name, r.choice(
                ["severity/*", "*", "b?g", "*rash*", "*/high", "[bB]ug", "{bug,docs}", "docs"]
            )
        if name == "regex":
            return name, r.choice(["cra.h", "^bug$", "(?i)BUG", "severity/(high|low)", "[0-9]+", "x*"])
        if name == "length":
            return name, r.choice([0, 1, {"gt": 1}, {"lte": 2}, {"gt": 3, "ne": 5}, {"between": [2, 8]}])
        return name, r.choice(WORDS)

    def condition(self, depth: int = 0) -> dict[str, Any]:
        r = self.random
        roll = r.random()
        if depth >= 3 or roll < 0.45:
            return self.leaf()
        if roll < 0.5:
            text = r.choice(
                [
                    "contains(issue.labels[].name, 'bug')",
                    "issue.comments > `2`",
                    "issue.locked",
                    "length(body)",
                ]
            )
            return {"op": "expression", "text": text, "p": self.path(text), "at": [1, 1]}
        op = r.choices(["all", "any", "none"], [6, 3, 1])[0]
        return {"op": op, "of": [self.condition(depth + 1) for _ in range(r.randint(1, 3))], "at": [1, 1]}

    def sharing(self, count: int, pool: int) -> list[dict[str, Any]]:
        """Conditions that take one to three of their parts out of a pool of so many."""
        parts = [self.condition(1) for _ in range(pool)]
        sample = self.random.sample
        return [
            {"op": "all", "of": [*sample(parts, self.random.randint(1, 3)), self.condition(1)], "at": [1, 1]}
            for _ in range(count)
        ]

    def program(self, rules: int, pool: int = 0) -> Program:
        """So many rules in one policy; `pool` as for `sharing`."""
        conditions = self.sharing(rules, pool) if pool else [self.condition() for _ in range(rules)]
        entries = tuple(Entry(f"rule-{n}", "rule", when, (1, 1)) for n, when in enumerate(conditions))
        policy = CompiledPolicy("generated", "Triage", "enforce", "g.yaml", "0", ("issues",), {}, {}, entries)
        return Program((policy,), tuple(self.table.asts))


def payload(random: Random) -> dict[str, Any]:
    """An event of the small world: every value may be absent, null, or of a wrong type."""
    r = random

    def some(make: Any) -> Any:
        roll = r.random()
        if roll < 0.12:
            return None
        if roll < 0.16:
            return r.choice([1, "bug", True, ["bug"], {"name": "bug"}])
        return make()

    def word() -> str:
        return " ".join(r.choices(WORDS, k=r.randint(1, 2)))

    issue: dict[str, Any] = {
        "title": some(word),
        "body": some(word),
        "state": some(lambda: r.choice(["open", "closed"])),
        "user": some(lambda: {"login": r.choice(WORDS)}),
        "labels": some(lambda: [some(lambda: {"name": r.choice(WORDS)}) for _ in range(r.randint(0, 3))]),
        "tags": some(lambda: r.choices([*WORDS, None, 1, ["bug"], {}], k=r.randint(0, 3))),
        "assignees": some(lambda: [{"login": r.choice(WORDS)}]),
        "milestone": some(lambda: {"title": r.choice(WORDS)}),
        "number": some(lambda: r.choice(NUMBERS)),
        "comments": some(lambda: r.choice(NUMBERS)),
        "locked": some(lambda: r.random() < 0.5),
        "draft": some(lambda: r.random() < 0.5),
        "created_at": some(lambda: r.choice(["2026-01-01T00:00:00Z", "yesterday"])),
    }
    for key in [key for key in issue if r.random() < 0.08]:
        del issue[key]
    event: dict[str, Any] = {
        "action": "opened",
        "issue": issue,
        "sender": some(lambda: {"login": r.choice(WORDS)}),
    }
    if r.random() < 0.05:
        del event["issue"]
    return event


def reworded(value: Any, random: Random) -> Any:
    """The same shape with other words and numbers: what is absent, null or of a wrong type stays so."""
    if isinstance(value, dict):
        return {key: reworded(item, random) for key, item in value.items()}
    if isinstance(value, list):
        return [reworded(item, random) for item in value]
    if isinstance(value, str):
        return random.choice(WORDS)
    if isinstance(value, bool) or value is None:
        return value
    return random.choice(NUMBERS)
