"""mask: what a `detect` fact found gives way to `[masked: kind]`. The edit history keeps the old text.

The fact is `{count, types, fields: ["issue.body"], findings: [{field, start, end, type}]}`, offsets in code
points. Where it brings no offsets the effect names the fields, and apply looks for the findings again.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import BODY_LIMIT, TITLE_LIMIT, Action, Context, Undetermined, narrowed, sha
from rulewright.actions.plan import Effect, Precondition
from rulewright.events.line_ends import unix_lines
from rulewright.events.snapshot import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rulewright.events.snapshot import Snapshot

_COMMENT: Final = re.compile(r"(?:issue|pull_request|discussion|)\.?comments\[(\d+)\]\.body")
_KIND: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}")
_LONGEST: Final = 2000
"""Characters of an address that are looked at before a finding."""
_ADDRESS: Final = re.compile(
    r"(?i)(?:[a-z][a-z0-9+.-]{0,20}://[^\s<>\"'`]*|\]\(\s*<?[^\s<>()]*|(?:href|src)=[\"']?[^\s<>\"']*)\Z"
)
_SHORTEST: Final = 4
"""Characters. A finding shorter than this is not looked for in other texts: it would hit words."""


def text_of(snapshot: Snapshot, field: str) -> str | None:
    """The text that a fact's field name means; None for one that the snapshot does not show."""
    if found := _COMMENT.fullmatch(field):
        index = int(found[1])
        if snapshot.comments is None or index >= len(snapshot.comments):
            return None
        comment = snapshot.comments[index]
        body = comment.get("body") if isinstance(comment, dict) else None
        return body if isinstance(body, str) else None
    owner, _, name = field.rpartition(".")
    if owner and owner not in SUBJECT_KEYS:
        return None  # `comment.body` is the text of something else
    return {"title": snapshot.title, "body": snapshot.body}.get(name)


def _with_text(snapshot: Snapshot, field: str, text: str) -> Snapshot:
    if found := _COMMENT.fullmatch(field):
        index, comments = int(found[1]), list(snapshot.comments or ())
        comments[index] = {**comments[index], "body": text}
        return snapshot._replace(comments=tuple(comments))
    if field.rpartition(".")[2] == "title":
        return snapshot._replace(title=text)
    return snapshot._replace(body=text)


def mask_text(text: str, findings: Iterable[Mapping[str, Any]], limit: int | None = None) -> str:
    """The text with every finding masked; overlapping ones become one mask, named by the first.

    Where that would be longer than `limit` characters, each mask is only asterisks, no longer than what it stands for.
    """
    return _replace_spans(text, _masked_spans(text, findings, limit))


def mask_field_as_stored(stored: str, field: str, findings: Iterable[Mapping[str, Any]]) -> str:
    """The same for a field whose findings were found in its text with `\\n` as line ends: those of the stored stay."""
    text = unix_lines(stored)
    if text == stored:
        return mask_field(text, field, findings)
    places = list(accumulate((2 if pair else 1 for pair in _line_ends(stored)), initial=0))
    # Each line end takes one character more of what GitHub takes.
    limit = _limit_of(field) - (len(stored) - len(text))
    spans = _masked_spans(text, findings, limit)
    return _replace_spans(stored, [(places[start], places[end], mask) for start, end, mask in spans])


def _replace_spans(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    at = 0
    for start, end, mask in spans:
        parts += (text[at:start], mask)
        at = end
    return "".join((*parts, text[at:]))


def _line_ends(stored: str) -> Iterator[bool]:
    """For each character of the text with `\\n` as line ends, whether two stand for it in the stored one."""
    at = 0
    while at < len(stored):
        pair = stored.startswith("\r\n", at)
        yield pair
        at += 1 + pair


def _masked_spans(
    text: str, findings: Iterable[Mapping[str, Any]], limit: int | None
) -> list[tuple[int, int, str]]:
    """(start, end, what stands there then), in order."""
    spans: list[tuple[int, int, str]] = []
    for found in sorted(findings, key=lambda f: (f["start"], -f["end"])):
        start, end, kind = found["start"], found["end"], found["type"]
        if spans and start < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]), spans[-1][2])
        else:
            spans.append((start, end, kind))
    masks = _masks(text, spans)
    if (
        limit is not None
        and len(text) + sum(len(m) - (e - s) for m, (s, e, _) in zip(masks, spans, strict=True)) > limit
    ):
        masks = ["*" * min(3, end - start) for start, end, _ in spans]
    return [(start, end, mask) for mask, (start, end, _) in zip(masks, spans, strict=True)]


def mask_field(text: str, field: str, findings: Iterable[Mapping[str, Any]]) -> str:
    """The text of a field masked, no longer than GitHub takes it (or than it was)."""
    return mask_text(text, findings, _limit_of(field))


def _limit_of(field: str) -> int:
    return TITLE_LIMIT if field.rpartition(".")[2] == "title" else BODY_LIMIT


