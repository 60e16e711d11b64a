"""What a transition may ask for besides plain conditions: evidence, soak, approvals; as ordinary nodes.

They read the `promotion` of the event (`policy/schemas/event.schema.json`). What is not there is false or unknown,
never true. Evidence of one name may have several records: every one of them must be good, so that an older
success cannot outvote a later failure; and where artifacts are told apart by digest, one of them must be
about this digest.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from rulewright.compile.conditions import broken, compile_condition, position_of
from rulewright.kinds.promotion.approvals import ApprovalsNode
from rulewright.kinds.promotion.record_times import RecordTimesNode
from rulewright.policy.json_types import as_array, as_object
from rulewright.policy.model import Match
from rulewright.policy.quantity import QuantityError, parse_duration
from rulewright.program.nodes import GroupNode, MatchNode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.compile.context import Context
    from rulewright.policy.diagnostics import Span
    from rulewright.policy.json_types import Json
    from rulewright.program.nodes import Node

DIGEST: Final = "promotion.artifact.digest"
TEAM: Final = "team:"
"""What stands before the name of a team in `from:`; without it, a name is a person's login."""
ROLES: Final = ("author", "requester")
_APPROVAL_PATHS: Final = {
    "approvals": "promotion.approvals",
    "author": "promotion.author",
    "requester": "promotion.requested_by",
}


def compile_match(
    context: Context, path: str, matcher: str, value: Json, span: Span, *, unit: str | None = None
) -> Node:
    """One `match` node, checked as if an author had written it. `unit`: how the value was written."""
    node = compile_condition(Match(path, matcher, value, span, span), context)
    return node._replace(written=unit) if unit is not None and isinstance(node, MatchNode) else node


def require_all(text: str, parts: list[Node], span: Span) -> Node:
    """All of the parts, under one name: `text` is what is said when they do not hold."""
    return GroupNode("all", tuple(parts), position_of(span), text)


def compile_requirement(requirement: Mapping[str, Json], context: Context, span: Span) -> Node:
    """The node of an `evidence`, `soak` or `approvals` requirement."""
    if "evidence" in requirement:
        evidence = as_object(requirement["evidence"])
        return broken("evidence", span) if evidence is None else _compile_evidence(evidence, context, span)
    if "soak" in requirement:
        return compile_soak(requirement["soak"], context, span)
    return _compile_approvals(as_object(requirement["approvals"]) or {}, context, span)


def compile_soak(limit: object, context: Context, span: Span) -> Node:
    """A verified stay of at least `limit`: as the ledger counted it, else since it was verified."""
    try:
        seconds = parse_duration(str(limit))
    except QuantityError as error:
        if isinstance(limit, str):  # the schema tells of anything else
            context.report("RW403", f"`soak`: {error.message}", span, hint=error.hint)
        return broken("soak", span)
    known = compile_match(context, "promotion.soak.seconds", "exists", True, span)
    counted = compile_match(context, "promotion.soak.seconds", "gte", seconds, span, unit=str(limit))
    uncounted = compile_match(context, "promotion.soak.seconds", "missing", True, span)
    standing = compile_match(context, "promotion.soak.verified_since", "older_than", str(limit), span)
    position = position_of(span)
    begun = _check_times("promotion.soak.verified_since", context, span)
    past = GroupNode("all", (known, counted, begun), position)
    present = GroupNode("all", (uncounted, standing), position)
    return GroupNode("any", (past, present), position, f"a verified soak of {limit}")


def _compile_evidence(evidence: Mapping[str, Json], context: Context, span: Span) -> Node:
    for kind in ("gate", "test", "check"):
        if kind in evidence:
            return _compile_verdict(kind, evidence, context, span)
    if "signature" in evidence:
        return _compile_signature(as_object(evidence["signature"]) or {}, context, span)
    return _compile_attestation(evidence.get("attestation"), context, span)


def _compile_verdict(kind: str, evidence: Mapping[str, Json], context: Context, span: Span) -> Node:
    """Evidence that has a name and a verdict: gates, tests, check runs."""
    name = str(evidence[kind])
    if kind == "check":
        conclusion = str(evidence.get("conclusion", "success"))
        accepted = [conclusion, "PASS"] if conclusion == "success" else [conclusion]
    else:
        written = evidence.get("verdict", "PASS")
        accepted = [str(item) for item in (written if isinstance(written, list) else [written])]
    records = f"type == {_jmespath_literal(kind)} && name == {_jmespath_literal(name)}"
    good = " || ".join(f"verdict == {_jmespath_literal(item)}" for item in accepted)
    max_age = evidence.get("max_age")
    bad = f"!({good})" if max_age is None else f"(!({good}) || !at)"
    parts = [
        _require_record(records, context, span),
        _forbid_record(f"{records} && {bad}", context, span),
        _check_times(f"promotion.evidence[?{records}].at", context, span, max_age),
    ]
    text = f"{kind} {name} with {' or '.join(accepted)}"
    if max_age is not None:
        text += f", not older than {max_age}"
    return require_all(text, parts, span)


