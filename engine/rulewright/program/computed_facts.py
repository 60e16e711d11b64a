"""Closures of named facts: `value`, `jmespath`, `label_group` and `choose` are computed, all others were gathered."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from rulewright.policy.quantity import parse_moment
from rulewright.program.closures import build_closure
from rulewright.program.frame import AGE, MISSING, NOW, SUBJECT, FactFailure, gate_key
from rulewright.program.named_facts import OTHERWISE
from rulewright.program.nodes import KindNode
from rulewright.program.truth import ERROR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rulewright.program.compiled_policy import CompiledPolicy
    from rulewright.program.frame import Frame
    from rulewright.program.named_facts import ChoiceCase, FactStep

    FactClosure = Callable[[Frame], object]

NOT_YET: Final = object()


def build_facts(policies: Iterable[CompiledPolicy]) -> dict[str, FactClosure]:
    """Frame key → closure, of named facts, of the age of the subject, and of the judgements of gates."""
    closures: dict[str, FactClosure] = {AGE: _age}
    for policy in policies:
        for fact in policy.facts.values():
            closures[fact.key] = build_fact(fact.steps, fact.gathered_key)
        if any(entry.role == "objective" for entry in policy.entries):
            closures[gate_key(policy.name)] = partial(_judge_objectives, policy)
    return closures


def _judge_objectives(policy: CompiledPolicy, frame: Frame) -> object:
    nodes = [entry.when for entry in policy.entries if entry.role == "objective"]
    objectives = [node for node in nodes if isinstance(node, KindNode)]
    return objectives[0].decide_together(objectives, frame)


def build_fact(steps: Sequence[FactStep], gathered_key: str) -> FactClosure:
    """The closure of a fact. `gathered_key` is the frame key of its first gathered step, and with `OTHERWISE` at its
    end that of the next one.

    Where a step gives nothing, the next one is asked. What is not gathered yet is unknown: only a null, or
    what could not be had (`MISSING` under `gathered_key`), gives way to the step behind a gathered one.
    """
    if not steps:
        return lambda frame: None
    step, later = steps[0], steps[1:]
    if step.source == "value":
        constant = step.arguments["value"]
        return lambda frame: constant
    if step.is_gathered:
        return _gathered(gathered_key, build_fact(later, gathered_key + OTHERWISE))
    first, rest = _computed(step), build_fact(later, gathered_key)

    def computed(frame: Frame) -> object:
        value = first(frame)
        return rest(frame) if value is None else value

    return computed


def _gathered(key: str, rest: FactClosure) -> FactClosure:
    def gathered(frame: Frame) -> object:
        found: object = frame.get(key, NOT_YET)
        if found is not None and found is not MISSING and found is not NOT_YET:
            return found
        value = None if found is NOT_YET else rest(frame)
        if value is None and found is not None:
            frame.touched = True
        return value

    return gathered


def _computed(step: FactStep) -> FactClosure:
    if step.source == "choose":
        return _choice(step.cases)
    if step.path is not None:
        return _expression(step.path)
    return _label_group(str(step.arguments["label_group"]))


def _expression(path: int) -> FactClosure:
    def computed(frame: Frame) -> object:
        result: object = frame[path]
        if result is ERROR:
            raise FactFailure((frame.errors or {}).get(path, "failed"))
        if result is None:
            if frame.waiting is not None and path in frame.waiting:
                frame.touched = True
            else:  # the value was kept before: read again, to learn of facts that are not there
                frame.getters[path](frame)
        return result

    return computed


def _choice(cases: Sequence[ChoiceCase]) -> FactClosure:
    """The value of the first case that holds; nothing where one before it is not decided."""
    tests = [(None if case.when is None else build_closure(case.when), case.value) for case in cases]

    def choice(frame: Frame) -> object:
        for test, value in tests:
            truth = True if test is None else test(frame)
            if truth is True:
                return value
            if truth is ERROR:
                raise FactFailure("a condition of `choose` failed")
            if truth is None:
                frame.touched = True
                return None
        return None

    return choice


def _label_group(group: str) -> FactClosure:
    """The value behind `group/` of the subject's first label of that group."""
    wanted, depth = group.casefold(), group.count("/") + 1

    def label_value(frame: Frame) -> str | None:
        subject: object = frame.get(SUBJECT)
        labels: object = subject.get("labels") if isinstance(subject, dict) else None
        for label in labels if isinstance(labels, list) else ():
            name = label.get("name") if isinstance(label, dict) else label
            if isinstance(name, str) and name.count("/") >= depth:
                parts = name.split("/", depth)
                if parts[-1] and "/".join(parts[:-1]).casefold() == wanted:
                    return parts[-1]
        return None

    return label_value


def _age(frame: Frame) -> float | None:
    """Seconds from the subject's `created_at` to now."""
    subject: object = frame.get(SUBJECT)
    created: object = subject.get("created_at") if isinstance(subject, dict) else None
    then = parse_moment(created) if isinstance(created, str) else None
    now = parse_moment(frame[NOW])
    return None if then is None or now is None else now - then
