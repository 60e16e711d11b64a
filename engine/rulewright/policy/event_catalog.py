"""The words a policy may use: events with their actions, and the paths that their payloads have.

Everything comes from `policy/schemas/event.schema.json`, read when the first path is checked. Payloads are open,
paths are not: a path that no event of the policy has is a mistake, except below what the schema marks
`x-open`.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.policy.diagnostics import shorten
from rulewright.policy.fact_sources import fact_steps, result_shape
from rulewright.policy.fact_sources.declaration import UNKNOWN_RESULT
from rulewright.policy.json_schema.bundled_schema import load_schema
from rulewright.policy.suggestions import did_you_mean
from rulewright.policy.timeline import TOPICS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from rulewright.policy.fact_sources import NamedFact

Schema = dict[str, Any]
Segments = tuple[str, ...]

JSON_TYPES: Final = frozenset({"array", "boolean", "null", "number", "object", "string"})
STEPS: Final = frozenset({"[]", "*"})
"""Steps of a path into all elements of a list, and into all values of an object."""

# Short name → where it stands in the subject.
_OF_SUBJECT: Final[dict[str, Segments]] = {
    "labels": ("labels", "[]", "name"),
    "title": ("title",),
    "body": ("body",),
    "author": ("user", "login"),
    "state": ("state",),
}
_SUBJECTS: Final = ("issue", "pull_request", "discussion")
# Gathered beside the payload, whatever the event (`facts/payload_loader.py`).
_BESIDE: Final[dict[str, Schema]] = {
    "comments": {"type": "array", "items": {"$ref": "#/$defs/comment"}},
    "timeline": {"type": "array", "items": {"$ref": "#/$defs/timeline_event"}},
    "fields": {"type": "object", "x-open": True},
    "reviews": {"type": "array", "items": {"$ref": "#/$defs/review"}},
    "files": {"type": "array", "items": {"$ref": "#/$defs/changed_file"}},
    "viewer": {"$ref": "#/$defs/viewer"},
}
_HABITS: Final = {
    "author": "user",
    "creator": "user",
    "text": "body",
    "description": "body",
    "content": "body",
}


class PathInfo(NamedTuple):
    """What is known of a path. `types` are the JSON types its value may have.

    A path through `[]` or `*` gives a list (`types` is array alone); `items` are the types of its elements,
    and `projected` tells it from a list that stands there itself. `compare` is "casefold" or None; `format`
    is `date-time`, `duration` (seconds), `login` or None; `place` is the path in the payload; `values` are the only
    texts that it holds, where GitHub has a closed list.
    """

    types: frozenset[str]
    place: str
    items: frozenset[str] = frozenset()
    compare: str | None = None
    untrusted: bool = False
    format: str | None = None
    projected: bool = False
    values: frozenset[str] = frozenset()


class UnknownPath(NamedTuple):
    """A path that none of the events has. `suggestions` exist, nearest first, at most three."""

    path: str
    suggestions: tuple[str, ...] = ()


def event_names() -> tuple[str, ...]:
    """Every event that `on:` may name, sorted."""
    return tuple(sorted(_schema()["x-events"]))


def event_actions(name: str) -> tuple[str, ...]:
    """The actions of an event, sorted; `("*",)` where the sender chooses them. Raises KeyError."""
    return tuple(_schema()["x-events"][name]["actions"])


def has_subject(name: str) -> bool:
    """Whether an event may be about an issue, a pull request or another subject. Raises KeyError."""
    return name in ("schedule", "manual") or _schema()["x-events"][name].get("subject") is not None


def check_trigger(text: str) -> str | None:
    """What is wrong with one entry of `on:` (`issues`, `issues.opened`, `schedule`), None when nothing is."""
    name, dot, action = text.partition(".")
    if name not in _schema()["x-events"]:
        return f"unknown event `{shorten(name, 40)}`{did_you_mean(name, event_names())}"
    known = event_actions(name)
    if not dot or action in known or known == ("*",):
        return None
    if not known:
        return f"the event `{name}` has no actions"
    return f"the event `{name}` has no action `{shorten(action, 40)}`{did_you_mean(action, known)}"


def describe_path(
    path: Segments, events: Iterable[str], lets: Mapping[str, NamedFact]
) -> PathInfo | UnknownPath:
    """What a path means to a policy.

    `path`: its segments, `("issue", "labels", "[]", "name")`. `events`: the entries of `on:`; with none, or
    none that is known, every event counts. `lets`: the named facts, which come first;
    then short names, then the payload.
    """
    root = path[0]
    if root in lets:
        return _describe_fact_path(path, events, lets[root])
    names = _known_events(events)
    info = _describe_in_events(path, names)
    if info is not None:
        return info
    if root in _OF_SUBJECT or root in ("age", "now"):
        # A short name is one value: nothing stands below it, or the events have no subject.
        return UnknownPath(
            text_of(path), (root,) if len(path) > 1 and _describe_in_events((root,), names) else ()
        )
    payloads: list[State] = [[_payload(name)] for name in names]
    return UnknownPath(
        text_of(path), _suggest_paths(path, (), payloads, (*lets, *_OF_SUBJECT, *_BESIDE, "age", "now"))
    )


def _describe_fact_path(path: Segments, events: Iterable[str], fact: NamedFact) -> PathInfo | UnknownPath:
    """What a path into a named fact means."""
    shapes: list[State] = [[(shape, False)] for shape in _result_shapes(fact)]
    info = _combine_schemas(path, [_follow_path(shape, path[1:]) for shape in shapes])
    if info is None:
        return UnknownPath(text_of(path), _suggest_paths(path, path[:1], shapes, ()))
    named = _renamed_path(fact)
    meant = describe_path((*named, *path[1:]), events, {}) if named is not None else None
    return info._replace(compare=meant.compare) if isinstance(meant, PathInfo) else info


def known_roots(events: Iterable[str]) -> tuple[str, ...]:
    """The words that a path of these events may begin with: short names first, then what their payloads have."""
    names = _known_events(events)
    short = [word for word in (*_OF_SUBJECT, "age") if _describe_in_events((word,), names) is not None]
    members: dict[str, None] = dict.fromkeys(short)
    for name in names:
        for schema, _ in _resolve_schemas([_payload(name)]):
            members.update(dict.fromkeys(schema.get("properties", {})))
    return tuple(members)


def text_of(path: Segments) -> str:
    """`issue.labels[].name` for its segments."""
    out = ""
    for segment in path:
        out += segment if segment == "[]" or not out else f".{segment}"
    return out


@cache
def _schema() -> Schema:
    return load_schema("event")


def _known_events(events: Iterable[str]) -> tuple[str, ...]:
    table = _schema()["x-events"]
    named = dict.fromkeys(event.partition(".")[0] for event in events)
    return tuple(name for name in named if name in table) or tuple(table)


@cache
def _describe_in_events(path: Segments, names: tuple[str, ...]) -> PathInfo | None:
    """What a path of these events means, if one of them has it."""
    root = path[0]
    if root == "now" and len(path) == 1:
        return PathInfo(frozenset({"string"}), "now", format="date-time")
    if root == "lists":
        return PathInfo(frozenset({"array"}), text_of(path), items=JSON_TYPES) if len(path) == 2 else None
    if root in _BESIDE:
        return _combine_schemas(path, [_follow_path([(_BESIDE[root], False)], path[1:])])
    if root == "age" and len(path) == 1:
        dated = any(
            _follow_path([_payload(name)], (key, "created_at")) for name in names for key in _SUBJECTS
        )
        return PathInfo(frozenset({"number"}), "age", format="duration") if dated else None
    if root in _OF_SUBJECT:
        return _describe_short_name(path, names)
    if path == ("sender",):
        path = ("sender", "login")
    return _combine_schemas(path, [_follow_path([_payload(name)], path) for name in names])


def _describe_short_name(path: Segments, names: tuple[str, ...]) -> PathInfo | None:
    """What a path that begins with the short name of a subject's field means."""
    root = path[0]
    # `labels` is a list as it stands; a step into it (`labels[0]`) stays at its elements.
    rest = path[2:] if root == "labels" and path[1:2] == ("[]",) else path[1:]
    for key in _SUBJECTS:
        whole = (key, *_OF_SUBJECT[root], *rest)
        ends = [end for name in names if (end := _follow_path([_payload(name)], whole))]
        if ends:
            return _combine_schemas(whole, ends)
    return None


