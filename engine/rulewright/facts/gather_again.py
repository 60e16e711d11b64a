"""Facts for a second program about the same event: what the first one gathered is taken where it means the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.events.model import Facts
from rulewright.facts.gather import start_facts
from rulewright.facts.gathering import Gathering

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rulewright.events.model import Absent
    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program


def gather_again(
    program: Program, gathered: Facts, gathered_by: Program, *, given: Mapping[str, object] | None = None
) -> Facts:
    """The facts that `program` needs about the event of `gathered`, which `gathered_by` gathered at the same time.

    They are those that `gather` gives without a reader: only what the first program did not ask for is gathered. With
    another configuration nothing is taken. Raises UsageError as `gather` does.
    """
    start = start_facts(program, gathered.event, now=gathered.now, given=given)
    event = start.event
    route = program.route(event.name, event.action)
    if not route.externals:
        return start
    values = dict(start.values)
    absent: dict[str, Absent] = {}
    provenance: dict[str, Mapping[str, object]] = {}
    gathering = _SecondGathering(program, route, event, start.now, values, absent, None, provenance)
    gathering.gathered = gathered
    is_same = program.config.to_json() == gathered_by.config.to_json()
    first = gathered_by.route(event.name, event.action).externals if is_same else ()
    gathering.asked = {need.name: need for need in first}
    return Facts(gathering.run(), start.now, values, absent, provenance)


class _SecondGathering(Gathering):
    """A gathering that first looks among the facts of another one. `asked`: what that one may have asked for."""

    __slots__ = ("asked", "gathered")

    asked: Mapping[str, Need]
    gathered: Facts

    def ask(self, needs: Iterable[Need]) -> None:
        super().ask([need for need in needs if not self._take(need)])

    def _take(self, need: Need) -> bool:
        """Take a fact that was gathered with the same meaning; whether there is one."""
        name, asked = need.name, self.asked.get(need.name)
        if asked is None or not asked.means_the_same(need):
            return False
        if name in self.gathered.values:
            self.values[name] = self.gathered.values[name]
        elif name in self.gathered.absent:
            self.absent[name] = self.gathered.absent[name]
        else:
            return False
        if name in self.gathered.provenance:
            self.provenance[name] = self.gathered.provenance[name]
        return True
