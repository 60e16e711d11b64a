"""What a transition may ask for besides plain conditions: evidence, soak, approvals; as ordinary nodes.

They read the `promotion` of the event (`schemas/event.schema.json`). What is not there is false or unknown,
never true. Evidence of one name may have several records: every one of them must be good, so that an older
success cannot outvote a later failure; and where artifacts are told apart by digest, one of them must be
about this digest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.compile.conditions import broken, compile_condition, position_of
from rulewright.kinds.promotion.approvals import ApprovalsNode
from rulewright.policy.model import Match
from rulewright.program.nodes import GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.program.nodes import Node

DIGEST: Final = "promotion.artifact.digest"
TEAM: Final = "team:"
"""What stands before the name of a team in `from:`; without it, a name is a person's login."""
ROLES: Final = ("author", "requester")


def leaf(
    context: Context, path: str, matcher: str, value: Any, span: Span, *, unit: str | None = None
) -> Node:
    """One `match` node, checked as if an author had written it. `unit`: how the value was written."""
    node = compile_condition(Match(path, matcher, value, span, span), context)
    return node._replace(written=unit) if unit is not None and isinstance(node, MatchNode) else node


def every(text: str, parts: list[Node], span: Span) -> Node:
    """All of the parts, under one name: `text` is what is said when they do not hold."""
    return GroupNode("all", tuple(parts), position_of(span), text)


def compile_requirement(requirement: Mapping[str, Any], context: Context, span: Span) -> Node:
    """The node of an `evidence`, `soak` or `approvals` requirement."""
    if "evidence" in requirement:
        return _evidence(requirement["evidence"], context, span)
    if "soak" in requirement:
        return soak_node(requirement["soak"], context, span)
    return _approvals(requirement["approvals"], context, span)


def soak_node(limit: Any, context: Context, span: Span) -> Node:
    """A verified stay of at least `limit`: as the ledger counted it, else since it was verified."""
    from rulewright.policy.quantity import QuantityError, parse_duration

    try:
        seconds = parse_duration(str(limit))
    except QuantityError as error:
        if isinstance(limit, str):  # the schema tells of anything else
            context.report("RW403", f"`soak`: {error.message}", span, hint=error.hint)
        return broken("soak", span)
    known = leaf(context, "promotion.soak.seconds", "exists", True, span)
    counted = leaf(context, "promotion.soak.seconds", "gte", seconds, span, unit=str(limit))
    uncounted = leaf(context, "promotion.soak.seconds", "missing", True, span)
    standing = leaf(context, "promotion.soak.verified_since", "older_than", str(limit), span)
    position = position_of(span)
    past = GroupNode("all", (known, counted), position)
    present = GroupNode("all", (uncounted, standing), position)
    return GroupNode("any", (past, present), position, f"a verified soak of {limit}")


def _evidence(evidence: Mapping[str, Any], context: Context, span: Span) -> Node:
    for kind in ("gate", "test", "check"):
        if kind in evidence:
            return _verdicts(kind, evidence, context, span)
    if "signature" in evidence:
        return _signature(evidence["signature"], context, span)
    return _attestation(evidence.get("attestation"), context, span)


def _verdicts(kind: str, evidence: Mapping[str, Any], context: Context, span: Span) -> Node:
    """Evidence that has a name and a verdict: gates, tests, check runs."""
    name = str(evidence[kind])
    if kind == "check":
        conclusion = str(evidence.get("conclusion", "success"))
        accepted = [conclusion, "PASS"] if conclusion == "success" else [conclusion]
    else:
        written = evidence.get("verdict", "PASS")
        accepted = [str(item) for item in (written if isinstance(written, list) else [written])]
    records = f"type == {_literal(kind)} && name == {_literal(name)}"
    good = " || ".join(f"verdict == {_literal(item)}" for item in accepted)
    max_age = evidence.get("max_age")
    bad = f"!({good})" if max_age is None else f"(!({good}) || !at)"
    parts = [_about(records, context, span), _none_of(f"{records} && {bad}", context, span)]
    text = f"{kind} {name} with {' or '.join(accepted)}"
    if max_age is not None:
        parts.append(leaf(context, f"min(promotion.evidence[?{records}].at)", "newer_than", max_age, span))
        text += f", not older than {max_age}"
    return every(text, parts, span)


