"""Flips, test cases, filters over many events, and what happens when files change."""

from __future__ import annotations

import json
import shutil
from asyncio import timeout
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from fixtures.terminal import ISSUE, NOW, Session, check_golden, open_session, run
from rulewright_tui.app import RulewrightTui
from rulewright_tui.command import Options, prepare
from rulewright_tui.screens.case import CaseScreen
from rulewright_tui.session.outcome import RuleRef

EVENTS = "examples/events"


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """300 events, one per line; every third is about a crash. One line is no event."""
    event = json.loads(Path(ISSUE).read_text("utf-8"))
    texts = []
    for number in range(300):
        title = f"Crash {number}" if number % 3 == 0 else f"Question {number}"
        texts.append(json.dumps({**event, "issue": {**event["issue"], "number": number + 1, "title": title}}))
    texts[7] = "{no json"
    path = tmp_path / "many.jsonl"
    path.write_text("\n".join(texts) + "\n", "utf-8")
    return path


@run
async def test_a_flip_that_is_tried_turns_the_rule() -> None:
    async with open_session(ISSUE) as session:
        session.app.select_rule(RuleRef("types", "type"))
        await session.settle()
        assert session.app.state.outcome is not None
        await session.press("f")
        assert session.app.state.is_edited, session.banner
        found = next(row for row in session.rows(2) if " type " in row)
        assert "was matched" in found


@run
async def test_a_flip_of_a_stopped_rule_names_the_rule_that_stopped_it_and_changes_nothing() -> None:
    async with open_session(ISSUE) as session:
        session.app.select_rule(RuleRef("intake", "complete"))
        await session.press("f")
        assert not session.app.state.is_edited
        assert "secret-found" in session.banner


@run
async def test_a_test_case_is_shown_named_and_appended(tmp_path: Path) -> None:
    shutil.copytree("rules", tmp_path / "rules")
    target = tmp_path / "rules/triage/types.test.yaml"
    before = target.read_bytes()
    async with open_session(ISSUE, paths=(str(tmp_path / "rules"),)) as session:
        session.app.select_rule(RuleRef("types", "type"))
        await session.press("t")
        assert isinstance(session.app.screen, CaseScreen)
        assert target.read_bytes() == before
        session.app.screen.field.input.value = "seen-on-screen"
        await session.settle()
        assert "passes on the policy as it is" in session.text
        await session.press("enter")
        assert session.app.screen is session.app.inspect
    after = target.read_bytes()
    assert after.startswith(before.rstrip(b"\n"))
    assert b"- id: seen-on-screen" in after
    from rulewright.testing.runner import run_cases

    result = run_cases([str(tmp_path / "rules")])
    assert [case.case.id for case in result.cases if case.status == "failed"] == []


@run
async def test_a_bad_line_is_counted_and_listed_with_its_number(lines: Path) -> None:
    async with open_session(lines=str(lines)) as session:
        assert "300 · 1 unreadable" in session.title(1)
        session.app.select_event(7)
        await session.settle()
        assert "many.jsonl:8" in session.rows(1)[7]
        assert session.app.state.outcome is None


@run
async def test_events_are_filtered_while_typing(lines: Path) -> None:
    async with open_session(lines=str(lines)) as session:
        await session.press("1", "slash")
        await session.type("crash -#1")
        rows = session.rows(1)
        assert len(rows) == len([number for number in range(0, 300, 3) if str(number + 1)[0] != "1"])
        assert all("Crash" in row for row in rows)
        await session.press("enter")
        assert "filter crash" in session.title(1)
        await session.press("escape")
        assert len(session.rows(1)) == 300


@run
async def test_a_filter_that_cannot_be_read_leaves_the_list_as_it_is(lines: Path) -> None:
    async with open_session(lines=str(lines)) as session:
        await session.press("1", "slash")
        await session.type("crash")
        before = session.rows(1)
        await session.type(" is:nothing")
        assert session.rows(1) == before
        assert "nothing is no value of is:" in session.text


@run
async def test_the_tree_counts_over_all_events() -> None:
    names = ("issue-opened", "issue-labeled", "measurement-slow", "promotion-request")
    async with open_session(*(f"{EVENTS}/{name}.json" for name in names)) as session:
        await session.press("v")
        assert session.app.state.results is not None
        assert session.app.state.results.decided == len(session.app.state.archive)
        check_golden("tree-160x50", session.text)
        await session.press("v")
        assert not session.app.state.show_tree


@run
async def test_the_session_is_not_settled_before_the_other_events_are_read() -> None:
    app = RulewrightTui(prepare(Options(("rules/triage/types.yaml",), (ISSUE,), now=NOW)))
    assert not app.is_settled


