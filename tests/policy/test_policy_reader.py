"""From files to policies."""

from __future__ import annotations

import pytest

from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright.policy.document import read_documents
from rulewright.policy.model import ConditionGroup, Expression, Match
from rulewright.policy.policy_parser import parse_policy
from rulewright.policy.policy_reader import read_policies

HEAD = (
    "apiVersion: rulewright/v1\nkind: Triage\n"
    "metadata: {name: intake, owner: me, description: First.}\non: [issues]\n"
)


def parsed(text):
    (document,), _ = read_documents("policy.yaml", text.encode())
    policy, findings = parse_policy(document)
    assert findings == ()
    return policy


def condition(text):
    policy = parsed(f"{HEAD}rules:\n  - {{id: a, when: {text}, then: [close]}}\n")
    return policy.rules[0].when if policy.rules else None


def test_a_policy_keeps_everything_with_its_place():
    policy = parsed(
        HEAD + "mode: observe\nlet:\n  pii: {detect: pii, in: [title]}\nlists: {owners: [a, b]}\n"
        "templates: {hello: Hi}\nskip:\n  - {id: human, when: {labels: [x]}}\n"
        "rules:\n  - id: first\n    description: Why.\n    when: {title: x}\n"
        "    then: [close, {add_labels: [bug]}]\n    stop: true\n"
    )
    assert (policy.kind, policy.name, policy.mode, policy.owner) == ("Triage", "intake", "observe", "me")
    assert (policy.on, policy.on_spans[0].line, policy.span.line) == (("issues",), 4, 3)
    assert (policy.let["pii"].source, policy.let["pii"].arguments["in"]) == ("detect", ["title"])
    assert policy.let["pii"].span.line == 7
    assert policy.lists == {"owners": ("a", "b")}
    assert policy.templates["hello"].text == "Hi"
    assert policy.skip[0].id == "human"
    (rule,) = policy.rules
    assert (rule.id, rule.description, rule.stop, rule.span.line) == ("first", "Why.", True, 13)
    assert [(use.name, use.arguments, use.span.column) for use in rule.then] == [
        ("close", None, 12),
        ("add_labels", ["bug"], 20),
    ]
    assert policy.complete


def test_conditions_by_their_forms():
    scalar = condition("{state: open}")
    assert isinstance(scalar, Match)
    assert (scalar.path, scalar.matcher, scalar.value, scalar.on_missing) == ("state", "eq", "open", None)
    members = condition("{state: [open, closed]}")
    assert isinstance(members, Match)
    assert (members.matcher, members.value) == ("in", ["open", "closed"])
    several = condition("{age: {gt: 1d, lt: 2d, on_missing: false}}")
    assert isinstance(several, ConditionGroup)
    assert several.operator == "all"
    assert [(m.matcher, m.on_missing) for m in several.children] == [("gt", False), ("lt", False)]
    beside = condition("{any: [{title: x}, {title: z}], state: open, none: [{body: b}]}")
    assert isinstance(beside, ConditionGroup)
    assert beside.operator == "all"
    first, middle, last = beside.children
    assert isinstance(first, ConditionGroup)
    assert first.operator == "any"
    assert isinstance(middle, Match)
    assert isinstance(last, ConditionGroup)
    assert last.operator == "none"
    assert isinstance(condition("{jmespath: a}"), Expression)


@pytest.mark.parametrize(
    "text", ["{title: null}", "{all: []}", "{}", "{title: {zzz: 1}}", "{any: [{title: null}]}", "x"]
)
def test_a_broken_condition_leaves_its_rule_out(text):
    policy = parsed(f"{HEAD}rules:\n  - {{id: a, when: {text}, then: [close]}}\n")
    assert policy.rules == ()
    assert not policy.complete


