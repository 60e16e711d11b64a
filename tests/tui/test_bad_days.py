"""Bad input and bad days: told in place, and the session goes on."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from fixtures.terminal import ISSUE, open_session, run
from rulewright.policy.diagnostics import SourceError, UsageError
from rulewright_tui.command import Options, prepare
from rulewright_tui.session.outcome import RuleRef

ROUTING = "rules/triage/routing.yaml"
LOOP = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: loop, owner: team, description: Two rules that undo each other. }
on: [issues]
rules:
  - id: add
    description: Adds what the other takes away.
    when: { labels: { contains_none: [flip] } }
    then: [ { add_labels: [flip] } ]
  - id: take
    description: Takes away what the other adds.
    when: { labels: { contains: flip } }
    then: [ { remove_labels: [flip] } ]
"""


def lines_file(folder: Path, count: int) -> Path:
    event = json.loads(Path(ISSUE).read_text("utf-8"))
    path = folder / "many.jsonl"
    texts = [json.dumps({**event, "issue": {**event["issue"], "number": n + 1}}) for n in range(count)]
    path.write_text("\n".join(texts) + "\n")
    return path


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"title": "\xff"}', "line 1, column 12"),
        (b"{}", "b-bad.json"),
        (b"[1, 2]", "b-bad.json"),
        (b'{"a": ', "b-bad.json"),
        (b"", "b-bad.json"),
    ],
)
def test_an_event_that_cannot_be_read_is_told_in_its_row(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "b-bad.json").write_bytes(content)
    shutil.copy(ISSUE, tmp_path / "a-good.json")

    @run
    async def look() -> None:
        async with open_session(str(tmp_path), paths=(ROUTING,)) as session:
            await session.press("n")
            assert session.app.state.row == 1
            assert told in session.rows(1)[1]
            assert "1 unreadable" in session.title(1)
            await session.press("6", "e", "escape", "f", "t", "5", "enter", "y", "p")
            assert session.app.state.outcome is not None

    look()


@run
async def a_file_vanishes(folder: Path) -> None:
    async with open_session(str(folder), paths=(ROUTING,)) as session:
        (folder / "b.json").unlink()
        await session.press("n")
        assert "b.json" in session.app.state.event_error
        assert any("b.json" in row for row in session.rows(2))
        await session.press("p")
        assert session.app.state.outcome is not None


def test_a_file_that_vanishes_is_told_when_it_is_selected(tmp_path: Path) -> None:
    for name in ("a.json", "b.json"):
        shutil.copy(ISSUE, tmp_path / name)
    a_file_vanishes(tmp_path)


def test_links_in_a_circle_are_told(tmp_path: Path) -> None:
    shutil.copy(ISSUE, tmp_path / "a.json")
    (tmp_path / "b.json").symlink_to(tmp_path / "c.json")
    (tmp_path / "c.json").symlink_to(tmp_path / "b.json")

    @run
    async def look() -> None:
        async with open_session(str(tmp_path), paths=(ROUTING,)) as session:
            assert "2 unreadable" in session.title(1)
            await session.press("n")
            assert "b.json" in session.app.state.event_error

    look()


@run
async def a_file_changes(path: Path) -> None:
    async with open_session(lines=str(path), paths=(ROUTING,)) as session:
        with path.open("a") as stream:
            stream.write(json.dumps({"number": 1}) + "\n")
        await session.press("n")
        assert session.app.state.outcome is not None
        assert len(session.app.state.archive) == 200
        path.write_text("{}\n")
        await session.press("n")
        assert "has changed since it was read" in session.app.state.event_error
        await session.press("1", "v", "v", "k")


def test_a_file_of_lines_may_grow_and_one_that_was_rewritten_is_told(tmp_path: Path) -> None:
    a_file_changes(lines_file(tmp_path, 200))


