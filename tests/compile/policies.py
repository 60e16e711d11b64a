"""Policies out of text, compiled without files; facts and events around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rulewright.compile.compiler import compile_policies
from rulewright.facts.model import Event, Facts
from rulewright.policy.document import read_documents
from rulewright.policy.parse import parse_policy
from rulewright.policy.schema import check

if TYPE_CHECKING:
    from rulewright.compile.program import Program
    from rulewright.policy.diagnostics import Diagnostic

NOW = "2026-01-15T09:00:00Z"
HEAD = """\
apiVersion: rulewright/v1
kind: {kind}
metadata: {{ name: {name}, owner: team-triage, description: A policy of the tests. }}
on: {on}
"""


def head(body: str, *, name: str = "intake", kind: str = "Triage", on: str = "[issues]") -> str:
    """A whole policy around `body`, which starts at line 5."""
    return HEAD.format(kind=kind, name=name, on=on) + body


def compiled(*texts: str) -> tuple[Program, tuple[Diagnostic, ...]]:
    policies, findings = [], []
    for text in texts:
        documents, found = read_documents("policy.yaml", text.encode())
        findings += found
        for document in documents:
            findings += check(document, "policy")
            policy, more = parse_policy(document)
            findings += more
            if policy is not None:
                policies.append(policy)
    program, more = compile_policies(policies)
    return program, (*findings, *more)


def program_of(*texts: str) -> Program:
    """The program of policies without errors; what static analysis says of them is not looked at."""
    program, findings = compiled(*texts)
    wrong = [one for one in findings if one.severity == "error" and not one.code.startswith("RW5")]
    assert wrong == []
    return program


def facts_of(payload: dict[str, Any], values: dict[str, Any] | None = None, **more: Any) -> Facts:
    event = Event("issues", "opened", {"action": "opened", **payload})
    return Facts(event, more.pop("now", NOW), values or {}, more.pop("absent", {}))


def issue(**fields: Any) -> dict[str, Any]:
    return {"issue": fields}
