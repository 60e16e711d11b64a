"""No report shows a secret of an event: each way to the reader masks it, and by the same function."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import rulewright
from fixtures.policy_builder import NOW, facts_of, head, issue, program_of
from rulewright.actions.plan import Conflict, Effect, Note, Plan, Precondition
from rulewright.actions.preconditions import describe_precondition
from rulewright.actions.table import describe_effect
from rulewright.cli.duplicates import answer_text
from rulewright.cli.model_classify import label_issues
from rulewright.duplicates.issue import Issue
from rulewright.duplicates.search import Candidate, SearchResult
from rulewright.evaluate.explain import explain
from rulewright.models.classifier.labelled_issue import LabelledIssue
from rulewright.report.applied import format_record
from rulewright.report.evaluation import Evaluation, PolicyView, RuleView
from rulewright.report.explanation import explanation_annotations, explanation_markdown, explanation_text
from rulewright.report.github import command, evaluation_annotations
from rulewright.report.journal import RecordsReport
from rulewright.report.markdown import evaluation_markdown
from rulewright.report.reporter import Page
from rulewright.report.text import evaluation_text
from rulewright.run.journal import Record

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "sk-1234567890abcdef"
TEXT = f"The key {SECRET} is in it"
TARGET = "octo-org/demo#1"

EFFECTS = {
    "a new title": Effect("set_title", TARGET, {"title": TEXT}, "p/r"),
    "an old title": Effect("set_title", TARGET, {"title": "x"}, "p/r", (Precondition("title_is", TEXT),)),
    "a comment": Effect("comment", TARGET, {"body": TEXT}, "p/r"),
    "a message": Effect("fail", TARGET, {"message": TEXT}, "p/r", emission=True),
    "a warning": Effect("warn", TARGET, {"message": TEXT}, "p/r", emission=True),
    "an output": Effect("set_output", TARGET, {"name": "x", "value": TEXT}, "p/r", emission=True),
    "a notification": Effect("notify", TARGET, {"channel": "c", "text": TEXT}, "p/r", emission=True),
    "a new issue": Effect("create_issue", TARGET, {"title": TEXT, "labels": [TEXT]}, "p/r"),
    "a label": Effect("add_labels", TARGET, {"labels": [TEXT]}, "p/r", (Precondition("label_absent", TEXT),)),
    "a milestone": Effect("set_milestone", TARGET, {"milestone": TEXT}, "p/r"),
    "a field": Effect("set_field", TARGET, {"project": "b", "field": "f", "value": TEXT}, "p/r"),
}


def evaluation(effects: tuple[Effect, ...]) -> Evaluation:
    """A view with a secret wherever a text of an event can be."""
    plan = Plan(
        effects=effects,
        hash="0" * 64,
        conflicts=(Conflict(f"title {SECRET}", TARGET, ("p/a", "p/b"), TEXT),),
        notes=(Note("p/r", "assign", TEXT),),
        observed=effects,
        held_back=effects,
    )
    rules = (
        RuleView("r", "undetermined", TEXT),
        RuleView("e", "error", TEXT),
        RuleView("o", "not_matched", TEXT, "objective", detail={"verdict": "FAIL", "shown": SECRET, "n": 1}),
    )
    policies = (PolicyView("p", "Triage", "enforce", "error", "p.yaml", rules),)
    records = tuple(Record(effect, "failed", "", "t", TEXT) for effect in effects)
    return Evaluation(
        "issues",
        "opened",
        f"octo-org/demo@release/{SECRET}",
        "0" * 64,
        policies,
        plan,
        absent={"f": TEXT},
        records=records,
    )


FORMATS: dict[str, Callable[[Evaluation], str]] = {
    "text": evaluation_text,
    "markdown": evaluation_markdown,
    "annotations": lambda shown: "".join(map(command, evaluation_annotations(shown))),
}


@pytest.mark.parametrize("effect", EFFECTS.values(), ids=EFFECTS)
def test_an_effect_in_words(effect: Effect) -> None:
    said = [*describe_effect(effect), *map(describe_precondition, effect.preconditions)]
    assert SECRET not in " ".join(said)
    assert "***" in " ".join(said)


@pytest.mark.parametrize("render", FORMATS.values(), ids=FORMATS)
def test_a_report_of_a_plan(render: Callable[[Evaluation], str]) -> None:
    shown = render(evaluation(tuple(EFFECTS.values())))
    assert SECRET not in shown
    assert SECRET[:12] not in shown
    assert shown.count("***") > 3


def test_the_outcome_of_an_effect() -> None:
    for effect in EFFECTS.values():
        assert SECRET not in format_record(Record(effect, "failed", "", "t", TEXT))


WHEN = "{ all: [ { title: { ne: x } }, { body: { eq: { fact: title } } }, { state: open } ] }"


@pytest.mark.parametrize(
    "render",
    [
        lambda found: explanation_text(found, f"for {SECRET}"),
        lambda found: explanation_markdown(found, f"for {SECRET}"),
        lambda found: "".join(map(command, explanation_annotations(found, f"for {SECRET}"))),
    ],
    ids=FORMATS,
)
def test_an_explanation(render: Callable[[object], str]) -> None:
    program = program_of(head(f"rules:\n  - {{ id: a, when: {WHEN}, then: [close] }}\n"))
    decision = rulewright.evaluate(program, facts_of(issue(title=TEXT, body="b", state="closed")))
    assert SECRET not in render(explain(decision, "intake", "a"))


def test_the_plan_of_a_rule_that_sets_a_title() -> None:
    """Not even what the detectors are unsure of."""
    rule = "{ id: a, when: { title: { contains: x } }, then: [ set_title: { remove: ['[P?]'] } ] }"
    title = "[P1] x sk-12345678"
    facts = facts_of({**issue(title=title, number=1), "repository": {"full_name": "octo-org/demo"}})
    made = rulewright.plan(rulewright.evaluate(program_of(head(f"rules:\n  - {rule}\n")), facts))
    assert made.effects[0].arguments["title"] == "x sk-12345678"
    assert describe_effect(made.effects[0])[2] == "“[P1] x ***” → “x ***”"


def test_a_record_of_the_journal() -> None:
    contents = [
        {
            "kind": "subject",
            "seq": 1,
            "at": "t",
            "target": TARGET,
            "title_before": TEXT,
            "errors": [TEXT],
            "notes": [TEXT],
        },
        {
            "kind": "effect",
            "seq": 2,
            "at": "t",
            "target": TARGET,
            "action": "fail",
            "status": "failed",
            "reason": TEXT,
        },
        {"kind": "run", "seq": 3, "at": "t", "halt": TEXT},
    ]
    report = RecordsReport(contents)
    for shown in (report.text(Page()), report.markdown()):
        assert SECRET not in shown


def test_titles_of_issues_in_a_list() -> None:
    candidate = Candidate("2", 0.9, ("same title",), TEXT, 0.0, NOW, {})
    shown = answer_text(Issue("1", TEXT, "", 0.0, NOW, {}), SearchResult("1", (candidate,), 0.1, "none"))
    assert SECRET not in shown
    assert shown.count("***") == 2


class Shares(list[float]):
    """A row of probabilities."""

    def argmax(self) -> int:
        return self.index(max(self))


def test_titles_of_issues_that_a_classifier_labels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "rulewright.models.classifier.linear_model.predict_probabilities", lambda *_: [Shares([1.0])]
    )
    labelled: Any = LabelledIssue("1", TEXT, "", "bug")
    model: Any = SimpleNamespace(labels=["bug"])
    (report,) = label_issues(model, [labelled], None)
    assert report.text(Page()) == "bug  1.00  1  The key *** is in it\n"