@run
async def test_an_event_is_counted_once_though_deciding_is_stopped_and_begun_again() -> None:
    async with open_session(ISSUE, f"{EVENTS}/issue-labeled.json") as session:
        session.app.state = session.app.state._replace(results=None, show_tree=True)
        session.app.decide_all()
        session.app._read_rest()
        await session.settle()
        assert session.app.state.results is not None
        assert session.app.state.results.decided == 2


@run
async def test_other_events_are_opened_from_the_commands(lines: Path) -> None:
    async with open_session(ISSUE) as session:
        session.app.overlays.ask_for_events()
        await session.settle()
        session.app.screen.field.input.value = str(lines.parent / "missing.json")  # type: ignore[attr-defined]
        await session.press("enter")
        assert "missing.json does not exist" in session.text
        session.app.screen.field.input.value = str(lines)  # type: ignore[attr-defined]
        await session.press("enter")
        assert session.app.screen is session.app.inspect
        assert "300" in session.title(1)
        assert session.app.state.row == 0


@run
async def test_without_an_event_the_policies_can_be_browsed() -> None:
    async with open_session(size=(80, 24)) as session:
        assert "No event. Give --event, --events or --repo" in session.text
    async with open_session() as session:
        assert "No event. Give --event, --events or --repo" in session.text
        await session.press("v", "down", "down", "3", "e")
        assert "There is no event to edit." in session.banner


async def until(session: Session, holds: Callable[[], bool]) -> None:
    """Wait for something that a thread does; the test fails after 20 seconds."""
    async with timeout(20):
        while not holds():
            await session.pilot.pause()
    await session.settle()


@run
async def test_a_saved_policy_is_taken_up_by_itself(tmp_path: Path) -> None:
    policy = tmp_path / "rules/triage/types.yaml"
    shutil.copytree("rules", tmp_path / "rules")
    async with open_session(ISSUE, paths=(str(tmp_path / "rules"),)) as session:
        session.app.select_rule(RuleRef("types", "type"))
        text = policy.read_text("utf-8")
        policy.write_text(text.replace("id: type\n", "id: type-of-report\n"), "utf-8")
        await until(session, lambda: any("type-of-report" in row for row in session.rows(2)))
        assert session.app.state.original is session.app.state.outcome
        assert "type-of-report" in str(session.app.state.program.policy("types").entries)


@run
async def test_a_broken_policy_keeps_the_last_good_one_and_is_told(tmp_path: Path) -> None:
    policy = tmp_path / "rules/triage/types.yaml"
    shutil.copytree("rules", tmp_path / "rules")
    async with open_session(ISSUE, paths=(str(tmp_path / "rules"),)) as session:
        before = policy.read_text("utf-8")
        policy.write_text(before + "\nnonsense: [\n", "utf-8")
        await until(session, lambda: "last good kept" in session.banner)
        assert "1 error" in session.banner
        finding = next(row for row in session.rows(2) if "RW" in row)
        assert "types.yaml" in finding
        assert any(" type " in row for row in session.rows(2))
        session.app.inspect.panes[2].list.move_to(0)
        await session.press("2", "enter")
        assert session.app.inspect.focused_pane == 4
        assert "types.yaml" in session.title(4)
        policy.write_text(before, "utf-8")
        await until(session, lambda: "policies ✓" in session.banner)


@run
async def test_edits_survive_a_reload(tmp_path: Path) -> None:
    policy = tmp_path / "rules/triage/types.yaml"
    shutil.copytree("rules", tmp_path / "rules")
    async with open_session(ISSUE, paths=(str(tmp_path / "rules"),)) as session:
        await session.press("6", "e", "Z", "enter")
        text = policy.read_text("utf-8")
        policy.write_text(text.replace("id: type\n", "id: other\n"), "utf-8")
        await until(session, lambda: session.app.state.policies.revision > 1)
        assert session.app.state.is_edited
        assert session.app.state.outcome is not None
        assert session.app.state.outcome.decision is not None
        assert session.app.state.outcome.decision.program is session.app.state.program
        assert session.app.state.outcome is not session.app.state.original


@run
async def test_processes_start_while_textual_holds_stderr(
    lines: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from multiprocessing import resource_tracker

    # As outside of tests: nothing of multiprocessing runs yet, and stderr is what the application puts there.
    monkeypatch.setattr(resource_tracker, "getfd", resource_tracker.ResourceTracker().getfd)
    async with open_session(lines=str(lines)) as session:
        with redirect_stderr(session.app._capture_stderr):  # type: ignore[type-var]
            session.app.decide_all()
            await session.settle()
        assert session.app.state.notice == ""
        assert session.app.state.results is not None
        assert session.app.state.results.decided == 300


@run
async def test_a_file_that_cannot_be_read_to_its_end_is_told(lines: Path) -> None:
    async with open_session(lines=str(lines)) as session:
        session.app.state.archive.problems.append("cannot read many.jsonl: gone")
        session.app._read_rest()
        await session.settle()
        assert "cannot read many.jsonl: gone" in session.banner
