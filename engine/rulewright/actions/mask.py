"""mask: what a `detect` fact found gives way to `[masked: kind]`. The edit history keeps the old text.

The fact is `{count, types, fields: ["issue.body"], findings: [{field, start, end, type}]}`, offsets in code
points. Where it brings no offsets the effect names the fields, and apply looks for the findings again.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.masked_text import mask_field
from rulewright.actions.plan import Effect, Precondition, text_sha256
from rulewright.actions.template import Undetermined
from rulewright.actions.words import Phrase, format_value
from rulewright.policy.actions import mask as declared
from rulewright.policy.json_types import as_object, as_objects, as_text, as_texts
from rulewright.policy.lazy import defer_pattern
from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.context import ActionContext
    from rulewright.events.snapshot import Snapshot
    from rulewright.policy.json_types import Json, JsonObject

_COMMENT: Final = defer_pattern(r"(?:issue|pull_request|discussion|)\.?comments\[(\d+)\]\.body")
_KIND: Final = defer_pattern(r"[a-z0-9][a-z0-9_.-]{0,39}")
_SHORTEST: Final = 4
"""Characters. A finding shorter than this is not looked for in other texts: it would hit words."""


class MaskedSpan(NamedTuple):
    """One finding of an effect: where it is in which field, and of what kind."""

    field: str
    start: int
    end: int
    type: str

    @classmethod
    def read(cls, found: Json) -> MaskedSpan | None:
        """A finding out of JSON; None for one whose offsets are none. An odd kind becomes `secret`."""
        if not isinstance(found, dict):
            return None
        field, start, end, kind = (found.get(name) for name in cls._fields)
        if not isinstance(field, str) or not (type(start) is int and type(end) is int and 0 <= start < end):
            return None
        return cls(field, start, end, kind if isinstance(kind, str) and _KIND.fullmatch(kind) else "secret")


def masked_spans(effect: Effect, field: str | None = None) -> list[MaskedSpan]:
    """What an effect masks in all its fields, or in one of them."""
    spans = (MaskedSpan.read(found) for found in as_objects(effect.arguments["findings"]))
    return [span for span in spans if span is not None and field in (None, span.field)]


def text_of(snapshot: Snapshot, field: str) -> str | None:
    """The text that a fact's field name means; None for one that the snapshot does not show."""
    if found := _COMMENT.fullmatch(field):
        index = int(found[1])
        if snapshot.comments is None or index >= len(snapshot.comments):
            return None
        return as_text((as_object(snapshot.comments[index]) or {}).get("body"))
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


def secrets_of(effect: Effect, snapshot: Snapshot) -> tuple[str, ...]:
    """The texts that the effect masks, longest first: nothing else that is planned may repeat them."""
    found = set()
    for span in masked_spans(effect):
        text = text_of(snapshot, span.field)
        if text is not None:
            found.add(text[span.start : span.end])
    return tuple(sorted((s for s in found if len(s) >= _SHORTEST), key=lambda s: (-len(s), s)))


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    name = str(arguments)
    fact = as_object(context.value(name))
    if fact is None:
        raise Undetermined(f"`{name}` is missing", name)
    found = fact.get("findings")
    spans = [span for span in map(MaskedSpan.read, as_objects(found)) if span is not None]
    fields = list(dict.fromkeys([*as_texts(fact.get("fields")), *(span.field for span in spans)]))
    if not fields:
        return ()
    if context.snapshot is not None:
        for span in spans:
            text = text_of(context.snapshot, span.field)
            if text is None or span.end > len(text):
                raise Undetermined(f"`{name}` does not match the text of {span.field}", name)
    return (context.effect("mask", _arguments(name, fields, spans)),)


def _arguments(
    fact: str, fields: list[str], spans: list[MaskedSpan], masked: Mapping[str, str] | None = None
) -> JsonObject:
    """`masked`: field → SHA-256 of the text afterwards, as far as it is known."""
    findings: list[Json] = [span._asdict() for span in spans]
    return {"fact": fact, "fields": [*fields], "findings": findings, "masked": {**(masked or {})}}


def join_masks(first: Effect, second: Effect) -> Effect:
    """One mask for two of the same state: the facts' names, fields and findings of both, each once."""
    spans = {span[:3]: span for span in (*masked_spans(second), *masked_spans(first))}
    fact = ", ".join(dict.fromkeys([*first.text("fact").split(", "), second.text("fact")]))
    fields = list(dict.fromkeys([*first.texts("fields"), *second.texts("fields")]))
    resolved = _arguments(fact, fields, [spans[place] for place in sorted(spans)])
    also = () if second.rule == first.rule else tuple(dict.fromkeys([*first.also, second.rule]))
    return first.with_arguments(resolved)._replace(also=also or first.also)


def _select_needed(effect: Effect, snapshot: Snapshot) -> Effect | None:
    """A planned effect knows by hash what each text becomes; a field that is that already is left alone."""
    planned = as_object(effect.arguments["masked"]) or {}
    fields: list[str] = []
    masked: dict[str, str] = {}
    spans: list[MaskedSpan] = []
    for name in effect.texts("fields"):
        text, own = text_of(snapshot, name), masked_spans(effect, name)
        if text is not None and own:
            if planned.get(name) == text_sha256(text):
                continue
            masked[name] = as_text(planned.get(name)) or text_sha256(mask_field(text, name, own))
            spans += own
        fields.append(name)
    if not fields:
        return None
    return effect.with_arguments(_arguments(effect.text("fact"), fields, spans, masked))


def _preconditions(effect: Effect, snapshot: Snapshot) -> tuple[Precondition, ...]:
    texts = ((name, text_of(snapshot, name)) for name in effect.texts("fields"))
    return tuple(
        Precondition("text_sha256", {"field": name, "sha256": text_sha256(text)})
        for name, text in texts
        if text is not None
    )


def _predict(effect: Effect, snapshot: Snapshot) -> Snapshot:
    """Without offsets the text after is not known here; the snapshot keeps the one before."""
    for name in effect.texts("fields"):
        text, own = text_of(snapshot, name), masked_spans(effect, name)
        if text is not None and own:
            snapshot = _with_text(snapshot, name, mask_field(text, name, own))
    return snapshot


def _disagreement(arguments: Mapping[str, Json], key: str) -> str | None:
    if any(MaskedSpan.read(found) is None for found in as_objects(arguments["findings"])):
        return "a finding of a mask ends before it begins"
    return None


def _describe(effect: Effect) -> Phrase:
    kinds = Counter(str(found["type"]) for found in as_objects(effect.arguments.get("findings")))
    counts = ", ".join(f"{count} × {kind}" for kind, count in kinds.items())
    fields = format_value(effect.arguments.get("fields"))
    return "~", "mask", f"{fields} ({counts})" if counts else fields


MASK: Final = Action(
    declared.MASK, _describe, _propose, _select_needed, _preconditions, _predict, disagreement=_disagreement
)
