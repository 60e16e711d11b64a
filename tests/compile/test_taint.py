"""Marks from the event's schema and from models, through facts, conditions and templates, to the sinks: at load."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rulewright.compile.loader import load
from rulewright.policy.diagnostics import PolicyError
from rulewright.program.template import in_addresses

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "apiVersion: rulewright/v1\nkind: {kind}\nmetadata: {{ name: p, owner: t, description: d. }}\n"
KIND = "classify: { input: [title], labels: [bug, docs] }"
STANDING = "{ timeline: labeled, label: approved, by: human, standing: true }"
SAFE = "{ choose: [ { value: x, when: { state: open } } ] }"


def found(tmp_path: Path, text: str, kind: str = "Triage") -> list[tuple[str, str]]:
    (tmp_path / "p.yaml").write_text(HEAD.format(kind=kind) + text)
    try:
        load(tmp_path / "p.yaml", cache=False)
    except PolicyError as error:
        return [(one.code, one.message) for one in error.diagnostics if one.severity == "error"]
    return []


def triage(let: str, then: str, when: str = "state: open") -> str:
    lets = f"let: {{ {let} }}\n" if let else ""
    rule = f"rules: [ {{ id: r, description: d., when: {{ {when} }}, then: [ {then} ] }} ]\n"
    return f"on: [issues.opened]\n{lets}{rule}"


@pytest.mark.parametrize(
    ("let", "then", "code"),
    [
        ("", "set_output: { name: o, value: { fact: issue.title } }", "RW320"),
        ("", "set_output: { name: o, value: 'x {{ issue.body }}' }", "RW320"),
        (f"k: {{ {KIND} }}", "set_output: { name: o, value: { fact: k } }", "RW320"),
        ("j: { jmespath: title }", "set_output: { name: o, value: { fact: j } }", "RW320"),
        ("", "set_output: { name: o, value: { fact: issue.number } }", None),
        ("", "set_output: { name: o, value: { fact: author } }", None),
        ("p: { detect: pii, in: [title] }", "set_output: { name: o, value: { fact: p.count } }", None),
        ("p: { detect: pii, in: [title] }", "set_output: { name: o, value: { fact: p.types } }", "RW320"),
        ("", "comment: { text: 'See https://x.example/?q={{ title }}' }", "RW320"),
        ("", "comment: { text: '[more]({{ issue.body }})' }", "RW320"),
        ("", "comment: { text: '[more](https://x.example/{{ issue.number }}/{{ title }})' }", "RW320"),
        ("", "comment: { text: '<a href=\"{{ title }}\">' }", "RW320"),
        ("", "comment: { text: 'https://x.example/{{ issue.number }} about {{ title }}' }", None),
        (f"k: {{ {KIND} }}", "comment: { text: 'It is {{ k }}.' }", None),
        (f"k: {{ {KIND} }}", "add_labels: [ { fact: k } ]", None),
        (f"k: {{ {KIND} }}", "assign: { fact: k }", "RW309"),
        ("", "assign: { fact: author }", None),
        ("", "notify: { channel: '{{ title }}', text: x }", "RW320"),
        # A model may have chosen a label, in this run or in an earlier one.
        ("", "set_output: { name: o, value: { fact: 'issue.labels[0].name' } }", "RW320"),
        ("", "comment: { text: 'See https://x.example/{{ issue.labels[0].name }}' }", "RW320"),
        ("", "comment: { text: 'It is {{ issue.labels[0].name }}' }", None),
        ("g: { label_group: area }", "set_output: { name: o, value: { fact: g } }", "RW320"),
        (
            "g: { permission: sender, otherwise: { label_group: area } }",
            "set_output: { name: o, value: { fact: g } }",
            "RW320",
        ),
        ("g: { label_group: area }", "assign: { fact: g }", "RW309"),
        ("", "assign: { fact: 'issue.labels[0].name' }", "RW309"),
        ("g: { label_group: area }", "set_label: { group: kind, value: { fact: g } }", None),
        (f"t: {STANDING}", "set_output: { name: o, value: { fact: t.last.label } }", None),
        (
            "t: { timeline: labeled, by: human }",
            "set_output: { name: o, value: { fact: t.last.label } }",
            "RW320",
        ),
    ],
)
def test_text_that_anyone_may_write_reaches_no_sink(
    tmp_path: Path, let: str, then: str, code: str | None
) -> None:
    name = let.partition(":")[0]
    when = f"state: open, {name}: {{ exists: true }}" if let else "state: open"
    codes = [each for each, _ in found(tmp_path, triage(let, then, when))]
    assert set(codes) - {"RW206"} == ({code} if code else set())


def test_the_way_is_told(tmp_path: Path) -> None:
    let = f"k: {{ {KIND} }}, w: {{ jmespath: k }}"
    ((code, message),) = found(tmp_path, triage(let, "set_output: { name: o, value: { fact: w } }"))
    assert (code, "(title → k (classify) → w (jmespath))" in message) == ("RW320", True)


def test_a_list_of_the_policy_is_nobody_s_label(tmp_path: Path) -> None:
    text = triage("", "set_output: { name: o, value: { fact: lists.labels } }")
    assert found(tmp_path, f"lists: {{ labels: [a, b] }}\n{text}") == []


@pytest.mark.parametrize(
    ("let", "condition"),
    [
        ("", "labels: { contains: approved }"),
        ("", "issue.labels: { length: { gt: 0 } }"),
        ("", "label.name: approved"),
        ("", "jmespath: \"contains(labels, 'approved')\""),
        ("g: { label_group: gate }", "g: open"),
        (f"k: {{ {KIND} }}", "k: bug"),
        (f"g: {{ label_group: gate, otherwise: {{ {KIND} }} }}", "g: open"),
        ("p: { detect: pii, in: [issue.body] }", "p.count: 0"),
        ("f: { required_fields: [summary], in: [issue.body] }", "f.complete: true"),
        ("d: { duplicates: issues }", "d.count: 0"),
        ("c: { choose: [ { value: x, when: { title: ok } } ] }", "c: x"),
        ("t: { timeline: comments, by: human }", "t.count: { gt: 0 }"),
        ("t: { timeline: labeled, label: approved, by: bot }", "t.count: { gt: 0 }"),
        ("t: { timeline: labeled, label: approved }", "t.count: { gt: 0 }"),
        ("t: { timeline: labeled, label: approved, by: human }", "t.count: { gt: 0 }"),
        ("t: { timeline: { events: [labeled, assigned] }, by: human }", "t.count: { gt: 0 }"),
        ("t: { timeline: labeled, label: approved, standing: true }", "t.count: { gt: 0 }"),
        ("p: { permission: sender, otherwise: { label_group: gate } }", "p: open"),
        ("", "issue.title: ok"),
        ("", "issue.number: { gt: { fact: issue.title } }"),
    ],
)
def test_nothing_marked_opens_a_gate(tmp_path: Path, let: str, condition: str) -> None:
    lets = f"let: {{ {let} }}\n" if let else ""
    text = (
        f"on: [promotion_request, issues.labeled]\n{lets}artifact: {{ image: ghcr.io/acme/a, identity: digest }}\n"
        "environments: { dev: {}, staging: {} }\n"
        "transitions: [ { id: t, description: d., from: dev, to: staging, requires: [ { "
        f"{condition} }} ] }} ]\n"
    )
    codes = [code for code, _ in found(tmp_path, text, "Promotion")]
    assert "RW411" in codes


def test_what_a_person_labelled_may_open_one(tmp_path: Path) -> None:
    text = (
        "on: [promotion_request, issues.labeled]\n"
        f"let: {{ ok: {STANDING} }}\n"
        "artifact: { image: ghcr.io/acme/a, identity: digest }\nenvironments: { dev: {}, staging: {} }\n"
        "transitions: [ { id: t, description: d., from: dev, to: staging, requires: [ { ok.count: { gt: 0 } } ] } ]\n"
    )
    assert found(tmp_path, text, "Promotion") == []


def test_a_gate_on_labels_says_how_a_person_may_open_it(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text(
        HEAD.format(kind="Promotion") + "on: [promotion_request, issues.labeled]\n"
        "let: { ok: { timeline: labeled, label: approved, by: human } }\n"
        "artifact: { image: ghcr.io/acme/a, identity: digest }\nenvironments: { dev: {}, staging: {} }\n"
        "transitions: [ { id: t, description: d., from: dev, to: staging,\n"
        "  requires: [ { ok.count: { gt: 0 } }, { labels: { contains: approved } } ] } ]\n"
    )
    with pytest.raises(PolicyError) as caught:
        load(tmp_path / "p.yaml", cache=False)
    hints = [one.hint for one in caught.value.diagnostics if one.code == "RW411"]
    wanted = "`{ timeline: labeled, label: NAME, by: human, standing: true }`"
    assert hints == [
        f"check that a person set the label and that it is still set: {wanted}",
        f"check in the timeline who set it: {wanted}, and its `count`",
    ]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("{{ a }}", ()),
        ("https://x/{{ a }} {{ b }}", ("a",)),
        ("https://x/{{ a }}/{{ b }}", ("a", "b")),
        ("[t]({{ a }}) ({{ b }})", ("a",)),
        ("[t]: {{ a }}", ("a",)),
        ("<img src={{ a }}>", ("a",)),
        ("mailto:{{ a }}", ("a",)),
        ("see (https://x) {{ a }}", ()),
    ],
)
def test_what_stands_in_an_address(text: str, paths: tuple[str, ...]) -> None:
    assert in_addresses(text) == paths