def _payload(name: str) -> tuple[Schema, bool]:
    payload: Schema = _schema()["x-events"][name]["payload"]
    return payload, False


State = list[tuple[Schema, bool]]
"""Alternatives that a place may hold: (schema, whether something above it is untrusted)."""


def _follow_path(state: State, path: Segments) -> State:
    """The alternatives at the end of a path, empty where it leads nowhere. Only concrete schemas come out."""
    here = list(_resolve_schemas(state))
    for segment in path:
        here = list(_resolve_schemas(list(_take_step(here, segment))))
    return here


def _take_step(state: State, segment: str) -> Iterator[tuple[Schema, bool]]:
    for schema, untrusted in state:
        if schema.get("x-open"):
            yield ({"x-open": True}, untrusted)
        elif segment == "[]":
            if "items" in schema:
                yield (schema["items"], untrusted)
        elif segment == "*":
            for inner in schema.get("properties", {}).values():
                yield (inner, untrusted)
        elif segment in schema.get("properties", ()):
            yield (schema["properties"][segment], untrusted)


def _resolve_schemas(state: State) -> Iterator[tuple[Schema, bool]]:
    """References and alternatives followed; `x-untrusted` beside a reference holds for all below it."""
    for schema, above in state:
        untrusted = above or bool(schema.get("x-untrusted"))
        inner = [*schema.get("allOf", ()), *schema.get("anyOf", ())]
        if "$ref" in schema:
            inner.append(_schema()["$defs"][schema["$ref"].rpartition("/")[2]])
        yield from _resolve_schemas([(one, untrusted) for one in inner])
        if not inner or "properties" in schema:
            yield (schema, untrusted)


