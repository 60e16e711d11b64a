"""Facts after an edit of the event: only what the edit touches is gathered again.

A model is asked again only when somebody says so: until then its answer stays, marked as one to an earlier text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.events.fact_source import STALE
from rulewright.events.model import NOTHING, Absent, Event, Facts
from rulewright.events.snapshot import subject
from rulewright.events.texts import read_texts
from rulewright.facts.gather import start_facts
from rulewright.facts.gathering import Gathering
from rulewright.facts.sources import is_replaced
from rulewright.policy.canonical import digest
from rulewright.policy.diagnostics import RulewrightError
from rulewright.policy.fact_sources import asks_model, input_paths
from rulewright.program.frame import SUBJECT_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping
    from datetime import datetime

    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program

NOT_ASKED: Final = Absent("no model was asked after the edit")


def gather_after(
    program: Program,
    before: Facts,
    event: Event,
    *,
    now: str | datetime,
    given: Mapping[str, object] | None = None,
    given_before: Container[str] = (),
    ask_models: bool = False,
) -> Facts:
    """The facts about `event`, an edit of `before.event`; `before` was gathered by the same program.

    `given` are the named facts that are given now, `given_before` the names of those in `before` that were given rather
    than gathered. Without `ask_models`, the answer of a model to a text that was edited is kept, with the mark `STALE`
    in its provenance (see `is_stale`), and a model that was not asked before is not asked: its fact is absent.

    Parts that a reader loaded (comments, timeline, …) are taken as they stand in the event; none is read.

    Raises UsageError as `gather` does.
    """
    start = start_facts(program, event, now=now, given=given)
    event, values, absent = start.event, dict(start.values), _absent_parts(before)
    provenance: dict[str, Mapping[str, object]] = {}
    route = program.route(event.name, event.action)
    if not route.externals:
        return Facts(event, start.now, values, absent, provenance)
    gathering = _Regathering(program, start, before, given_before, values, absent, provenance, ask_models)
    return Facts(gathering.run(), start.now, values, absent, provenance)


def is_stale(facts: Facts, name: str) -> bool:
    """Whether a gathered fact is the answer of a model to a text that the event no longer has."""
    return STALE in facts.provenance.get(name, NOTHING)


class _Regathering(Gathering):
    """A gathering that first looks for the answer among the facts before the edit."""

    __slots__ = ("ask_models", "before", "given_before", "needs_before")

    def __init__(
        self,
        program: Program,
        start: Facts,
        before: Facts,
        given_before: Container[str],
        values: dict[str, object],
        absent: dict[str, Absent],
        provenance: dict[str, Mapping[str, object]],
        ask_models: bool,
    ) -> None:
        route = program.route(start.event.name, start.event.action)
        super().__init__(program, route, start.event, start.now, values, absent, None, provenance)
        self.before, self.given_before, self.ask_models = before, given_before, ask_models
        old = program.route(before.event.name, before.event.action)
        self.needs_before = {need.name: need for need in old.externals}

    def ask(self, needs: Iterable[Need]) -> None:
        super().ask([need for need in needs if not self._answer_from_before(need)])

    def _answer_from_before(self, need: Need) -> bool:
        """Take what was gathered before the edit, where it holds or stays until a model is asked; whether it did."""
        is_touched = _is_touched(self.program, need, self.before, Facts(self.event, self.now))
        if not self._is_known(need):
            if self.ask_models or not self._would_ask_model(need):
                return False
            self.absent[need.name] = NOT_ASKED
            return True
        if is_touched and (self.ask_models or not asks_model(need.source)):
            return False
        self._keep(need)
        return True

    def _is_known(self, need: Need) -> bool:
        """Whether the same fact was gathered before, with or without success."""
        name, old = need.name, self.needs_before.get(need.name)
        was_asked = name in self.before.values or name in self.before.absent
        was_refused = self.before.absent.get(name) == NOT_ASKED
        return (
            was_asked
            and not (was_refused and self.ask_models)
            and name not in self.given_before
            and old is not None
            and old.means_the_same(need)
        )

    def _keep(self, need: Need) -> None:
        name, before = need.name, self.before
        if name in before.values:
            self.values[name] = before.values[name]
        else:
            self.absent[name] = before.absent[name]
        provenance = _mark(self.program, need, before, self.event)
        if provenance is not None:
            self.provenance[name] = provenance

    def _would_ask_model(self, need: Need) -> bool:
        """Whether gathering the fact would reach a model: a provider, or a plugin in its place."""
        if not asks_model(need.source):
            return False
        from rulewright.models.models_config import read_models_config

        home = self._home((need,))
        return is_replaced(need.source, self.program.config) or bool(
            read_models_config(self.program.config, home).providers
        )


def _mark(program: Program, need: Need, before: Facts, event: Event) -> Mapping[str, object] | None:
    """The provenance of a fact that is kept, with the mark where it answers another text; without it again once the
    text is the one that was answered."""
    provenance = before.provenance.get(need.name)
    if not asks_model(need.source) or (provenance is None and need.name not in before.values):
        return provenance
    answered = _answered_sha256(program, need, before)
    plain = {name: value for name, value in (provenance or {}).items() if name != STALE}
    if answered != _texts_sha256(program, need, event):
        return {**plain, STALE: answered}
    return plain or provenance


def _answered_sha256(program: Program, need: Need, before: Facts) -> object:
    """The hash of the texts that a model was asked about."""
    marked = before.provenance.get(need.name, NOTHING).get(STALE)
    return _texts_sha256(program, need, before.event) if marked is None else marked


def _texts_sha256(program: Program, need: Need, event: Event) -> str:
    paths = input_paths(need.source, need.arguments, program.config.model_tasks)
    return digest([list(read_texts(event.payload, (path,))) for path in paths])


def _absent_parts(before: Facts) -> dict[str, Absent]:
    """The parts around the subject that could not be read: nobody reads them after an edit either."""
    return {name: why for name, why in before.absent.items() if name.startswith("payload.")}


def _is_touched(program: Program, need: Need, before: Facts, after: Facts) -> bool:
    """Whether an edit may have changed the fact. A plugin may read whatever it likes, and a source without an entry in
    `_READERS` is made of the event in ways that are cheaper to repeat than to tell."""
    if asks_model(need.source):
        return _answered_sha256(program, need, before) != _texts_sha256(program, need, after.event)
    if before.event == after.event and before.now == after.now:
        return False
    reader = None if is_replaced(need.source, program.config) else _READERS.get(need.source)
    return reader is None or reader(program, need, before) != reader(program, need, after)


def _read_fields(program: Program, need: Need, facts: Facts) -> object:
    """The texts of the paths, and what gives a text its place: the kind of the subject, and whole lists."""
    payload = facts.event.payload
    paths = input_paths(need.source, need.arguments, program.config.model_tasks)
    kind = next((key for key in SUBJECT_KEYS if key in payload), None)
    return kind, read_texts(payload, paths), [payload.get(path.partition("[")[0]) for path in paths]


def _read_duplicate(program: Program, need: Need, facts: Facts) -> object:
    from rulewright.facts.duplicates import query_issue

    try:
        return query_issue(facts.event, need.arguments.get("in"), facts.now)
    except RulewrightError as error:
        return error.message


def _read_login(program: Program, need: Need, facts: Facts) -> object:
    from rulewright.facts.permission import read_login

    return subject(facts.event), read_login(facts.event.payload, need.arguments["permission"])


_READERS: Final[Mapping[str, Callable[[Program, Need, Facts], object]]] = {
    "detect": _read_fields,
    "required_fields": _read_fields,
    "related_docs": _read_fields,
    "duplicates": _read_duplicate,
    "permission": _read_login,
}
"""Source → what of the event and the time its facts are made of."""