def test_a_loop_in_planning_is_shown_in_the_plan_and_the_rest_works(tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").write_text(LOOP)

    @run
    async def look() -> None:
        async with open_session(ISSUE, paths=(str(tmp_path),)) as session:
            assert "0 effects  1 conflict" in session.title(5)
            assert any("loop/add" in row and "loop/take" in row for row in session.rows(5)), session.rows(5)
            assert "1 matched" in session.title(2)
            assert "add · matched" in session.title(3)
            await session.press("5", "enter", "y", "r", "6", "e", "Z", "enter", "u", "2")
            assert "1 matched" in session.title(2)

    look()


def test_a_plan_that_fails_is_told_in_the_plan_and_the_rest_works(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> object:
        raise SourceError("the plan cannot be made", hint="ask again")

    monkeypatch.setattr("rulewright_tui.session.outcome.decide_and_plan", fail)

    @run
    async def look() -> None:
        async with open_session(ISSUE, paths=(ROUTING,)) as session:
            assert "no plan: the plan cannot be made" in session.title(5)
            assert "ask again" in " ".join(session.rows(5))
            assert "matched" in session.title(2)
            await session.press("5", "enter", "y", "w", "enter")
            assert "there is no plan" in session.text
            await session.press("escape", "r", "6", "e", "Z", "enter", "u", "2")

    look()


@run
async def test_a_now_that_is_none_and_a_fact_that_is_no_json_are_told_in_the_line() -> None:
    async with open_session(ISSUE, paths=("rules/triage/intake.yaml",)) as session:
        before = session.app.state.outcome
        for row, value in (("now", "tomorrow"), ("pii", "{no json")):
            await session.press("6")
            rows = session.app.inspect.panes[6].list
            rows.move_to(next(n for n, text in enumerate(session.rows(6)) if text[2:].startswith(row)))
            await session.press("e")
            field = session.app.inspect.open_field
            assert field is not None
            field.input.value = value
            await session.press("enter")
            assert session.app.inspect.open_field is field
            assert session.app.state.notice != ""
            await session.press("escape")
            assert session.app.state.outcome == before


def test_a_worker_that_dies_is_told_and_what_was_decided_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> object:
        raise SourceError("a worker process ended unexpectedly")
        yield

    monkeypatch.setattr("rulewright_tui.session.bulk.decide_rows", die)

    @run
    async def look() -> None:
        async with open_session(lines=str(lines_file(tmp_path, 120)), paths=(ROUTING,)) as session:
            await session.press("v")
            assert "a worker process ended unexpectedly" in session.banner
            await session.press("v", "n")
            assert session.app.state.outcome is not None

    look()


def test_a_rule_id_in_two_policies_is_two_rules(tmp_path: Path) -> None:
    for name in ("first", "second"):
        text = LOOP.replace("name: loop", f"name: {name}").replace("- id: take", "- id: take")
        (tmp_path / f"{name}.yaml").write_text(text[: text.index("  - id: take")])

    @run
    async def look() -> None:
        async with open_session(ISSUE, paths=(str(tmp_path),)) as session:
            assert session.app.state.rule == RuleRef("first", "add")
            assert session.title(4).endswith("first.yaml:6")
            await session.press("right_square_bracket")
            assert session.app.state.rule == RuleRef("second", "add")
            assert session.title(4).endswith("second.yaml:6")
            assert "2 matched" in session.title(2)

    look()


# Keys that need more than a pane


@run
async def test_the_commands_run_an_action_by_its_words() -> None:
    async with open_session(ISSUE, paths=(ROUTING,)) as session:
        for key in ("colon", "ctrl+p"):
            await session.press(key)
            assert session.app.screen is not session.app.inspect
            await session.type("go to the pane plan")
            await session.app.workers.wait_for_complete()
            await session.press("enter")
            assert session.app.screen is session.app.inspect
            assert session.app.inspect.focused_pane == 5
            await session.press("2")


def test_the_editor_is_opened_at_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from contextlib import nullcontext

    from rulewright_tui.app import RulewrightTui

    started: list[list[str]] = []
    monkeypatch.setenv("EDITOR", "ed -p 'a b'")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(RulewrightTui, "suspend", lambda self: nullcontext())
    monkeypatch.setattr("rulewright_tui.app.subprocess.run", lambda command, **_: started.append(command))

    @run
    async def look() -> None:
        async with open_session(ISSUE, paths=(ROUTING,)) as session:
            file, _, line = session.title(4).removeprefix("4 Source  ").rpartition(":")
            await session.press("4", "o")
            assert started == [["ed", "-p", "a b", f"+{line}", file]]
            monkeypatch.setenv("EDITOR", "")
            await session.press("o")
            assert "Set VISUAL or EDITOR" in session.banner
            assert os.path.exists(file)

    look()


def test_an_editor_that_cannot_be_started_leaves_the_screen_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from collections.abc import Iterator
    from contextlib import contextmanager

    from rulewright_tui.app import RulewrightTui

    resumed: list[str] = []

    @contextmanager
    def suspend(_app: RulewrightTui) -> Iterator[None]:
        yield  # as Textual's: nothing is resumed after an error
        resumed.append("resumed")

    monkeypatch.setenv("EDITOR", "/nowhere/editor")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(RulewrightTui, "suspend", suspend)

    @run
    async def look() -> None:
        async with open_session(ISSUE, paths=(ROUTING,)) as session:
            await session.press("4", "o")
            assert resumed == ["resumed"]
            assert "/nowhere/editor cannot be started" in session.banner

    look()


def test_an_interrupt_while_the_editor_is_open_does_not_end_the_session(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import signal
    from contextlib import nullcontext

    from rulewright_tui.app import RulewrightTui

    monkeypatch.setenv("EDITOR", "ed")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr(RulewrightTui, "suspend", lambda self: nullcontext())
    monkeypatch.setattr(
        "rulewright_tui.app.subprocess.run", lambda *_, **__: os.kill(os.getpid(), signal.SIGINT)
    )

    @run
    async def look() -> None:
        async with open_session(ISSUE, paths=(ROUTING,)) as session:
            handler = signal.getsignal(signal.SIGINT)
            await session.press("4", "o", "3")
            assert session.app.inspect.focused_pane == 3
            assert session.app.failure is None
            assert signal.getsignal(signal.SIGINT) is handler

    look()


@run
async def test_keys_of_the_commands_before_they_are_listed_do_nothing() -> None:
    async with open_session(ISSUE, paths=(ROUTING,)) as session:
        for keys in (
            ("pageup", "pagedown"),
            ("down", "pageup"),
            ("y", "q", "pagedown", "pageup", "backspace", "pageup"),
        ):
            await session.press_ahead("colon", *keys)
            assert session.app.failure is None
            await session.press("escape", "escape")
            assert session.app.screen is session.app.inspect


@run
async def test_the_mouse_opens_panes_and_rows() -> None:
    async with open_session(ISSUE, paths=("rules/triage/intake.yaml",)) as session:
        await session.pilot.click("#title-5")
        await session.settle()
        assert session.app.inspect.focused_pane == 5
        rows = session.app.inspect.panes[2].list
        target = next(
            n for n in range(rows.cursor + 1, len(rows.rows)) if isinstance(rows.rows[n].key, RuleRef)
        )
        await session.pilot.click("#rows-2", offset=(4, target))
        await session.settle()
        assert session.app.state.rule == rows.rows[target].key
        assert session.app.inspect.focused_pane == 2
        await session.pilot.click("#rows-2", offset=(4, target), times=2)
        await session.settle()
        assert session.app.inspect.focused_pane == 3


def test_escape_takes_one_thing_back_at_a_time(tmp_path: Path) -> None:
    @run
    async def look() -> None:
        async with open_session(lines=str(lines_file(tmp_path, 60)), paths=(ROUTING,)) as session:
            inspect = session.app.inspect
            await session.press("1", "slash")
            await session.type("crash")
            await session.press("enter", "z", "slash", "x")
            assert inspect.open_field is not None
            await session.press("escape")
            assert inspect.open_field is None
            await session.press("slash")
            await session.type("crash")
            await session.press("enter", "escape")
            assert session.app.state.event_filter == ""
            assert inspect.is_zoomed
            await session.press("escape")
            assert not inspect.is_zoomed
            assert inspect.focused_pane == 1
            await session.press("escape")
            assert inspect.focused_pane == 2

    look()


def test_next_and_previous_event_stay_within_the_filter(tmp_path: Path) -> None:
    @run
    async def look() -> None:
        async with open_session(lines=str(lines_file(tmp_path, 60)), paths=(ROUTING,)) as session:
            await session.press("1", "slash")
            await session.type("#1")
            await session.press("enter", "2")
            shown = list(session.app.state.rows or ())
            assert 1 < len(shown) < 60
            assert session.app.state.row == shown[0]
            for row in shown[1:]:
                await session.press("n")
                assert session.app.state.row == row
            await session.press("n", "p")
            assert session.app.state.row == shown[-2]
            assert session.app.inspect.focused_pane == 2

    look()


def test_the_error_of_a_worker_is_reported_not_that_a_worker_failed() -> None:
    from textual.worker import WorkerFailed

    from rulewright_tui.app import RulewrightTui
    from rulewright_tui.command import Options, prepare

    app = RulewrightTui(prepare(Options((ROUTING,), (ISSUE,))))
    app._exception = WorkerFailed(ValueError("in a worker"))
    assert isinstance(app.failure, ValueError)


def test_an_issue_needs_its_repository() -> None:
    with pytest.raises(UsageError, match="--issue needs the repository"):
        prepare(Options(("rules/triage/types.yaml",), issues=(41,)))
