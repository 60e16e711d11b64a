"""Rules of Prometheus as the YAML file that it loads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rulewright.gates.prometheus_rules import Rule, RuleGroup


def format_rules(groups: Iterable[RuleGroup], command: str) -> str:
    """The file. Texts are JSON, which is YAML; expressions are literal blocks, which read as they are."""
    lines = [f"# Made by `{command}`; changes belong into the policy.", "groups:"]
    for group in groups:
        lines += [f"  - name: {json.dumps(group.name)}", "    rules:"]
        for rule in group.rules:
            lines += _list_lines(rule)
    return "\n".join(lines) + "\n"


def build_document(groups: Iterable[RuleGroup]) -> dict[str, object]:
    """The same rules as plain JSON, which Prometheus loads as well."""
    return {"groups": [{"name": one.name, "rules": [*map(_build_rule, one.rules)]} for one in groups]}


def _build_rule(rule: Rule) -> dict[str, object]:
    found: dict[str, object] = {"alert" if rule.is_alert else "record": rule.name, "expr": rule.expression}
    more = {"for": rule.lasting, "labels": dict(rule.labels), "annotations": dict(rule.annotations)}
    return {**found, **{key: value for key, value in more.items() if value}}


def _list_lines(rule: Rule) -> Iterator[str]:
    yield f"      - {'alert' if rule.is_alert else 'record'}: {json.dumps(rule.name)}"
    yield "        expr: |-"
    yield from (f"          {line}" for line in rule.expression.splitlines())
    if rule.lasting:
        yield f"        for: {rule.lasting}"
    yield from _list_mapping("labels", rule.labels)
    yield from _list_mapping("annotations", rule.annotations)


def _list_mapping(key: str, texts: Mapping[str, str]) -> Iterator[str]:
    if texts:
        yield f"        {key}:"
        yield from (
            f"          {name}: {json.dumps(text, ensure_ascii=False)}" for name, text in texts.items()
        )
