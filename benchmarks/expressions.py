"""How much faster the compiled closures are than jmespath.py's own interpreter, precompiled.

    python benchmarks/expressions.py

Prints, per expression, both times per evaluation and the ratio; both run in this one process, in turns.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import jmespath

from rulewright.program.expression import build_evaluator, parse_expression

EXPRESSIONS = (
    "issue.title",
    "issue.user.login",
    "issue.milestone.title",
    "issue.labels[].name",
    "issue.labels[*].name",
    "issue.labels[?color=='d73a4a'].name",
    "issue.user.login == 'x' && contains(issue.labels[].name, 'bug')",
    "issue.user.login == 'octocat' && contains(issue.labels[].name, 'bug')",
    "length(issue.assignees) > `0` || issue.comments >= `10`",
    "sort_by(issue.labels, &name)[0].name",
    "{number: issue.number, labels: issue.labels[].name}",
)


def facts() -> dict[str, Any]:
    """A payload in GitHub's shape with five labels."""
    labels = [
        {"id": number, "name": name, "color": color, "default": False}
        for number, (name, color) in enumerate(
            [
                ("bug", "d73a4a"),
                ("ui", "aaaaaa"),
                ("p1", "bbbbbb"),
                ("size/small", "cccccc"),
                ("Triaged", "dddddd"),
            ]
        )
    ]
    issue = {
        "number": 7,
        "title": "Crash on start",
        "state": "open",
        "comments": 3,
        "milestone": None,
        "user": {"login": "octocat", "type": "User"},
        "labels": labels,
        "assignees": [],
    }
    return {"action": "opened", "issue": issue, "sender": issue["user"]}


def seconds_each(runs: tuple[Any, ...], data: Any, *, rounds: int = 25, calls: int = 1000) -> list[float]:
    """For each of `runs` the best of `rounds` means over `calls` evaluations; they take turns."""
    best = [float("inf")] * len(runs)
    for _ in range(rounds):
        for index, run in enumerate(runs):
            start = perf_counter()
            for _ in range(calls):
                run(data)
            best[index] = min(best[index], (perf_counter() - start) / calls)
    return best


def main() -> None:
    """Prints the table."""
    data = facts()
    print(f"{'expression':72} {'jmespath.py':>12} {'rulewright':>12} {'ratio':>7}")
    for text in EXPRESSIONS:
        ours, theirs = build_evaluator(parse_expression(text)), jmespath.compile(text)
        if ours(data) != theirs.search(data):
            raise SystemExit(f"{text}: the results differ")
        slow, fast = seconds_each((theirs.search, ours), data)
        print(f"{text:72} {slow * 1e6:9.2f} µs {fast * 1e6:9.3f} µs {slow / fast:6.1f}×")


if __name__ == "__main__":
    main()
