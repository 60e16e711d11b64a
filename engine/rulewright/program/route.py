"""A route: the entries that one kind of event must be decided by, in order, with their closures and their index.

The first events of a route are decided by a full scan, which needs no index; a stream builds the index once
and then pays for candidates only. Both give the same results (the full scan is the oracle in the tests).
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rulewright.policy.named_tuple import NamedTuple
from rulewright.program.closures import build_closure
from rulewright.program.frame import MISSING, Frame, is_fact_key, is_gathered_key, objective_key
from rulewright.program.nodes import path_nodes
from rulewright.program.paths import field_chain
from rulewright.program.truth import merge_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rulewright.program.compiled_policy import CompiledPolicy, Entry
    from rulewright.program.index import RuleIndex
    from rulewright.program.named_facts import Need
    from rulewright.program.needs import RouteNeeds
    from rulewright.program.path_evaluator import PathEvaluator
    from rulewright.program.truth import Layer, Truth

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


class RouteStats(NamedTuple):
    """How many rules a route has, which of them its index always evaluates, and how many paths it reads."""

    rules: int
    always: tuple[str, ...]
    paths: int


class Route:
    """The policies that subscribe to an event, flattened: entry number → (policy number, Entry)."""

    __slots__ = (
        "_chains",
        "_closures",
        "_fact_closures",
        "_indexes",
        "_needs",
        "_others",
        "_seen",
        "_watched",
        "entries",
        "evaluator",
        "externals",
        "fact_keys",
        "owners",
        "policies",
        "starts",
    )

    def __init__(
        self,
        policies: tuple[CompiledPolicy, ...],
        evaluator: PathEvaluator,
        fact_closures: Mapping[str, Callable[[Frame], object]],
    ) -> None:
        self.policies = policies
        self.evaluator = evaluator
        self._fact_closures = fact_closures
        self.entries: list[Entry] = []
        self.owners: list[int] = []
        self.starts: list[int] = []
        for number, policy in enumerate(policies):
            self.starts.append(len(self.entries))
            self.entries.extend(policy.entries)
            self.owners.extend([number] * len(policy.entries))
        self.starts.append(len(self.entries))
        self._closures: list[Callable[[Frame], Truth] | None] = [None] * len(self.entries)
        self._indexes: dict[tuple[int, ...], RuleIndex] = {}
        self._seen: dict[tuple[int, ...], int] = {}
        self._watched: tuple[int, ...] | None = None if len(self.entries) >= INDEX_FROM else ()
        self._chains: list[tuple[str, tuple[str, ...], list[tuple[int, str]]]] = []
        self._others: list[tuple[int, bool]] = []
        self.externals: tuple[Need, ...] = tuple(need for policy in policies for need in policy.needs())
        self.fact_keys = _fact_keys(policies)
        self._needs: RouteNeeds | None = None

    def frame(
        self,
        payload: Mapping[str, object],
        now: str,
        values: Mapping[str, object],
        absent: Iterable[str] = (),
    ) -> Frame:
        """A fresh frame over a payload with the named facts that were given or gathered.

        `absent` names those that could not be had, so that their `otherwise:` speaks.
        """
        frame = Frame(payload, now, self.evaluator.getters, self._fact_closures)
        if values:
            for name, value in values.items():
                for key in self.fact_keys.get(name, ()):
                    frame[key] = value
        for name in absent:
            for key in self.fact_keys.get(name, ()):
                if is_gathered_key(key):
                    frame.setdefault(key, MISSING)
        return frame

    def closure(self, number: int) -> Callable[[Frame], Truth]:
        """The closure of one entry, built at its first use."""
        closure = self._closures[number]
        if closure is None:
            closure = self._closures[number] = build_closure(self.entries[number].when)
        return closure

    def decide(self, frame: Frame) -> dict[int, Truth]:
        """Entry number → truth, for every entry that is not false. In no particular order."""
        return merge_layers(self.decide_in_layers(frame))

    def decide_in_layers(self, frame: Frame) -> list[Layer]:
        """The same in layers that are shared by many events, not to be changed (`truth.Layer`)."""
        if self._watched is None:
            self._watched = self._watch()
        index = self._index_of_shape(self._shape(frame)) if self._watched else None
        return [self.scan(frame)] if index is None else index.decide(frame)

    def _shape(self, frame: Frame) -> tuple[int, ...]:
        """The watched paths that are missing; the values of all of them are in the frame then."""
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
        getters = self.evaluator.getters
        for number, safe in self._others:
            if safe:
                frame[number] = value = getters[number](frame)
            else:
                value = frame[number]
            if value is None:
                missing.append(number)
        return tuple(missing)

    def _index_of_shape(self, shape: tuple[int, ...]) -> RuleIndex | None:
        """The index for events of a shape; None while they are scanned."""
        index = self._indexes.get(shape)
        if index is None:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            seen = self._seen[shape] = self._seen.get(shape, 0) + 1
            if seen > SCANS and len(self._indexes) < MOST_INDEXES:
                index = self._indexes[shape] = self.index(frozenset(shape))
        return index

    def _watch(self) -> tuple[int, ...]:
        """The paths that most leaves read; plain dotted ones are fetched together with their siblings."""
        counts = Counter(leaf.path for entry in self.entries for leaf in path_nodes(entry.when))
        watched = tuple(number for number, _ in counts.most_common(MOST_WATCHED))
        chains: dict[tuple[str, ...], list[tuple[int, str]]] = {}
        for number in watched:
            names = field_chain(self.evaluator.paths[number])
            if names is not None and len(names) > 1 and not is_fact_key(names[0]):
                chains.setdefault(names[:-1], []).append((number, names[-1]))
        self._chains = [(names[0], names[1:], pairs) for names, pairs in chains.items()]
        together = {number for pairs in chains.values() for number, _ in pairs}
        # What cannot fail is computed here, without `Frame.__missing__`.
        safe = self.evaluator.safe_paths
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

    def index(self, missing: frozenset[int] = frozenset()) -> RuleIndex:
        """A new index for events in which just these of the watched paths are missing."""
        # A route is scanned first, and most runs see few events.
        from rulewright.program.index import RuleIndex

        watched = self._watched or self._watch()
        return RuleIndex(
            [entry.when for entry in self.entries], missing, frozenset(watched), self.evaluator.safe_paths
        )

    def stats(self) -> RouteStats:
        """Which entries the index cannot prune, by `policy/entry`, for an event in which nothing is missing."""
        index = self.index()
        names = tuple(f"{self.policies[self.owners[n]].name}/{self.entries[n].id}" for n in index.always)
        return RouteStats(len(self.entries), names, len(index.paths))

    def needs(
        self,
        payload: Mapping[str, object],
        now: str,
        known: Mapping[str, object],
        absent: Mapping[str, object],
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
        return self._route_needs().facts(pending, self.frame(payload, now, known, absent), known, absent)

    def parts(
        self,
        payload: Mapping[str, object],
        now: str,
        known: Mapping[str, object],
        absent: Mapping[str, object],
        lacking: frozenset[str],
    ) -> frozenset[str]:
        """Of the `lacking` parts of the payload (`lazy_payload.py`), those that are asked for; see `RouteNeeds`."""
        return self._route_needs().parts(self.frame(payload, now, known, absent), known, absent, lacking)

    def _route_needs(self) -> RouteNeeds:
        if self._needs is None:
            # Not for policies without gathered facts.
            from rulewright.program.needs import RouteNeeds

            self._needs = RouteNeeds(self.policies, self.evaluator.paths, self.externals, self.decide)
        return self._needs


def _fact_keys(policies: Sequence[CompiledPolicy]) -> dict[str, tuple[str, ...]]:
    """Name of a fact → frame keys that a given or gathered value goes to."""
    keys: dict[str, dict[str, None]] = {}
    for policy in policies:
        for name, fact in policy.facts.items():
            if fact.is_computed:
                keys.setdefault(name, {})[fact.key] = None
            for ending, _ in fact.gathered_steps:
                keys.setdefault(name + ending, {})[fact.gathered_key + ending] = None
        for entry in policy.entries:
            if entry.role == "objective":
                keys.setdefault(entry.id, {})[objective_key(policy.name, entry.id)] = None
    return {name: tuple(found) for name, found in keys.items()}
