"""What the schema of policy tests cannot say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document


def check_cases(document: Document) -> tuple[Diagnostic, ...]:
    """Repeated ids of cases, events of several origins, and files that are not there."""
    found: list[Diagnostic] = []
    data = document.data
    folder = Path(document.file).parent
    policy = data.get("policy")
    if isinstance(policy, str) and policy and not os.path.exists(folder / policy.partition("#")[0]):
        hint = "the path counts from the test file's folder"
        found.append(
            document.diagnostic("RW224", f"the policy {policy} does not exist", ("policy",), hint=hint)
        )
    cases = data.get("cases")
    first: dict[str, int] = {}
    for number, case in enumerate(cases if isinstance(cases, list) else ()):
        if not isinstance(case, dict):
            continue
        name = case.get("id")
        if isinstance(name, str):
            line = document.span(("cases", number, "id")).line
            if name in first:
                text = f"the id `{name}` is taken: line {first[name]} has it"
                found.append(document.diagnostic("RW230", text, ("cases", number, "id")))
            first.setdefault(name, line)
        event = case.get("event")
        if isinstance(event, dict):
            origins = [key for key in ("fixture", "file", "payload") if key in event]
            if len(origins) != 1:
                at = ("cases", number, "event")
                text = "an event has exactly one of `fixture`, `file`, `payload`"
                found.append(document.diagnostic("RW202" if not origins else "RW216", text, at))
    return tuple(found)
