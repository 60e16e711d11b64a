"""What the schema of policy tests cannot say."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from rulewright.policy.json_types import as_array

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.document import Document
    from rulewright.policy.json_types import JsonObject, JsonPath


def check_cases(document: Document) -> tuple[Diagnostic, ...]:
    """Repeated ids of cases, events of several origins, and files that are not there."""
    data = document.mapping
    return (*_check_policy(document, data), *_check_cases(document, data))


def _check_policy(document: Document, data: JsonObject) -> Iterator[Diagnostic]:
    policy = data.get("policy")
    file = policy.partition("#")[0] if isinstance(policy, str) else ""
    if policy and isinstance(policy, str) and not os.path.exists(Path(document.file).parent / file):
        hint = "the path is relative to the folder of the test file"
        yield document.diagnostic("RW224", f"the policy {policy} does not exist", ("policy",), hint=hint)


def _check_cases(document: Document, data: JsonObject) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for number, case in enumerate(as_array(data.get("cases")) or ()):
        if not isinstance(case, dict):
            continue
        at: JsonPath = ("cases", number)
        name, event = case.get("id"), case.get("event")
        if isinstance(name, str):
            line = document.span((*at, "id")).line
            if name in first:
                text = f"duplicate id `{name}`; first on line {first[name]}"
                yield document.diagnostic("RW230", text, (*at, "id"))
            first.setdefault(name, line)
        origins = [key for key in ("fixture", "file", "payload") if isinstance(event, dict) and key in event]
        if isinstance(event, dict) and len(origins) != 1:
            text = "an event must have exactly one of `fixture`, `file`, `payload`"
            yield document.diagnostic("RW202" if not origins else "RW216", text, (*at, "event"))
