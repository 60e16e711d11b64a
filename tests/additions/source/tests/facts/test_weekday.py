"""`weekday` names the day of the moment of the decision."""

from __future__ import annotations

import pytest
from rulewright.facts.weekday import Weekday

from rulewright.events.model import Event
from rulewright.program.named_facts import Need


@pytest.mark.parametrize(("form", "day"), [("long", "monday"), ("short", "mon")])
def test_the_day_is_that_of_the_moment(form: str, day: str) -> None:
    request = Need("policy", "day", "weekday", {"weekday": form})
    assert Weekday().gather((request,), Event("issues", "opened", {}), "2026-01-05T09:00:00Z") == {"day": day}
