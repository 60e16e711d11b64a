"""Fields as people and templates write them; the closed list of sizes; what the fact looks like."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

import rulewright
from rulewright.events.field_names import SYNONYMS, choose_option, closed_list, fold_name, known_names
from rulewright.facts.required_fields.source import Field, check_fields

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(
    (Path(__file__).parent / "cases.yaml").read_text("utf-8")
)
NAMES = ["summary", "reproduction steps", "expected behaviour", "actual behaviour", "size estimate"]
FIELDS = [Field(name, one_of=closed_list(name)) for name in NAMES]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_what_stands_in_a_text(case: dict[str, Any]) -> None:
    found = check_fields([case["text"]], FIELDS)
    invalid = case.get("invalid", [])
    assert found["values"] == case["values"]
    assert found["invalid"] == invalid
    assert found["present"] == [name for name in NAMES if name in case["values"] and name not in invalid]
    assert found["missing"] == [name for name in NAMES if name not in case["values"]]
    assert found["count"] == len(found["present"])
    assert found["complete"] == (len(found["present"]) == len(NAMES))


def test_later_texts_add_what_is_missing() -> None:
    found = check_fields(["Summary: It stops.\nSize: huge", "Size estimate: epic"], FIELDS)
    assert found["values"] == {"summary": "It stops.", "size estimate": "epic"}
    assert found["invalid"] == []


def test_the_policys_own_names_and_lists() -> None:
    component = Field("component", ("module", "Summary"), ("api", "Web UI"))
    fields = [Field("summary", min_length=10), component]
    found = check_fields(["Summary: short\nModule: `web-ui`"], fields)
    assert (found["invalid"], found["values"]) == (
        ["summary"],
        {"summary": "short", "component": "Web UI"},
    )
    assert check_fields(["Summary: long enough by far"], fields)["present"] == ["summary"]


MACS = (
    "macOS (Apple Silicon)",
    "macOS (Intel)",
    "Linux",
    "Windows 11 (24H2)",
    ">= 3.0",
    "< 3.0",
    "[none]",
    "1 - low",
)


@pytest.mark.parametrize(
    ("said", "chosen"),
    [
        ("macOS (Intel)", "macOS (Intel)"),
        ("macos (intel)", "macOS (Intel)"),
        ("**macOS (Apple Silicon)**", "macOS (Apple Silicon)"),
        ("macOS (Sparc)", None),
        ("macOS", None),
        ("Linux (a remark)", "Linux"),
        ("`linux`", "Linux"),
        ("Windows 11", "Windows 11 (24H2)"),
        ("Windows 11 (23H2)", None),
        (">= 3.0", ">= 3.0"),
        ("< 3.0", "< 3.0"),
        ("3.0", None),
        ("[none]", "[none]"),
        ("none", "[none]"),
        ("1 - low", "1 - low"),
        ("low", "1 - low"),
        ("2 - low", None),
        ("", None),
    ],
)
def test_the_option_that_was_chosen(said: str, chosen: str | None) -> None:
    assert choose_option(said, MACS) == chosen
    found = check_fields([f"### System\n\n{said}\n"], [Field("system", one_of=MACS)])
    assert found["values"].get("system") == (chosen if chosen is not None else said or None)


def test_a_name_of_its_own_wins_over_anothers_other_names() -> None:
    names = known_names({"size": (), "size estimate": (), "description": (), "summary": ()})
    assert (names["size"], names["description"], names["overview"]) == ("size", "description", "summary")
    assert names["estimate"] in ("size", "size estimate")


def test_no_two_usual_names_are_one() -> None:
    every = [fold_name(other) for name, others in SYNONYMS.items() for other in (name, *others)]
    assert len(every) == len(set(every))
    assert all(every)


WORDS = st.text("abcdefgh \n", min_size=1, max_size=30).filter(lambda text: text.strip())
FORMS = [
    "### {name}\n\n{value}\n",
    "{name}: {value}\n",
    "**{name}**\n{value}\n",
    "**{name}:** {value}\n",
    "## {name} (required)\n<!-- fill in -->\n{value}\n",
]


@settings(max_examples=100, deadline=None)
@given(
    st.permutations(NAMES),
    st.lists(st.sampled_from(FORMS), min_size=5, max_size=5),
    st.lists(WORDS, min_size=5, max_size=5),
    st.sampled_from(["xsmall", "Small", "MEDIUM", "large", "epic"]),
)
def test_a_report_in_any_form_and_order_is_complete(
    order: list[str], forms: list[str], words: list[str], size: str
) -> None:
    values = dict(zip(NAMES, words, strict=True)) | {"size estimate": size}
    text = "\n".join(
        form.format(name=name.title(), value=values[name].strip())
        for name, form in zip(order, forms, strict=True)
    )
    found = check_fields([text], FIELDS)
    assert found["complete"]
    assert found["values"]["size estimate"] == size.lower()


@settings(max_examples=150, deadline=None)
@given(st.text() | st.text("#*-_`~:|<>![x] \nSumarysizetm=", max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = check_fields([text], FIELDS)
    assert sorted([*found["missing"], *found["invalid"], *found["present"]]) == sorted(NAMES)
    assert check_fields([text], FIELDS) == found


def test_the_fact_in_a_policy(program: Any, payload: dict[str, Any]) -> None:
    text = """\
let:
  form: { required_fields: { summary: {}, component: { also: [module], one_of: [api, ui] } } }
rules:
  - id: incomplete
    when: { form.complete: false, form.missing: { contains: summary }, form.values.component: api }
    then: [ { comment: { text: "Please add {{ form.missing }}." } } ]
"""
    payload["issue"]["body"] = "Module: API"
    loaded = program(text)
    facts = rulewright.gather(loaded, payload, now="2026-01-05T09:00:00Z")
    assert facts.values["form"] == {
        "complete": False,
        "count": 1,
        "missing": ["summary"],
        "invalid": [],
        "present": ["component"],
        "values": {"component": "api"},
    }
    assert [entry.id for entry in rulewright.evaluate(loaded, facts).policies[0].matched] == ["incomplete"]
    payload["issue"]["body"] = None
    assert rulewright.gather(loaded, payload, now="2026-01-05T09:00:00Z").values["form"]["count"] == 0


def test_names_of_fields_are_folded_once_for_many_events(monkeypatch: pytest.MonkeyPatch) -> None:
    from rulewright.events import field_names
    from rulewright.facts.required_fields import source

    folded: list[str] = []
    real = field_names.fold_name
    monkeypatch.setattr(field_names, "fold_name", lambda text: folded.append(text) or real(text))
    fields = (source.Field("summary", ("a rare name of it",)), source.Field("rare details"))
    first = source.check_fields(["A rare name of it: it stops."], fields)
    assert first["present"] == ["summary"]
    assert "rare details" in folded
    folded.clear()
    assert source.check_fields(["A rare name of it: it stops."], fields) == first
    assert folded == []
    # Other names of a field of the same name are other fields.
    other = source.check_fields(["A rare name of it: it stops."], (source.Field("summary"),))
    assert other["missing"] == ["summary"]
