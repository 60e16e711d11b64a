"""What policies ask of a token: every action, part of a subject and named fact → the permission that it needs.

Permissions have the names of fine-grained tokens, as GitHub's REST documentation lists them per endpoint. `role` is
what a person needs in the repository besides, by "Repository roles for an organization".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from rulewright.actions.notify import notifying_rules
from rulewright.facts.payload_loader import parts_of_fact
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.fact_sources import FACT_DECLARATIONS
from rulewright.policy.json_types import as_object
from rulewright.policy.kinds import KINDS
from rulewright.program.lazy_payload import PARTS, action_parts, condition_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.config import Config
    from rulewright.policy.json_types import Json
    from rulewright.program.compiled_policy import CompiledAction, CompiledPolicy
    from rulewright.program.program import Program

Access = Literal["read", "write"]
Permission = Literal[
    "metadata", "issues", "pull_requests", "contents", "projects", "repository_advisories", "agents"
]
"""`agents` is no permission of GitHub's: it stands for assigning a coding agent, which takes a person's token."""

ROLES: Final = ("read", "triage", "write", "maintain", "admin")
AGENTS: Final = frozenset(("copilot", "copilot-swe-agent"))
PULL_REQUEST_EVENTS: Final = ("pull_request", "check_", "workflow_run")
SWEEPS: Final = frozenset(("schedule", "manual"))
EITHER: Final = SWEEPS | {"issue_comment"}
BOTH: Final[tuple[Permission, ...]] = ("issues", "pull_requests")


class RequiredPermission(NamedTuple):
    """One permission on one repository, or on one board of its owner. `why`: `add_labels (intake/pii-found)`."""

    permission: Permission
    access: Access
    repository: str
    role: str = "read"
    why: tuple[str, ...] = ()
    project: str | None = None


def demands(program: Program, repository: str) -> tuple[RequiredPermission, ...]:
    """What the policies need on `owner/name`, each permission once with its strongest access. Pure."""
    found: dict[tuple[str, str, str | None], RequiredPermission] = {}
    for asked in _asked(program, repository):
        key = (asked.repository.casefold(), asked.permission, asked.project)
        found[key] = _joined(found[key], asked) if key in found else asked
    own = repository.casefold()
    order = sorted(found, key=lambda key: (key[0] != own, *key[:2], key[2] or ""))
    return tuple(_on_named_boards([found[key] for key in order]))


def used_channels(program: Program) -> dict[str, tuple[str, ...]]:
    """The channels that enforcing policies send to, each with its rules: `notify (intake/pii-found)`. Pure."""
    found: dict[str, dict[str, None]] = {}
    for rule, channel in notifying_rules(program):
        found.setdefault(channel, {})[f"notify ({rule})"] = None
    return {name: tuple(rules) for name, rules in sorted(found.items())}


def _on_named_boards(listed: list[RequiredPermission]) -> Iterator[RequiredPermission]:
    """Reading whatever boards there are comes down to the boards that are named, where any are."""
    boards = [one for one in listed if one.permission == "projects"]
    whole = next((one for one in boards if one.project is None), None)
    for one in listed:
        if whole is None or len(boards) == 1 or one.permission != "projects":
            yield one
        elif one is not whole:
            yield _joined(one, whole)


def _joined(one: RequiredPermission, other: RequiredPermission) -> RequiredPermission:
    """Both in one; what writes is named first."""
    first, second = (other, one) if (one.access, other.access) == ("read", "write") else (one, other)
    return one._replace(
        access=first.access,
        role=max(one.role, other.role, key=ROLES.index),
        why=tuple(dict.fromkeys((*first.why, *second.why))),
    )


def _asked(program: Program, repository: str) -> Iterator[RequiredPermission]:
    yield RequiredPermission("metadata", "read", repository, why=("finding the repository",))
    for policy in program.policies:
        subjects = _subjects(policy)
        if KINDS[policy.kind].has_rules:
            # A sweep lists pull requests with the issues, whatever the rules are about.
            sweeps = any(name.partition(".")[0] in SWEEPS for name in policy.on)
            for permission in BOTH if sweeps else subjects:
                yield RequiredPermission(
                    permission, "read", repository, why=(f"reading subjects ({policy.name})",)
                )
        yield from _reading(program, policy, subjects, repository)
        if policy.mode == "enforce":
            for entry in policy.entries:
                for use in entry.actions:
                    yield from _action(use, f"{policy.name}/{entry.id}", subjects, repository, program.config)
    if program.config.state.git_ref is not None:
        yield RequiredPermission(
            "contents", "write", repository, "write", ("keeping state in a git reference",)
        )


def _subjects(policy: CompiledPolicy) -> tuple[Permission, ...]:
    """What the policy's subjects are: issues, pull requests, or both where its events do not say which."""
    names = {name.partition(".")[0] for name in policy.on}
    issues = "issues" in names
    pulls = any(name.startswith(PULL_REQUEST_EVENTS) for name in names)
    if not issues and not pulls and names & EITHER:
        return BOTH
    return tuple(name for name, there in zip(BOTH, (issues, pulls), strict=True) if there)