def _masks(text: str, spans: Sequence[tuple[int, int, str]]) -> list[str]:
    """What stands for each finding: `[masked: kind]`; in an address without brackets and blanks, so that it stays one;
    and in round brackets where square ones would begin a link."""
    starts = {start for start, _, _ in spans}
    kinds = {kind for _, _, kind in spans}
    defined = {kind: re.search(rf"(?i)\[\s*masked:\s+{re.escape(kind)}\s*\]:", text) for kind in kinds}
    out = []
    for start, end, kind in spans:
        links = (
            text[end : end + 1] in ("(", "[", ":")
            or end in starts
            or text[max(0, start - 1) : start] in ("!", "]")
        )
        if _is_in_address(text[max(0, start - _LONGEST) : start]):
            out.append(f"masked-{kind}")
        elif links or defined[kind] is not None:
            out.append(f"(masked: {kind})")
        else:
            out.append(f"[masked: {kind}]")
    return out


def _is_in_address(before: str) -> bool:
    """Whether what follows this text is a part of an address, by its last word or a link's bracket."""
    at = max(before.rfind(blank) for blank in " \n\t\r") + 1
    return _ADDRESS.search(before, at) is not None or (at > 0 and before[:at].rstrip().endswith("]("))


def secrets_of(effect: Effect, snapshot: Snapshot) -> tuple[str, ...]:
    """The texts that the effect masks, longest first: nothing else that is planned may repeat them."""
    found = set()
    for finding in effect.arguments["findings"]:
        text = text_of(snapshot, finding["field"])
        if text is not None:
            found.add(text[finding["start"] : finding["end"]])
    return tuple(sorted((s for s in found if len(s) >= _SHORTEST), key=lambda s: (-len(s), s)))


def _finding(found: Any) -> dict[str, Any] | None:
    if not isinstance(found, dict):
        return None
    field, start, end, kind = (found.get(name) for name in ("field", "start", "end", "type"))
    if not isinstance(field, str) or type(start) is not int or type(end) is not int or not 0 <= start < end:
        return None
    safe = kind if isinstance(kind, str) and _KIND.fullmatch(kind) else "secret"
    return {"field": field, "start": start, "end": end, "type": safe}


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    fact = context.value(arguments)
    if not isinstance(fact, dict):
        raise Undetermined(f"`{arguments}` is missing", arguments)
    findings = [made for made in map(_finding, fact.get("findings") or ()) if made is not None]
    fields = [name for name in fact.get("fields") or () if isinstance(name, str)]
    fields = list(dict.fromkeys([*fields, *(found["field"] for found in findings)]))
    if not fields:
        return ()
    if context.snapshot is not None:
        for found in findings:
            text = text_of(context.snapshot, found["field"])
            if text is None or found["end"] > len(text):
                raise Undetermined(f"`{arguments}` does not fit the text of {found['field']}", arguments)
    written = {"fact": arguments, "fields": fields, "findings": findings, "masked": {}}
    return (context.effect("mask", written),)


def joined(first: Effect, second: Effect) -> Effect:
    """One mask for two of the same state: the facts' names, fields and findings of both, each once."""
    a, b = first.arguments, second.arguments
    findings = {(f["field"], f["start"], f["end"]): f for f in (*b["findings"], *a["findings"])}
    written = {
        "fact": ", ".join(dict.fromkeys([*a["fact"].split(", "), b["fact"]])),
        "fields": list(dict.fromkeys([*a["fields"], *b["fields"]])),
        "findings": [findings[place] for place in sorted(findings)],
        "masked": {},
    }
    also = () if second.rule == first.rule else tuple(dict.fromkeys([*first.also, second.rule]))
    return narrowed(first, written)._replace(also=also or first.also)


def _needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    """A planned effect knows by hash what each text becomes; a field that is that already is left alone."""
    planned = effect.arguments["masked"]
    fields, masked, findings = [], {}, []
    for name in effect.arguments["fields"]:
        text = text_of(snapshot, name)
        mine = [found for found in effect.arguments["findings"] if found["field"] == name]
        if text is not None and mine:
            if planned.get(name) == sha(text):
                continue
            masked[name] = planned.get(name) or sha(mask_field(text, name, mine))
            findings.extend(mine)
        fields.append(name)
    if not fields:
        return None
    return narrowed(effect, {**effect.arguments, "fields": fields, "findings": findings, "masked": masked})


def _guard(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    out = []
    for name in effect.arguments["fields"]:
        text = text_of(snapshot, name)
        if text is not None:
            out.append(Precondition("text_sha256", {"field": name, "sha256": sha(text)}))
    return tuple(out)


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    """Without offsets the text after is not known here; the snapshot keeps the one before."""
    for name in effect.arguments["fields"]:
        text = text_of(snapshot, name)
        mine = [found for found in effect.arguments["findings"] if found["field"] == name]
        if text is not None and mine:
            snapshot = _with_text(snapshot, name, mask_field(text, name, mine))
    return snapshot


def _claims(effect: Effect) -> tuple[tuple[str, Any], ...]:
    """None: two masks of one text do not contradict each other, and no other wish wins over a mask."""
    return ()


MASK: Final = Action(
    "mask", frozenset({"title", "body", "comments"}), _wish, _needed, _guard, _predict, claims=_claims
)
