"""Promotions: each transition is one entry over the event's `promotion`; all that it requires must hold.

| verdict | meaning | promotes |
|---|---|---|
| ALLOWED | the transition that was asked for has all it requires | yes |
| DENIED | something is missing, or no transition takes the step that was asked for | no |
| UNDETERMINED | something is not known | no |
| ERROR | something failed | no |
| NOT_REQUESTED | the policy has no transition | no |

The first parts of every transition are its two environments, so a request for another step is `not_matched`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.compile.conditions import compile_condition, position_of
from rulewright.kinds.promotion.freeze import freeze_nodes
from rulewright.kinds.promotion.record_times import RecordTimesNode
from rulewright.kinds.promotion.requirement import compile_match, compile_requirement, compile_soak
from rulewright.kinds.promotion.steps import check_steps
from rulewright.kinds.rules import compile_actions, compile_skips
from rulewright.policy.canonical import canonical_json
from rulewright.policy.suggestions import nearest
from rulewright.program.closures import build_closure
from rulewright.program.compiled_policy import Entry
from rulewright.program.nodes import GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rulewright.compile.context import Context
    from rulewright.kinds.rules import RuleOutcome
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.model import Policy, Transition
    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.frame import Frame
    from rulewright.program.nodes import Node

SHA256: Final = "^sha256:[0-9a-f]{64}$"
SEMVER_SHA: Final = (
    r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)"
    r"(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?-[0-9a-f]{7,40}$"
)
"""`<semver>-<sha>`: no build metadata, because `+` may not stand in an image tag."""


def compile_promotion(policy: Policy, context: Context) -> tuple[Entry, ...]:
    """Skips and transitions, in order."""
    entries = compile_skips(policy, context)
    _check_image(policy, context)
    steps: dict[tuple[str, str], Transition] = {}
    freezes = {name: _compile_freezes(name, policy, context) for name in policy.environments}
    for transition in policy.transitions:
        _check_step(transition, steps, policy, context)
        entries.append(_compile_transition(transition, freezes, policy, context))
    _refuse_deploy(policy, context)
    check_steps(policy, context)
    return tuple(entries)


def _refuse_deploy(policy: Policy, context: Context) -> None:
    """Report `deploy:` of environments, which nothing reads yet: a promotion decides, and does not deploy."""
    for name, environment in policy.environments.items():
        if isinstance(environment, dict) and "deploy" in environment:
            context.report(
                "RW419",
                "`deploy` is not supported yet",
                context.span_of("environments", name, "deploy"),
                hint="remove it, and let the next step of the workflow deploy if the verdict is ALLOWED",
            )


def _compile_freezes(name: str, policy: Policy, context: Context) -> list[Node]:
    environment = policy.environments[name]
    return freeze_nodes(name, environment, context) if isinstance(environment, dict) else []


def _check_image(policy: Policy, context: Context) -> None:
    image = policy.artifact.get("image")
    if isinstance(image, str) and ("@" in image or ":" in image.rpartition("/")[2]):
        hint = "remove the tag or digest; the request gives the digest"
        message = f"`{image}` contains a tag or a digest"
        context.report("RW417", message, context.span_of("artifact", "image"), hint=hint)


def _check_step(
    transition: Transition, steps: dict[tuple[str, str], Transition], policy: Policy, context: Context
) -> None:
    for name in (transition.origin, transition.target):
        if name and name not in policy.environments:
            near = nearest(name, policy.environments)
            hint = f"did you mean `{near}`?" if near else "declare it under `environments:`"
            message = f"`{transition.id}`: unknown environment `{name}`"
            context.report("RW308", message, transition.span, hint=hint)
    first = steps.setdefault((transition.origin, transition.target), transition)
    if first is not transition:
        message = f"`{transition.id}` has the same source and target as `{first.id}`"
        context.report("RW415", message, transition.span)
    if transition.origin == transition.target:
        context.report(
            "RW417", f"`{transition.id}` has the same environment as source and target", transition.span
        )


def _compile_transition(
    transition: Transition, freezes: dict[str, list[Node]], policy: Policy, context: Context
) -> Entry:
    span = transition.span
    parts = [
        _match_origin(transition, context),
        compile_match(context, "promotion.to", "eq", transition.target, span),
    ]
    parts += _match_artifact(policy, context, span)
    parts += freezes.get(transition.target, [])
    standing = policy.environments.get(transition.origin)
    if isinstance(standing, dict) and "soak" in standing:
        parts.append(compile_soak(standing["soak"], context, span))
    for number, requirement in enumerate(transition.requires):
        place = transition.spans[number] if number < len(transition.spans) else span
        condition = transition.conditions[number] if number < len(transition.conditions) else None
        if condition is not None:
            parts.append(compile_condition(condition, context))
        elif requirement.keys() & {"evidence", "soak", "approvals"}:
            parts.append(compile_requirement(requirement, context, place))
    position = position_of(span)
    when = GroupNode("all", tuple(parts), position)
    actions = compile_actions(transition.then)
    return Entry(transition.id, "transition", when, position, transition.description, actions)


def _match_origin(transition: Transition, context: Context) -> Node:
    if transition.origin:
        return compile_match(context, "promotion.from", "eq", transition.origin, transition.span)
    return compile_match(context, "promotion.from", "missing", True, transition.span)


def _match_artifact(policy: Policy, context: Context, span: Span) -> list[Node]:
    artifact = policy.artifact
    parts = []
    if isinstance(artifact.get("image"), str):
        parts.append(compile_match(context, "promotion.artifact.image", "eq", artifact["image"], span))
    if isinstance(artifact.get("model"), str):
        parts.append(compile_match(context, "promotion.artifact.model", "eq", artifact["model"], span))
    if artifact.get("identity") == "digest":
        parts.append(compile_match(context, "promotion.artifact.digest", "regex", SHA256, span))
    if artifact.get("version") == "semver-sha":
        parts.append(compile_match(context, "promotion.artifact.version", "regex", SEMVER_SHA, span))
    return parts


def promotion_verdict(policy: CompiledPolicy, rules: Sequence[RuleOutcome]) -> str:
    """One word, from the results of all transitions. Nothing is allowed by default."""
    statuses = {rule.status for rule in rules}
    if not statuses:
        return "NOT_REQUESTED"
    for status, verdict in (("error", "ERROR"), ("undetermined", "UNDETERMINED"), ("matched", "ALLOWED")):
        if status in statuses:
            return verdict
    return "DENIED"


def explain_denial(node: Node, frame: Frame) -> str:
    """Why a transition does not hold: all that it lacks, or that another step was asked for."""
    assert isinstance(node, GroupNode)
    origin, target, *rest = node.children
    if build_closure(origin)(frame) is False or build_closure(target)(frame) is False:
        return "the request is for another step"
    lacking = [
        _describe_requirement(part) + _describe_times(part, frame)
        for part in rest
        if build_closure(part)(frame) is not True
    ]
    return f"not met: {'; '.join(lacking)}"


def _describe_times(node: Node, frame: Frame) -> str:
    """` (dated 2036-01-01, which is after …)` of a requirement whose records are dated wrongly."""
    if isinstance(node, GroupNode):
        return next((told for child in node.children if (told := _describe_times(child, frame))), "")
    if isinstance(node, RecordTimesNode) and node.decide(frame) is False:
        return f" ({node.detail(frame)['reason']})"
    return ""


def _describe_requirement(node: Node) -> str:
    """A requirement in a line, as a policy would say it: `labels: contains ok`, `any of (a; b)`."""
    if isinstance(node, MatchNode):
        wanted = node.shown_operand if node.fact_path is None else node.fact_name
        value = wanted if isinstance(wanted, str) else canonical_json(wanted).decode()
        return f"{node.path_text}: {node.matcher} {value}".strip()
    if isinstance(node, GroupNode) and not node.text:
        return f"{node.operator} of ({'; '.join(map(_describe_requirement, node.children))})"
    return node.text
