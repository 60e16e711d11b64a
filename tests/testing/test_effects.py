"""Expected effects against planned ones: parts of arguments, short forms, pairing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.actions.plan import Effect
from rulewright.program.program import Program
from rulewright.testing.effects import match_effects
from rulewright.testing.model import WantedEffect

NONE = Program((), ())


def effect(action, rule="p/r", also=(), **arguments):
    return Effect(action, "o/r#1", arguments, rule, also=also)


FITS = [
    (("add_labels", ["b", "a"]), effect("add_labels", labels=["a", "b"])),
    (("add_labels", "a"), effect("add_labels", labels=["a"])),
    (("add_labels", {"labels": ["a"]}), effect("add_labels", labels=["a"])),
    (("assign", "mona"), effect("assign", users=["mona"])),
    (
        ("set_label", "severity/high"),
        effect("set_label", group="severity", value="high", label="severity/high"),
    ),
    (("set_label", {"value": "high"}), effect("set_label", group="severity", value="high", label="x")),
    (("close", "not_planned"), effect("close", reason="not_planned")),
    (("notify", "oncall"), effect("notify", channel="oncall", text="x")),
    (("notify", {"text": "part"}), effect("notify", channel="oncall", text="a part of it")),
    (("comment", {"text": "part"}), effect("comment", marker="m", body="a part of it")),
    (("mask", {"fields": ["b", "a"]}), effect("mask", fact="pii", fields=["a", "b"])),
    (("set_field", {"project": 1.0}), effect("set_field", project=1, field="Status", value="Done")),
    (("fail", "why"), effect("fail", message="this is why")),
    (("comment", {"rule": "r"}), effect("comment")),
    (("comment", {"rule": "q/s"}), effect("comment", also=("q/s",))),
    (("comment", None), effect("comment", body="anything")),
]
DIFFER = [
    (("add_labels", ["a"]), effect("add_labels", labels=["a", "b"])),
    (("add_labels", ["a", "a"]), effect("add_labels", labels=["a", "b"])),
    (("add_labels", ["a"]), effect("remove_labels", labels=["a"])),
    (("mask", {"feilds": ["a"]}), effect("mask", fields=["a"])),
    (("set_field", {"value": True}), effect("set_field", value=1)),
    (("set_field", {"value": "1"}), effect("set_field", value=1)),
    (("comment", {"rule": "other"}), effect("comment")),
    (("comment", "template"), effect("comment", body="template")),
    (("close", None), effect("reopen")),
]


@pytest.mark.parametrize(("want", "planned"), FITS)
def test_fits(want, planned):
    assert match_effects([WantedEffect(*want)], [planned], NONE) == ((), ())


@pytest.mark.parametrize(("want", "planned"), DIFFER)
def test_differs(want, planned):
    assert match_effects([WantedEffect(*want)], [planned], NONE) == ((0,), (planned,))


def test_a_loose_expectation_leaves_the_narrow_one_its_effect():
    one, two = effect("comment", body="one"), effect("comment", body="two")
    loose, narrow = WantedEffect("comment"), WantedEffect("comment", {"text": "one"})
    for wanted in ([loose, narrow], [narrow, loose]):
        for planned in ([one, two], [two, one]):
            assert match_effects(wanted, planned, NONE) == ((), ())


@settings(max_examples=150)
@given(st.lists(st.sampled_from("abc"), max_size=5), st.lists(st.sampled_from("abc"), max_size=5))
def test_all_and_only(wanted, planned):
    """Over single labels the comparison is that of multisets."""
    missing, extra = match_effects(
        [WantedEffect("add_labels", one) for one in wanted],
        [effect("add_labels", labels=[one]) for one in planned],
        NONE,
    )
    assert (not missing and not extra) == (sorted(wanted) == sorted(planned))
    assert len(wanted) - len(missing) == len(planned) - len(extra)