def _signature(signature: Mapping[str, Any], context: Context, span: Span) -> Node:
    """A record of a verified signature; a record that says its verification failed blocks."""
    identity, issuer = str(signature["identity"]), str(signature["issuer"])
    records = f"type == 'signature' && identity == {_literal(identity)} && issuer == {_literal(issuer)}"
    return every(f"a signature of {identity} (issuer {issuer})", _verified(records, context, span), span)


def _attestation(attestation: Any, context: Context, span: Span) -> Node:
    details = attestation if isinstance(attestation, dict) else {"type": attestation}
    known = {"type", "identity", "issuer"}
    if not isinstance(details.get("type"), str) or details.keys() - known:
        message = "an attestation is a predicate type, or a mapping with `type`, `identity` and `issuer`"
        context.report("RW417", message, span)
        return broken("attestation", span)
    records = f"type == 'attestation' && name == {_literal(details['type'])}"
    for key in ("identity", "issuer"):
        if key in details:
            records += f" && {key} == {_literal(str(details[key]))}"
    return every(f"an attestation {details['type']}", _verified(records, context, span), span)


def _verified(records: str, context: Context, span: Span) -> list[Node]:
    failed = f"{records} && verdict && verdict != 'PASS'"
    return [_about(records, context, span), _none_of(failed, context, span)]


def _about(records: str, context: Context, span: Span) -> Node:
    """At least one record; one about this very digest where the policy tells artifacts apart by it."""
    if context.policy.artifact.get("identity") == "digest":
        path = f"promotion.evidence[?{records}].subject"
        return leaf(context, path, "contains", {"fact": DIGEST}, span)
    return leaf(context, f"promotion.evidence[?{records}]", "length", {"gte": 1}, span)


def _none_of(records: str, context: Context, span: Span) -> Node:
    return leaf(context, f"promotion.evidence[?{records}]", "length", 0, span)


def _literal(text: str) -> str:
    """A JMESPath literal of a text."""
    if "'" not in text and "\\" not in text:
        return f"'{text}'"
    return "`" + json.dumps(text).replace("`", "\\`") + "`"


def _approvals(wanted: Mapping[str, Any], context: Context, span: Span) -> Node:
    """The one requirement that conditions cannot say: so many different people."""
    excluded = wanted.get("not", [])
    names = [str(name) for name in (excluded if isinstance(excluded, list) else [excluded])]
    origins = [str(name) for name in wanted.get("from", [])]
    paths = {
        "approvals": "promotion.approvals",
        "author": "promotion.author",
        "requester": "promotion.requested_by",
    }
    uses = {key: context.path(path, span) for key, path in paths.items()}
    count = wanted["count"]
    text = f"{count} approval{'' if count == 1 else 's'}"
    text += f" of {' or '.join(origins)}" if origins else ""
    text += f", not by {' or '.join(names)}" if names else ""
    # Whoever wrote the change may not wave it through, and neither may whoever asks for the promotion.
    roles = [role for role in ROLES if role in names or "author" in names]
    return ApprovalsNode(
        text=text,
        position=position_of(span),
        paths={key: use.number for key, use in uses.items() if use is not None},
        count=count,
        excluded_roles=tuple(roles),
        excluded_logins=tuple(name.casefold() for name in names if name not in ROLES),
        logins=tuple(name.casefold() for name in origins if not name.startswith(TEAM)),
        teams=tuple(name.removeprefix(TEAM).casefold() for name in origins if name.startswith(TEAM)),
    )