def test_gates_and_promotions_subscribe_by_themselves():
    gate = parsed(
        "apiVersion: rulewright/v1\nkind: SLOGate\nmetadata: {name: gate}\n"
        "objectives: [{id: a, source: {json: b}, pass: {lte: 1}}]\n"
    )
    assert (gate.on, gate.objectives[0].id) == (("manual", "measurement"), "a")
    promotion = parsed(
        "apiVersion: rulewright/v1\nkind: Promotion\nmetadata: {name: p}\nenvironments: {prod: {}}\n"
        "transitions: [{id: go, to: prod, requires: [{soak: 1h}, {ready: true}], then: [warn]}]\n"
    )
    (step,) = promotion.transitions
    assert promotion.on == ("manual", "promotion_request")
    assert (step.origin, step.target, len(step.spans)) == ("", "prod", 2)
    assert step.conditions[0] is None
    assert isinstance(step.conditions[1], Match)


def test_other_files_are_passed_over(tmp_path):
    (tmp_path / "a.yaml").write_text(HEAD + "rules: [{id: a, when: {title: x}, then: [close]}]\n")
    (tmp_path / "helm.yaml").write_text("a: {{ .Values.x }}\n")
    (tmp_path / "kargo.yaml").write_text("apiVersion: kargo.akuity.io/v1\nkind: Promotion\n")
    (tmp_path / "a.test.yaml").write_text("apiVersion: rulewright/v1\nkind: PolicyTest\n")
    (tmp_path / "model.yaml").write_text("apiVersion: rulewright/v1\nkind: Model\n")
    policies, findings, files = read_policies([tmp_path])
    assert [policy.name for policy in policies] == ["intake"]
    assert findings == ()
    assert [path.rsplit("/", 1)[1] for path, _ in files] == [
        "a.yaml",
        "helm.yaml",
        "kargo.yaml",
        "model.yaml",
    ]
    assert all(len(digest) == 64 for _, digest in files)


def test_libraries_are_read_checked_and_hashed(tmp_path):
    (tmp_path / "lib.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: Library\n"
        "templates: {hello: Hi}\nlet: {big: {value: 1}}\nlists: {o: [a]}\n"
    )
    policy = tmp_path / "a.yaml"
    policy.write_text(HEAD + "include: [lib.yaml]\nrules: [{id: a, when: {title: x}, then: [close]}]\n")
    (first,), findings, files = read_policies([policy])
    assert findings == ()
    assert (first.templates["hello"].text, first.let["big"].source, first.lists["o"]) == (
        "Hi",
        "value",
        ("a",),
    )
    assert len(files) == 2
    (tmp_path / "lib.yaml").write_text("apiVersion: rulewright/v1\nkind: Library\ntemplate: {hello: Ho}\n")
    (second,), findings, _ = read_policies([policy])
    assert [finding.code for finding in findings] == ["RW203"]
    assert findings[0].span.file.endswith("lib.yaml")
    assert second.sha256 != first.sha256


def test_two_policies_of_one_name(tmp_path):
    text = HEAD + "rules: [{id: a, when: {title: x}, then: [close]}]\n"
    (tmp_path / "a.yaml").write_text(text)
    (tmp_path / "b.yaml").write_text(text)
    _, (finding,), _ = read_policies([tmp_path])
    assert finding.code == "RW231"
    assert finding.span.file.endswith("b.yaml")
    assert "a.yaml:3" in finding.message


def test_all_mistakes_of_all_files_at_once(tmp_path):
    (tmp_path / "a.yaml").write_text(HEAD + "rules: [{id: a, whne: {title: x}, then: [closee]}]\nmode: x\n")
    (tmp_path / "b.yaml").write_text("apiVersion: rulewright/v1\nkind: Triagee\n")
    _, findings, _ = read_policies([tmp_path])
    assert [finding.code for finding in findings] == ["RW203", "RW214", "RW205", "RW201"]


def test_what_cannot_be_read(tmp_path):
    with pytest.raises(UsageError):
        read_policies([tmp_path / "none.yaml"])
    broken = tmp_path / "a.yaml"
    broken.symlink_to(tmp_path / "none")
    with pytest.raises((SourceError, UsageError)):
        read_policies([broken])
