"""Which events the GitHub workflows of a repository deliver to which policies.

A workflow delivers its triggers to the policies that one of its steps runs: `rulewright run` or `rulewright evaluate`
in a shell line, or the action with a mode of that name. Steps of the repository's own composite actions count as steps
of the workflow; a reusable workflow delivers the triggers of those that call it. A step that names the file of an event
delivers none. What a workflow decides at run time (conditions, variables) is not followed: such a step counts as run.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.policy.diagnostics import Diagnostic
from rulewright.policy.document import read_documents
from rulewright.policy.file_bytes import read_bytes
from rulewright.policy.json_types import as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.policy.json_types import Json, JsonObject
    from rulewright.policy.model import Policy

FOLDER: Final = Path(".github", "workflows")
MODES: Final = ("run", "evaluate")
DEFAULTS: Final[Mapping[str, frozenset[str]]] = dict.fromkeys(
    ("pull_request", "pull_request_target"), frozenset({"opened", "synchronize", "reopened"})
)
"""Trigger → the actions that start a workflow that names none; for all other triggers it is every action.

Source: docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows"""

OWN: Final = frozenset({"manual", "measurement", "promotion_request"})
"""Events that are ours: somebody, or a step of a workflow, hands over a file."""

_ACTION: Final = re.compile(r"(?:\./|[\w.-]+/[\w./-]*rulewright[\w./-]*@\S+)", re.IGNORECASE)
_COMMAND: Final = re.compile(r"(?:.*/)?rulewright(?::[\w.-]+)?")
"""The command as a word of a shell line: by its name, a path, or as an image of a container."""
_EVENT: Final = re.compile(r"--events?(?:=.*)?")
_GROUPS: Final = re.compile(r"[()`]")
_END: Final = frozenset(("|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1"))


class Delivery(NamedTuple):
    """One workflow's. `events`: name → actions, None for all of them; or None where that is not known here, since other
    repositories call it. `paths`: policy files and folders from the root, none for those that rulewright.yaml names."""

    file: str
    events: Mapping[str, frozenset[str] | None] | None
    paths: tuple[str, ...]


def find_deliveries(root: Path) -> Iterator[Delivery]:
    """Those of every step of every workflow below a repository's root. What is no workflow delivers nothing.

    Raises SourceError for a file that cannot be read.
    """
    workflows = dict(_workflows(root))
    for file, workflow in workflows.items():
        for mode, paths in _commands(workflow, root):
            events = _triggers(file, workflows, frozenset())
            if mode == "run" and events is not None and "workflow_dispatch" in events:
                events = {
                    "schedule": None,
                    **events,
                }  # by hand, `run` looks at every open subject, as each night
            yield Delivery(file, events, paths)


def _workflows(root: Path) -> Iterator[tuple[str, JsonObject]]:
    """The path from the root and the content of each workflow that may run Rulewright or call one that does."""
    folder = root / FOLDER
    for path in sorted(folder.glob("*.y*ml")) if folder.is_dir() else ():
        workflow = _mapping(path)
        if workflow is not None:
            yield path.relative_to(root).as_posix(), workflow


def _mapping(path: Path) -> JsonObject | None:
    data = read_bytes(path)
    if b"rulewright" not in data.lower() and b"./" not in data:
        return None
    documents, _ = read_documents(str(path), data)
    return as_object(documents[0].data) if documents else None


def _triggers(
    file: str, workflows: Mapping[str, JsonObject], callers: frozenset[str]
) -> dict[str, frozenset[str] | None] | None:
    """What starts a workflow, itself or as part of one that calls it; None where that is not known here."""
    own = _events(workflows[file].get("on"))
    if "workflow_call" not in own:
        return own
    del own["workflow_call"]
    calling = [name for name, other in workflows.items() if f"./{file}" in _called(other)]
    if not calling:
        return None
    for name in calling:
        more = _triggers(name, workflows, callers | {file}) if name not in callers else {}
        if more is None:
            return None
        for event, actions in more.items():
            known = own.get(event, frozenset())
            own[event] = None if known is None or actions is None else known | actions
    return own


def _called(workflow: JsonObject) -> Iterator[str]:
    """The reusable workflows that the jobs of a workflow are."""
    yield from (str(job["uses"]) for job in _jobs(workflow) if "uses" in job)


def find_undelivered(policies: Iterable[Policy], root: Path, default: Sequence[str]) -> Iterator[Diagnostic]:
    """A warning for every entry of `on:` that no workflow delivers to its policy; none where no workflow runs policies
    at all. `default`: the policies that a command reads where none is named, from the root."""
    deliveries = list(find_deliveries(root))
    for policy in policies if deliveries else ():
        place = os.path.realpath(policy.file)
        own = [
            delivery
            for delivery in deliveries
            if any(_holds(root / path, place) for path in delivery.paths or default)
        ]
        if len(policy.on_spans) == len(policy.on):
            yield from _undelivered_to(policy, own)


def _undelivered_to(policy: Policy, deliveries: Sequence[Delivery]) -> Iterator[Diagnostic]:
    """A warning for every entry of a policy's `on:` that none of the deliveries to it has."""
    files = sorted({delivery.file for delivery in deliveries})
    ran = f"the policy is run by {', '.join(files)}" if files else "no workflow runs the policy"
    for trigger, span in zip(policy.on, policy.on_spans, strict=True):
        name, _, action = trigger.partition(".")
        if name in OWN or any(_delivers(delivery, name, action) for delivery in deliveries):
            continue
        yield Diagnostic(
            "RW515",
            f"no workflow delivers `{trigger}` to this policy; {ran}",
            span,
            "warning",
            f"add the event to the `on:` of a workflow that runs {policy.file}, or remove it from the policy",
        )