def _compile_signature(signature: Mapping[str, Json], context: Context, span: Span) -> Node:
    """A record of a verified signature; a record that says its verification failed blocks."""
    if not signature.keys() >= {"identity", "issuer"}:
        return broken("signature", span)
    identity, issuer = str(signature["identity"]), str(signature["issuer"])
    records = f"type == 'signature' && identity == {_jmespath_literal(identity)}"
    records += f" && issuer == {_jmespath_literal(issuer)}"
    return require_all(
        f"a signature of {identity} (issuer {issuer})", _require_verified(records, context, span), span
    )


def _compile_attestation(attestation: Json, context: Context, span: Span) -> Node:
    details = as_object(attestation) or {"type": attestation}
    predicate = details.get("type")
    if not isinstance(predicate, str):
        return broken("attestation", span)
    records = f"type == 'attestation' && name == {_jmespath_literal(predicate)}"
    for key in ("identity", "issuer"):
        if key in details:
            records += f" && {key} == {_jmespath_literal(str(details[key]))}"
    return require_all(f"an attestation {predicate}", _require_verified(records, context, span), span)


def _require_verified(records: str, context: Context, span: Span) -> list[Node]:
    failed = f"{records} && verdict && verdict != 'PASS'"
    return [
        _require_record(records, context, span),
        _forbid_record(failed, context, span),
        _check_times(f"promotion.evidence[?{records}].at", context, span),
    ]


def _require_record(records: str, context: Context, span: Span) -> Node:
    """At least one record; one about this very digest where the policy tells artifacts apart by it."""
    if context.policy.artifact.get("identity") == "digest":
        path = f"promotion.evidence[?{records}].subject"
        return compile_match(context, path, "contains", {"fact": DIGEST}, span)
    return compile_match(context, f"promotion.evidence[?{records}]", "length", {"gte": 1}, span)


def _check_times(path: str, context: Context, span: Span, max_age: Json = None) -> Node:
    """The times at a path: none in the future, and none before `max_age`."""
    limit = None
    if max_age is not None:
        try:
            limit = parse_duration(str(max_age))
        except QuantityError as error:
            if isinstance(max_age, str):  # the schema tells of anything else
                context.report("RW403", f"`max_age`: {error.message}", span, hint=error.hint)
            return broken("max_age", span)
    use = context.path(path, span)
    if use is None:
        return broken(path, span)
    return RecordTimesNode(f"times of {path}", position_of(span), use.number, limit)


def _forbid_record(records: str, context: Context, span: Span) -> Node:
    return compile_match(context, f"promotion.evidence[?{records}]", "length", 0, span)


def _jmespath_literal(text: str) -> str:
    """A JMESPath literal of a text."""
    if "'" not in text and "\\" not in text:
        return f"'{text}'"
    return "`" + json.dumps(text).replace("`", "\\`") + "`"


def _compile_approvals(wanted: Mapping[str, Json], context: Context, span: Span) -> Node:
    """The one requirement that conditions cannot say: so many different people."""
    count = wanted.get("count")
    if not isinstance(count, int):
        return broken("approvals", span)
    excluded = wanted.get("not", [])
    names = list(map(str, excluded if isinstance(excluded, list) else [excluded]))
    origins = list(map(str, as_array(wanted.get("from")) or ()))
    uses = {key: context.path(path, span) for key, path in _APPROVAL_PATHS.items()}
    # Whoever wrote the change may not wave it through, and neither may whoever asks for the promotion.
    roles = tuple(role for role in ROLES if role in names or "author" in names)
    return ApprovalsNode(
        text=_describe_approvals(count, origins, names),
        position=position_of(span),
        paths={key: use.number for key, use in uses.items() if use is not None},
        count=count,
        excluded_roles=roles,
        excluded_logins=tuple(name.casefold() for name in names if name not in ROLES),
        logins=tuple(name.casefold() for name in origins if not name.startswith(TEAM)),
        teams=tuple(name.removeprefix(TEAM).casefold() for name in origins if name.startswith(TEAM)),
    )


def _describe_approvals(count: int, origins: list[str], names: list[str]) -> str:
    """`2 approvals of team:managers, not by author`."""
    text = f"{count} approval{'' if count == 1 else 's'}"
    text += f" of {' or '.join(origins)}" if origins else ""
    return text + (f", not by {' or '.join(names)}" if names else "")
