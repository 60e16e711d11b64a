"""What models are asked in a case: answered by cassettes, so that a test gives the same result anywhere.

`RULEWRIGHT_MODELS=record rulewright test rules/` asks the providers once, and writes the cassettes to commit.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from rulewright.events.fact_source import Sourced
from rulewright.events.model import Absent
from rulewright.facts.model_tasks import ModelTaskSource, shared_chain
from rulewright.models.models_config import MODE_VARIABLE, read_models_config
from rulewright.policy.fact_sources import asks_model

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.events.model import Event, Facts
    from rulewright.policy.diagnostics import Diagnostic
    from rulewright.program.named_facts import Need
    from rulewright.program.program import Program
    from rulewright.testing.model import Case

ROUNDS = 8


def replay_models(case: Case, program: Program, facts: Facts) -> tuple[Facts, tuple[Diagnostic, ...]]:
    """The facts with the answers to what undecided rules ask models, and findings for those that cannot be replayed.

    Raises UsageError for broken settings of models.
    """
    route = program.route(facts.event.name, facts.event.action)
    values = dict(facts.values)
    models = {need.name for need in route.externals if asks_model(need.source)}
    absent = {name: why for name, why in facts.absent.items() if name not in models}
    provenance: dict[str, Mapping[str, object]] = {}
    findings: list[Diagnostic] = []
    for _ in range(ROUNDS):
        asked = route.needs(facts.event.payload, facts.now, values, absent)
        needs = [need for need in asked if asks_model(need.source)]
        if not needs:
            break
        for need in needs:
            answer = _ask_cassettes(need, program, route.externals, facts.event)
            if answer.provenance is not None:
                provenance[need.name] = answer.provenance
            if isinstance(answer, Sourced):
                values[need.name] = answer.value
                continue
            absent[need.name] = Absent(answer.reason)
            if answer.failed:
                findings.append(_no_answer(case, need.name, answer.reason))
    rest = {name: Absent("not given") for name in models if name not in values and name not in absent}
    return facts._replace(values=values, absent={**absent, **rest}, provenance=provenance), tuple(findings)


def _ask_cassettes(
    need: Need, program: Program, externals: tuple[Need, ...], event: Event
) -> Sourced | Absent:
    """The answer of the models of the policy's own folder: replayed, unless the environment sets another mode."""
    settings = read_models_config(program.config, os.path.dirname(program.policy(need.policy).file))
    if not os.environ.get(MODE_VARIABLE):
        settings = settings._replace(mode="replay")
    return ModelTaskSource(shared_chain(settings), externals).gather_fact(need, event)


def _no_answer(case: Case, name: str, reason: str) -> Diagnostic:
    hint = f"record it ({MODE_VARIABLE}=record rulewright test …), or give `{name}` under `given:`"
    return case.document.diagnostic("RW609", reason, ("cases", case.number), hint=hint)