def _delivers(delivery: Delivery, name: str, action: str) -> bool:
    if delivery.events is None:
        return True
    if name not in delivery.events:
        return False
    actions = delivery.events[name]
    return not action or actions is None or action in actions


def _holds(path: Path, place: str) -> bool:
    """Whether a file is this path, or below it."""
    real = os.path.realpath(path)
    return place == real or place.startswith(real.rstrip(os.sep) + os.sep)


def _events(on: Json) -> dict[str, frozenset[str] | None]:
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


def _jobs(workflow: JsonObject) -> Iterator[JsonObject]:
    yield from as_objects(list((as_object(workflow.get("jobs")) or {}).values()))


def _commands(workflow: JsonObject, root: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The mode (of MODES) and the paths of each time that a workflow decides about an event; no path where it names
    none. A workflow of another repository that is named after Rulewright counts as running everything."""
    for job in _jobs(workflow):
        uses = job.get("uses")
        if isinstance(uses, str) and _ACTION.fullmatch(uses.replace("/.github/workflows/", "-")):
            yield "run", ()
        for step in _steps(job.get("steps"), root, frozenset()):
            yield from _of_step(step, root)


def _steps(steps: Json, root: Path, within: frozenset[str]) -> Iterator[JsonObject]:
    """The steps of a list, with those of the composite actions of this repository; `within`: whose steps these are."""
    for step in as_objects(steps):
        yield step
        uses = str(step.get("uses") or "")
        if not uses.startswith("./") or uses in within or ".." in uses.split("/"):
            continue
        for file in (root / uses / name for name in ("action.yml", "action.yaml")):
            action = _mapping(file) if file.is_file() else None
            runs = as_object((action or {}).get("runs")) or {}
            yield from _steps(runs.get("steps"), root, within | {uses})


def _of_step(step: JsonObject, root: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    uses = step.get("uses")
    if isinstance(uses, str) and _ACTION.fullmatch(uses):
        yield from _of_action(as_object(step.get("with")) or {})
    elif (script := as_text(step.get("run"))) is not None:
        yield from _of_script(script, root)


def _of_action(given: JsonObject) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The mode and the paths of a step that uses the action."""
    mode = str(given.get("mode") or "evaluate")
    mode = "run" if "${{" in mode else mode
    if mode in MODES and not given.get("event"):
        lines = [line.strip() for line in str(given.get("policies") or "").splitlines()]
        named = tuple(line for line in lines if line)
        # What a pattern or an expression names is not known here: it counts as everything.
        yield mode, () if any(sign in line for line in named for sign in ("*", "?", "${{")) else named


def _of_script(script: str, root: Path, depth: int = 0) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in script.replace("\\\n", " ").splitlines():
        try:
            words = shlex.split(_GROUPS.sub(" ", line), comments=True)
        except ValueError:
            continue
        for at, word in enumerate(words):
            if "rulewright " in word and depth < 2:  # the script of another shell: bash -c '…'
                yield from _of_script(word, root, depth + 1)
            elif _COMMAND.fullmatch(word) and words[at + 1 : at + 2] and words[at + 1] in MODES:
                rest = list(_until_end(words[at + 2 :]))
                if not any(map(_EVENT.fullmatch, rest)):
                    yield words[at + 1], tuple(_paths(rest, root))


def _until_end(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        if word in _END:
            return
        yield word


def _paths(words: Iterable[str], root: Path) -> Iterator[str]:
    """The words of a command that name something in the repository."""
    for word in words:
        if not word.startswith("-") and word not in ("", ".") and (root / word).exists():
            yield word
