"""What apply does is what the plan says, and the plan of a dry run is the plan that runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rulewright.policy.canonical import digest
from sizes import size

NOW = "2026-01-05T09:00:00Z"
PLANNED = ("state", "labels", "assignees", "milestone", "title", "body", "fields")


def predicted(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What a plan predicts, in the form of `seen`."""
    told = plan["predicted"]
    out = {name: told[name] for name in ("state", "milestone", "title_sha256", "body_sha256", "fields")}
    return {**out, "labels": sorted(told["labels"]), "assignees": sorted(told["assignees"])}


def seen(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "state": state["state"],
        "milestone": state["milestone"],
        "title_sha256": digest(state["title"] or ""),
        "body_sha256": digest(state["body"] or ""),
        "fields": {f"1/{name.partition('/')[2]}": value for name, value in state["fields"].items()},
        "labels": state["labels"],
        "assignees": state["assignees"],
    }


def comments(before: Mapping[str, Any], effects: list[Mapping[str, Any]], bot: str) -> list[tuple[str, str]]:
    """Those that stand after these effects; a masked one is shown as GitHub shows it then, so it is left out."""
    own = {body.partition("\n")[0]: body for who, body in before["comments"] if who == bot}
    for effect in effects:
        if effect["action"] == "comment":
            own[effect["arguments"]["marker"]] = effect["arguments"]["body"]
        elif effect["action"] == "prune_comment":
            del own[effect["arguments"]["marker"]]
    return sorted(
        [one for one in before["comments"] if one[0] != bot] + [(bot, body) for body in own.values()]
    )


def check(here: Any) -> int:
    before = here.repo.state()
    dry, meant = here.plans("--now", NOW)
    assert here.repo.state() == before
    assert [one for one in here.sim.writes if one.path != "/graphql"] == []
    assert here.sim.hooks.all == []
    real, done = here.plans("--now", NOW, apply=True)
    assert [plan["hash"] for plan in meant] == [plan["hash"] for plan in done]
    assert real.code == dry.code
    # Where two policies want different things of one label, neither is done, and both runs say so.
    assert real.code == 0 or (real.code == 5 and "conflict on label" in real.out), real.err
    after, notified = here.repo.state(), []
    by_target = {plan["effects"][0]["target"]: plan for plan in done if plan["effects"]}
    for number, state in after.items():
        plan = by_target.get(f"{here.repo.name}#{number}")
        if plan is None:
            assert state == before[number]
            continue
        told = predicted(plan)
        # The fields of a board are read when a rule speaks of them; those that are not are as they were.
        told["fields"] = {**seen(before[number])["fields"], **told["fields"]}
        assert seen(state) == told, (number, plan["effects"])
        masked = any(
            "comments[" in name
            for effect in plan["effects"]
            if effect["action"] == "mask"
            for name in effect["arguments"]["fields"]
        )
        if not masked:
            assert sorted(state["comments"]) == comments(before[number], plan["effects"], here.bot)
        assert (state["locked"], state["reactions"]) == (
            before[number]["locked"],
            before[number]["reactions"],
        )
        notified += [one["arguments"] for one in plan["effects"] if one["action"] == "notify"]
    assert sorted((one.name, one.body["text"]) for one in here.sim.hooks.all) == sorted(
        (one["channel"], one["text"]) for one in notified
    )
    effects = [effect for plan in done for effect in plan["effects"]]
    records = here.records("effect")
    assert [(one["target"], one["action"], one["rule"]) for one in records] == [
        (one["target"], one["action"], one["rule"]) for one in effects
    ]
    assert {one["status"] for one in records} <= {"applied", "unchanged"}
    assert here.call("journal", "verify", str(here.journal)).code == 0
    return len(effects)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["app", "user"])
def test_apply_does_the_plan_and_nothing_else(stage: Any, kind: str) -> None:
    with stage(issues=15, seed=7, kind=kind) as here:
        assert check(here) > 15


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(size("pasts") + 1))
def test_apply_does_every_plan_and_nothing_else(stage: Any, seed: int) -> None:
    with stage(issues=60, seed=100 + seed, kind=("app", "user")[seed % 2]) as here:
        assert check(here) > 60