def _reading(
    program: Program, policy: CompiledPolicy, subjects: tuple[Permission, ...], repository: str
) -> Iterator[RequiredPermission]:
    """The parts that a policy reads besides its subjects."""
    parts: set[str] = set()
    for step in (step for fact in policy.facts.values() for step in fact.steps):
        declaration = FACT_DECLARATIONS.get(step.source)
        for own, purpose in () if declaration is None else declaration.permissions:
            yield RequiredPermission(own, "read", repository, why=(f"{purpose} ({policy.name})",))
        parts |= parts_of_fact(step.source, step.arguments, program.config.model_tasks)
    alone = program.with_policies((policy,))
    for event in policy.on:
        name, _, action = event.partition(".")
        route = alone.route(name, action or None)
        for read in condition_parts(route.policies, program.paths).values():
            parts |= frozenset[str]().union(*read.values())
        for named in action_parts(route.policies).values():
            parts |= named
    for part in sorted(parts & set(PARTS)):
        why = (f"{part} ({policy.name})",)
        if part == "fields":
            yield RequiredPermission("projects", "read", repository, why=why)
        elif part in ("reviews", "files"):
            yield RequiredPermission("pull_requests", "read", repository, why=why)
        else:
            for permission in subjects:
                yield RequiredPermission(permission, "read", repository, why=why)


def _action(
    use: CompiledAction,
    rule: str,
    subjects: tuple[Permission, ...],
    repository: str,
    config: Config,
) -> Iterator[RequiredPermission]:
    declaration, arguments = ACTION_DECLARATIONS[use.name], use.arguments
    why = (f"{declaration.name} ({rule})",)
    if declaration.permission == "issues":
        yield RequiredPermission("issues", "write", repository, declaration.role, why)
    elif declaration.permission in ("subject", "assignees"):
        for permission in subjects:
            yield RequiredPermission(permission, "write", repository, declaration.role, why)
        if declaration.permission == "assignees" and AGENTS & set(map(str.casefold, _texts(arguments))):
            yield RequiredPermission("agents", "write", repository, "write", why)
    elif declaration.permission == "projects":
        project = arguments.get("project") if isinstance(arguments, dict) else None
        yield RequiredPermission(
            "projects", "write", repository, why=why, project=None if project is None else str(project)
        )
    elif declaration.permission == "channel":
        channel = (config.channels or {}).get(str((as_object(arguments) or {}).get("channel"))) or {}
        yield from _channel_permissions(channel, repository, why)


def _channel_permissions(
    channel: Mapping[str, Json], repository: str, why: tuple[str, ...]
) -> Iterator[RequiredPermission]:
    """What a message to a channel needs: nothing, where the channel is not on GitHub."""
    where = str(channel.get("repository") or repository)
    if channel.get("kind") == "issue":
        yield RequiredPermission("metadata", "read", where, why=why)
        yield RequiredPermission("issues", "write", where, "triage" if channel.get("labels") else "read", why)
    elif channel.get("kind") == "advisory":
        yield RequiredPermission("metadata", "read", where, why=why)
        yield RequiredPermission("repository_advisories", "write", where, "read", why)


def _texts(value: Any) -> Iterator[str]:
    """Every text in arguments as written."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