def _combine_schemas(path: Segments, ends: Iterable[State]) -> PathInfo | None:
    """One answer out of what several events say of a path; None when none of them has it."""
    leaves = [leaf for end in ends for leaf in end]
    if not leaves:
        return None
    schemas = [schema for schema, _ in leaves]
    types = _union(map(_types, schemas))
    projected = not STEPS.isdisjoint(path)
    meant = [schema for schema in schemas if schema.get("type") != "null"] or schemas[:1]
    formats = {schema.get("x-format") or schema.get("format") for schema in meant}
    return PathInfo(
        types=frozenset({"array"}) if projected else types,
        place=text_of(path),
        items=types if projected else _union(map(_item_types, schemas)),
        compare="casefold" if any(schema.get("x-compare") for schema in meant) else None,
        untrusted=any(untrusted for _, untrusted in leaves),
        format=formats.pop() if len(formats) == 1 else None,
        projected=projected,
        values=_values(meant),
    )


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    nothing: frozenset[str] = frozenset()
    return nothing.union(*sets)


def _item_types(schema: Schema) -> frozenset[str]:
    """The JSON types of a list's elements; empty where the schema does not tell."""
    if "items" not in schema:
        return frozenset()
    return _union(_types(inner) for inner, _ in _resolve_schemas([(schema["items"], False)]))


def _values(schemas: list[Schema]) -> frozenset[str]:
    """What GitHub sends there, where every alternative has a closed list (`x-values`)."""
    lists = [schema.get("x-values") for schema in schemas]
    return frozenset(value for values in lists if values for value in values) if all(lists) else frozenset()


def _types(schema: Schema) -> frozenset[str]:
    named = schema.get("type")
    if named:
        several = [named] if isinstance(named, str) else named
        return frozenset("number" if one == "integer" else one for one in several)
    return frozenset({"string"}) if "enum" in schema else JSON_TYPES


