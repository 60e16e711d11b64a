"""Which events the GitHub workflows of a repository deliver to which policies.

A workflow delivers its triggers to the policies that one of its steps runs: `rulewright run` or `rulewright evaluate`
in a shell line, or the action with a mode of that name. What a workflow decides at run time (conditions, variables) is
not followed: such a step counts as run.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.policy.files import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.policy.model import Policy

__all__ = ["Delivery", "deliveries", "undelivered"]

FOLDER: Final = Path(".github", "workflows")
MODES: Final = ("run", "evaluate")
DEFAULTS: Final[Mapping[str, frozenset[str]]] = dict.fromkeys(
    ("pull_request", "pull_request_target"), frozenset({"opened", "synchronize", "reopened"})
)
"""Trigger → the actions that start a workflow that names none; for all other triggers it is every action.

Source: docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows"""

OWN: Final = frozenset({"manual", "measurement", "promotion_request"})
"""Events that are ours: somebody, or a step of a workflow, hands over a file."""

_ACTION: Final = re.compile(r"(?:\./|[\w.-]+/[\w.-]*rulewright[\w.-]*@\S+)", re.IGNORECASE)
_END: Final = frozenset(("|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1"))


class Delivery(NamedTuple):
    """One workflow's. `events`: name → actions, None for all of them. `paths`: policy files and folders from the root,
    none for those that rulewright.yaml names."""

    file: str
    events: Mapping[str, frozenset[str] | None]
    paths: tuple[str, ...]


def deliveries(root: Path) -> Iterator[Delivery]:
    """Those of every step of every workflow below a repository's root. What is no workflow delivers nothing.

    Raises SourceError for a file that cannot be read.
    """
    from rulewright.policy.document import read_documents

    folder = root / FOLDER
    for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
        data = read_bytes(path)
        if b"rulewright" not in data:
            continue
        documents, _ = read_documents(str(path), data)
        workflow = documents[0].data if documents else None
        if not isinstance(workflow, dict):
            continue
        events = _events(workflow.get("on"))
        for step in _steps(workflow):
            for paths in _runs(step, root):
                yield Delivery(path.relative_to(root).as_posix(), events, paths)


def undelivered(policies: Iterable[Policy], root: Path, default: Sequence[str]) -> Iterator[Diagnostic]:
    """A warning for every entry of `on:` that no workflow delivers to its policy; none where no workflow runs policies
    at all. `default`: the policies that a command reads where none is named, from the root."""
    from rulewright.policy.diagnostics import Diagnostic

    found = list(deliveries(root))
    if not found:
        return
    for policy in policies:
        place = os.path.realpath(policy.file)
        mine = [one for one in found if any(_holds(root / path, place) for path in one.paths or default)]
        if len(policy.on_spans) != len(policy.on):
            continue
        for trigger, span in zip(policy.on, policy.on_spans, strict=True):
            name, _, action = trigger.partition(".")
            if name in OWN or any(_delivers(one, name, action) for one in mine):
                continue
            files = sorted({one.file for one in mine})
            ran = f"it is run by {', '.join(files)}" if files else "no workflow runs it"
            yield Diagnostic(
                "RW515",
                f"no workflow delivers `{trigger}` to this policy; {ran}",
                span,
                "warning",
                f"add the event to the `on:` of a workflow that runs {policy.file}, or remove it here",
            )


def _delivers(one: Delivery, name: str, action: str) -> bool:
    if name not in one.events:
        return False
    actions = one.events[name]
    return not action or actions is None or action in actions


def _holds(path: Path, place: str) -> bool:
    """Whether a file is this path, or below it."""
    real = os.path.realpath(path)
    return place == real or place.startswith(real.rstrip(os.sep) + os.sep)


def _events(on: Any) -> dict[str, frozenset[str] | None]:
    """`on:` of a workflow, in any of its three forms."""
    if isinstance(on, str):
        on = [on]
    if isinstance(on, list):
        on = dict.fromkeys(name for name in on if isinstance(name, str))
    if not isinstance(on, dict):
        return {}
    out: dict[str, frozenset[str] | None] = {}
    for name, settings in on.items():
        types = settings.get("types") if isinstance(settings, dict) else None
        types = [types] if isinstance(types, str) else types
        out[name] = frozenset(map(str, types)) if isinstance(types, list) else DEFAULTS.get(name)
    return out


def _steps(workflow: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    jobs = workflow.get("jobs")
    for job in jobs.values() if isinstance(jobs, dict) else ():
        steps = job.get("steps") if isinstance(job, dict) else None
        yield from (step for step in steps or () if isinstance(step, dict)) if isinstance(steps, list) else ()


def _runs(step: Mapping[str, Any], root: Path) -> Iterator[tuple[str, ...]]:
    """The paths of each time that a step decides about an event; empty where it names none."""
    written, uses = step.get("with"), step.get("uses")
    given: Mapping[str, Any] = written if isinstance(written, dict) else {}
    if isinstance(uses, str) and _ACTION.fullmatch(uses):
        if str(given.get("mode") or "evaluate") in MODES:
            yield tuple(
                line.strip() for line in str(given.get("policies") or "").splitlines() if line.strip()
            )
        return
    script = step.get("run")
    if not isinstance(script, str):
        return
    for line in script.replace("\\\n", " ").splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        for at, word in enumerate(words[:-1]):
            if word.rpartition("/")[2] == "rulewright" and words[at + 1] in MODES:
                yield tuple(_paths(words[at + 2 :], root))


def _paths(words: Iterable[str], root: Path) -> Iterator[str]:
    """The words of a command that name something in the repository."""
    for word in words:
        if word in _END:
            return
        if not word.startswith("-") and word not in ("", ".") and (root / word).exists():
            yield word
