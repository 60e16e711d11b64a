"""A route: the entries that one kind of event must be decided by, in order, with their closures and their index.

The first events of a route are decided by a full scan, which needs no index; a stream builds the index once
and then pays for candidates only. Both give the same results (the full scan is the oracle in the tests).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rulewright.program.closures import build
from rulewright.program.computed_facts import external_part, external_parts
from rulewright.program.frame import MISSING, FactFailure, Frame
from rulewright.program.index.layers import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rulewright.program.index.layers import Layer
    from rulewright.program.index.rule_index import Index
    from rulewright.program.program import CompiledPolicy, Entry, Program
    from rulewright.program.truth import Truth

INDEX_FROM: Final = 8
"""Routes with fewer entries are always scanned: an index would cost more than it saves."""
SCANS: Final = 8
"""Events of one shape (set of missing paths) that are decided by a full scan before an index is built for it.

An index costs as much as about ten scans, and one event is decided several times until its plan rests.
"""
MOST_INDEXES: Final = 64
"""Shapes of one route that get an index of their own; events of further shapes are scanned."""
MOST_SEEN: Final = 4096
"""Shapes that are counted at a time, so that a stream of ever new ones takes no more memory."""
MOST_WATCHED: Final = 256
"""Paths of one route whose presence is looked at for every event: those that most leaves read."""
NOTHING_UNKNOWN: Final[Mapping[int, set[int]]] = {}


class Need(NamedTuple):
    """A named fact that must be gathered: `spec` is `{"source": …, "arguments": …}`. `after` names the fact in whose
    `otherwise:` it stands: it is asked for once that one could not be had."""

    policy: str
    name: str
    spec: Mapping[str, Any]
    after: str = ""


class RouteStats(NamedTuple):
    """What an index does for a route: how many entries, which of them are always evaluated, which paths it reads."""

    entries: int
    always: tuple[str, ...]
    paths: int


class Route:
    """The policies that subscribe to an event, flattened: entry number → (policy number, Entry)."""

    __slots__ = (
        "_chains",
        "_closures",
        "_entry_needs",
        "_indexes",
        "_others",
        "_part_needs",
        "_presence_needs",
        "_seen",
        "_watched",
        "entries",
        "externals",
        "fact_keys",
        "owners",
        "policies",
        "program",
        "starts",
    )

    def __init__(self, program: Program, policies: tuple[CompiledPolicy, ...]) -> None:
        self.program = program
        self.policies = policies
        self.entries: list[Entry] = []
        self.owners: list[int] = []
        self.starts: list[int] = []
        for number, policy in enumerate(policies):
            self.starts.append(len(self.entries))
            self.entries.extend(policy.entries)
            self.owners.extend([number] * len(policy.entries))
        self.starts.append(len(self.entries))
        self._closures: list[Callable[[Frame], Truth] | None] = [None] * len(self.entries)
        self._indexes: dict[tuple[int, ...], Index] = {}
        self._seen: dict[tuple[int, ...], int] = {}
        self._watched: tuple[int, ...] | None = None if len(self.entries) >= INDEX_FROM else ()
        self._chains: list[tuple[str, tuple[str, ...], list[tuple[int, str]]]] = []
        self._others: list[tuple[int, bool]] = []
        self.externals: tuple[Need, ...] = tuple(_externals(policies))
        self.fact_keys = _fact_keys(policies)
        self._entry_needs: dict[int, tuple[frozenset[str], frozenset[str]]] | None = None
        self._presence_needs: dict[int, dict[int, frozenset[str]]] = {}
        self._part_needs: tuple[dict[int, dict[int, frozenset[str]]], dict[int, frozenset[str]]] | None = None

    def frame(
        self, payload: Mapping[str, Any], now: str, values: Mapping[str, Any], absent: Iterable[str] = ()
    ) -> Frame:
        """A fresh frame over a payload with the named facts that were given or gathered.

        `absent` names those that could not be had, so that their `otherwise:` speaks.
        """
        program = self.program
        frame = Frame(payload, now, program.getters, program.let_closures)
        if values:
            for name, value in values.items():
                for key in self.fact_keys.get(name, ()):
                    frame[key] = value
        for name in absent:
            for key in self.fact_keys.get(name, ()):
                if key.startswith("$got:"):
                    frame.setdefault(key, MISSING)
        return frame

    def closure(self, number: int) -> Callable[[Frame], Truth]:
        """The closure of one entry, built at its first use."""
        closure = self._closures[number]
        if closure is None:
            closure = self._closures[number] = build(self.entries[number].when)
        return closure

    def decide(self, frame: Frame) -> dict[int, Truth]:
        """Entry number → truth, for every entry that is not false. In no particular order."""
        return merged(self.settle(frame))

    def settle(self, frame: Frame) -> list[Layer]:
        """The same in layers that are shared by many events, not to be changed (`layers.py`)."""
        watched = self._watched
        if watched is None:
            watched = self._watched = self._watch()
        if not watched:
            return [self.scan(frame)]
        missing = []
        for root, steps, pairs in self._chains:
            value = frame.get(root)
            for step in steps:
                value = value.get(step) if value.__class__ is dict else None
            if value.__class__ is dict:
                get = value.get
                for number, key in pairs:
                    frame[number] = each = get(key)
                    if each is None:
                        missing.append(number)
            else:
                for number, _ in pairs:
                    frame[number] = None
                    missing.append(number)
        getters = self.program.getters
        for number, safe in self._others:
            if safe:
                frame[number] = value = getters[number](frame)
            else:
                value = frame[number]
            if value is None:
                missing.append(number)
        shape = tuple(missing)
        index = self._indexes.get(shape)
        if index is None:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            seen = self._seen[shape] = self._seen.get(shape, 0) + 1
            if seen <= SCANS or len(self._indexes) >= MOST_INDEXES:
                return [self.scan(frame)]
            index = self._indexes[shape] = self.index(frozenset(shape))
        return index.decide(frame)

    def _watch(self) -> tuple[int, ...]:
        """The paths that most leaves read; plain dotted ones are fetched together with their siblings."""
        from rulewright.program.nodes import path_nodes
        from rulewright.program.paths import field_chain

        counts: dict[int, int] = {}
        for entry in self.entries:
            for leaf in path_nodes(entry.when):
                counts[leaf.path] = counts.get(leaf.path, 0) + 1
        watched = tuple(sorted(counts, key=lambda number: -counts[number])[:MOST_WATCHED])
        chains: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        for number in watched:
            names = field_chain(self.program.paths[number])
            if names is not None and len(names) > 1 and not names[0].startswith("$let:"):
                chains.setdefault(names[:-1], []).append((number, names[-1]))
        self._chains = [(names[0], names[1:], pairs) for names, pairs in chains.items()]
        together = {number for pairs in chains.values() for number, _ in pairs}
        # What cannot fail is computed here, without `Frame.__missing__`.
        safe = self.program.safe_paths
        self._others = [(number, number in safe) for number in watched if number not in together]
        return watched

    def scan(self, frame: Frame) -> dict[int, Truth]:
        """The same as `decide`, by evaluating every entry: the oracle."""
        found: dict[int, Truth] = {}
        for number in range(len(self.entries)):
            value = self.closure(number)(frame)
            if value is not False:
                found[number] = value
        return found

    def index(self, missing: frozenset[int] = frozenset()) -> Index:
        """A new index for events in which just these of the watched paths are missing."""
        from rulewright.program.index.rule_index import Index

        watched = self._watched or self._watch()
        return Index(
            [entry.when for entry in self.entries], missing, frozenset(watched), self.program.safe_paths
        )

    def stats(self) -> RouteStats:
        """Which entries the index cannot prune, by `policy/entry`, for an event in which nothing is missing."""
        index = self.index()
        names = tuple(f"{self.policies[self.owners[n]].name}/{self.entries[n].id}" for n in index.always)
        return RouteStats(len(self.entries), names, len(index.paths))

    def needs(
        self, payload: Mapping[str, Any], now: str, known: Mapping[str, Any], absent: Mapping[str, Any]
    ) -> tuple[Need, ...]:
        """Named facts that undecided conditions, or the actions of matched rules, still ask for.

        `known` and `absent` are the facts already gathered, or known not to be had.
        """
        pending = [
            need
            for need in self.externals
            if need.name not in known
            and need.name not in absent
            and (not need.after or need.after in absent or known.get(need.after, need) is None)
        ]
        if not pending:
            return ()
        frame = self.frame(payload, now, known, absent)
        wanted = self._asked(self._truths(frame, known, absent), self._entry_needs or {})
        return tuple(
            need for need in pending if (need.policy, need.name) in wanted and not self._valued(need, frame)
        )

    def _valued(self, need: Need, frame: Frame) -> bool:
        """Whether the fact has a value without it: no model is asked for what a label says."""
        from rulewright.program.expression import ExpressionFailure

        policy = next(policy for policy in self.policies if policy.name == need.policy)
        spec = policy.lets.get(need.name.partition(".")[0])
        try:
            return spec is not None and frame[spec["key"]] is not None
        except (ExpressionFailure, FactFailure):
            return False

    def parts(
        self,
        payload: Mapping[str, Any],
        now: str,
        known: Mapping[str, Any],
        absent: Mapping[str, Any],
        lacking: frozenset[str],
    ) -> frozenset[str]:
        """Of the `lacking` parts of the payload (`program/lazy_payload.py`), those that undecided conditions, or the
        actions of matched rules, ask for. A condition on a lacking part is unknown."""
        if self._part_needs is None:
            from rulewright.program.lazy_payload import action_parts, condition_parts

            self._part_needs = condition_parts(self), action_parts(self)
        conditions, actions = self._part_needs
        if not conditions and not actions:
            return frozenset()
        frame = self.frame(payload, now, known, absent)
        unknown = {
            number: {path for path, parts in reads.items() if not parts.isdisjoint(lacking)}
            for number, reads in conditions.items()
        }
        found = self._truths(frame, known, absent, unknown)
        nothing: frozenset[str] = frozenset()
        needs = {
            number: (nothing.union(*conditions.get(number, {}).values()), actions.get(number, nothing))
            for number in {*conditions, *actions}
        }
        return lacking.intersection(part for _, part in self._asked(found, needs))

    def _truths(
        self,
        frame: Frame,
        known: Mapping[str, Any],
        absent: Mapping[str, Any],
        unknown: Mapping[int, set[int]] = NOTHING_UNKNOWN,
    ) -> dict[int, Truth]:
        """The entries that are not false, or not decided yet. `unknown`: entry → paths that nobody knows yet."""
        if self._entry_needs is None:
            from rulewright.program.needs import entry_needs, presence_needs

            self._entry_needs = entry_needs(self)
            self._presence_needs = presence_needs(self)
        found = self.decide(frame)
        presence = self._presence_needs
        settled = {*known, *absent}
        for (
            need
        ) in self.externals:  # what stands in an `otherwise:` waits for nothing while the first has a value
            if need.after in settled and need.after not in absent and known.get(need.after, need) is not None:
                settled.add(need.name)
        for number in {*presence, *unknown}:
            waiting = {
                path
                for path, names in presence.get(number, {}).items()
                if frame[path] is None and not names <= settled
            }
            hidden = unknown.get(number)
            if waiting or hidden:
                found[number] = self._undecided_at(number, waiting, hidden or set(), frame)
        return found

    def _asked(
        self, found: Mapping[int, Truth], needs: Mapping[int, tuple[frozenset[str], frozenset[str]]]
    ) -> set[tuple[str, str]]:
        """(policy, what it asks for) over all policies; `needs`: entry → what its condition, its actions need."""
        wanted: set[tuple[str, str]] = set()
        numbers = sorted(found)
        for number, policy in enumerate(self.policies):
            first, end = (bisect_left(numbers, self.starts[n]) for n in (number, number + 1))
            names = self._wanted([(n, found[n]) for n in numbers[first:end]], needs)
            wanted.update((policy.name, name) for name in names)
        return wanted

    def _undecided_at(self, number: int, waiting: set[int], hidden: set[int], frame: Frame) -> Truth:
        from rulewright.program.lazy_payload import unknown_paths
        from rulewright.program.needs import unknown_at

        return build(unknown_paths(unknown_at(self.entries[number].when, waiting), hidden))(frame)

    def _wanted(
        self,
        found: Sequence[tuple[int, Truth]],
        needs: Mapping[int, tuple[frozenset[str], frozenset[str]]],
    ) -> set[str]:
        """What one policy still asks for: nothing once a skip holds, nothing for its rules before the skips are
        decided, nothing below a rule that matched and stops. `found`: its entries that are not false, in order."""
        wanted: set[str] = set()
        undecided = False
        for number, value in found:
            if value is False:
                continue
            entry = self.entries[number]
            if undecided and entry.role != "skip":
                break
            condition, actions = needs.get(number, (frozenset(), frozenset()))
            if value is not True:
                wanted |= condition
                undecided = undecided or entry.role == "skip"
            elif entry.role == "skip":
                return set()
            else:
                wanted |= actions
                if entry.stop:
                    break
        return wanted


def _externals(policies: Sequence[CompiledPolicy]) -> list[Need]:
    needs = []
    for policy in policies:
        for name, spec in policy.lets.items():
            before = ""
            for ending, part in external_parts(spec):
                needs.append(Need(policy.name, name + ending, part, before))
                before = name + ending
        for entry in policy.entries:
            source = entry.extra.get("source") if entry.role == "objective" else None
            if source is not None:
                needs.append(Need(policy.name, entry.id, {"source": "measure", "arguments": source}))
    return needs


def _fact_keys(policies: Sequence[CompiledPolicy]) -> dict[str, tuple[str, ...]]:
    """Name of a fact → frame keys that a given or gathered value goes to."""
    keys: dict[str, dict[str, None]] = {}
    for policy in policies:
        for name, spec in policy.lets.items():
            if external_part(spec) is None:
                keys.setdefault(name, {})[spec["key"]] = None
            for ending, _ in external_parts(spec):
                keys.setdefault(name + ending, {})[spec["gathered"] + ending] = None
        for entry in policy.entries:
            if entry.role == "objective":
                keys.setdefault(entry.id, {})[f"$objective:{policy.name}/{entry.id}"] = None
    return {name: tuple(found) for name, found in keys.items()}