def _result_shapes(fact: NamedFact) -> Iterator[Schema]:
    """The shapes that a named fact may have: its source's, and that of each `otherwise:`."""
    steps = list(fact_steps(fact.arguments)) or [(fact.source, fact.arguments)]
    for source, arguments in steps:
        shape = result_shape(source)
        is_untrusted = source == "timeline" and not _counts_only_people(arguments)
        yield {**shape, "x-untrusted": True} if is_untrusted else shape
    if steps[-1][1].get("otherwise"):  # of no known source
        yield UNKNOWN_RESULT


_TRIAGE: Final = frozenset({"labels", "assignees", "milestone"})
"""Topics of a timeline, and their events, that need the right to triage; everybody comments, and authors rename."""


def _counts_only_people(arguments: Mapping[str, Any]) -> bool:
    """Whether a `timeline` fact counts only what people with a right to do it did.

    Of labels, only those that stand: a person's labelling says nothing of a label that a model chose after it.
    """
    wanted = arguments.get("timeline")
    named = wanted.get("events") if isinstance(wanted, dict) else [wanted]
    events = {event for topic in _TRIAGE for event in TOPICS.get(topic, ())} | _TRIAGE
    if arguments.get("by") != "human" or not isinstance(named, list) or not set(map(str, named)) <= events:
        return False
    labels = not {*TOPICS["labels"], "labels"}.isdisjoint(map(str, named))
    return not labels or arguments.get("standing") is True


def _renamed_path(fact: NamedFact) -> Segments | None:
    """The path that a named fact only gives another name, such as `jmespath: issue.user.login`."""
    if fact.source != "jmespath" or fact.arguments.get("otherwise"):
        return None
    text = fact.arguments.get("jmespath")
    parts = text.replace("[]", ".[]").split(".") if isinstance(text, str) else [""]
    return tuple(parts) if all(part == "[]" or part.isidentifier() for part in parts) else None


def _suggest_paths(
    path: Segments, start: Segments, roots: list[State], names: Iterable[str]
) -> tuple[str, ...]:
    """Paths that exist and look like `path`. `start` leads to `roots`; `names` may stand there too."""
    rest = path[len(start) :]
    depth = max((_matching_depth(root, rest) for root in roots), default=0)
    matching, segment, left = rest[:depth], rest[depth], rest[depth + 1 :]
    here = [leaf for root in roots for leaf in _follow_path(root, matching)]
    prefix = start + matching
    if segment not in STEPS and any("items" in schema for schema, _ in here):
        step = ("[]", segment, *left) if _follow_path(here, ("[]", segment)) else ()
        return (text_of((*prefix, *step)),)
    known = dict.fromkeys(name for schema, _ in here for name in schema.get("properties", ()))
    if depth == 0:
        known.update(dict.fromkeys(names))
        # `assignees` of the subject is meant before `assignee`, which some events have beside it.
        below = next((place for key in _SUBJECTS if _exists(place := (key, *path), roots)), None)
        if known and below is not None:
            return (text_of(below),)
    if not known:
        return (text_of(prefix),) if prefix else ()
    return tuple(
        _complete_path(start, (*matching, name), left, roots) for name in _similar_names(segment, known)
    )


def _complete_path(start: Segments, step: Segments, rest: Segments, roots: list[State]) -> str:
    """A path below `start`, with what follows it where the whole exists."""
    return text_of((*start, *step, *(rest if _exists((*step, *rest), roots) else ())))


def _exists(path: Segments, roots: Iterable[State]) -> bool:
    return any(_follow_path(root, path) for root in roots)


def _similar_names(name: str, known: Collection[str]) -> list[str]:
    """At most three known names that look like a name, else the one that people write it for from habit."""
    close = get_close_matches(name, known, n=3, cutoff=0.6)
    habit = _HABITS.get(name)
    return [habit] if not close and habit is not None and habit in known else close


def _matching_depth(root: State, path: Segments) -> int:
    """How many segments of a path lead somewhere; at most all but the last."""
    for depth in range(len(path) - 1, 0, -1):
        if _follow_path(root, path[:depth]):
            return depth
    return 0
