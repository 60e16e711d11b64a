"""Every screen as text, at the two sizes of the design. UPDATE_SCREENS=1 writes them anew."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures.terminal import ISSUE, NARROW, WIDE, Session, check_golden, open_session, run
from rulewright_tui.session.outcome import RuleRef

POLICIES = tuple(f"rules/triage/{name}.yaml" for name in ("intake", "routing", "types"))
SIZES = [pytest.param(size, id=f"{size[0]}x{size[1]}") for size in (WIDE, NARROW)]
GIT = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")


async def open_help(session: Session) -> None:
    await session.press("5")  # drawn before it lies behind another screen
    await session.press("question_mark")


async def open_effect(session: Session) -> None:
    await session.press("5")
    rows = session.app.inspect.panes[5].list
    rows.move_to(next(index for index, text in enumerate(session.rows(5)) if "comment" in text))
    await session.press("enter")


async def open_case(session: Session) -> None:
    session.app.select_rule(RuleRef("types", "type"))
    await session.press("t")


async def open_document(session: Session) -> None:
    await session.press("6")
    await session.press("E")


async def open_events(session: Session) -> None:
    session.app.overlays.ask_for_events()
    await session.settle()


async def edit_the_title(session: Session) -> None:
    await session.press("6", "e", "ctrl+u")
    await session.type("Export fails")
    await session.press("enter")


async def search_the_commands(session: Session) -> None:
    await session.press("colon")
    await session.type("undo")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("help", open_help),
        ("effect", open_effect),
        ("case", open_case),
        ("document", open_document),
        ("open", open_events),
        ("edited", edit_the_title),
    ],
)
def test_a_screen_over_an_issue(name: str, steps: object, size: tuple[int, int]) -> None:
    @run
    async def look() -> None:
        async with open_session(ISSUE, paths=POLICIES, size=size) as session:
            await steps(session)  # type: ignore[operator]
            check_golden(f"{name}-{size[0]}x{size[1]}", session.text)

    look()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("name", "event", "policy", "rule"),
    [
        (
            "gate",
            "measurement-slow",
            "rules/slo/assistant.yaml",
            RuleRef("assistant-slo", "chat-response-p95"),
        ),
        (
            "promotion",
            "promotion-request",
            "rules/promotion/assistant.yaml",
            RuleRef("assistant-promotion", "staging-to-production"),
        ),
    ],
)
def test_a_gate_and_a_promotion(
    name: str, event: str, policy: str, rule: RuleRef, size: tuple[int, int]
) -> None:
    @run
    async def look() -> None:
        async with open_session(f"examples/events/{event}.json", paths=(policy,), size=size) as session:
            session.app.select_rule(rule)
            await session.press("3")
            check_golden(f"{name}-{size[0]}x{size[1]}", session.text)

    look()


@pytest.mark.parametrize("size", SIZES)
def test_a_comparison(size: tuple[int, int], tmp_path: Path) -> None:
    shutil.copytree("rules", tmp_path / "rules")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "Add policies")):
        subprocess.run([*GIT, *words], cwd=tmp_path, check=True)
    policy = tmp_path / "rules/triage/types.yaml"
    policy.write_text(policy.read_text("utf-8").replace("id: type\n", "id: kind\n"), "utf-8")
    events = [f"examples/events/{name}.json" for name in ("issue-opened", "issue-complete")]

    @run
    async def look() -> None:
        async with open_session(*events, paths=(str(policy),), size=size) as session:
            await session.press("c", "enter")
            await session.press("down")
            check_golden(
                f"compare-{size[0]}x{size[1]}", re.sub(r"\([0-9a-f]{7}\)", "(1234567)", session.text)
            )

    look()
