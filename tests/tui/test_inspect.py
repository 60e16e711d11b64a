"""The screen Inspect: what is seen at the start, and what each key does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fixtures.terminal import ISSUE, NARROW, ROOT, WIDE, check_golden, open_session, run
from rulewright_tui.screens.document import DocumentScreen
from rulewright_tui.screens.effect import EffectScreen
from rulewright_tui.screens.help import HelpScreen
from rulewright_tui.session.outcome import RuleRef

EVENTS = "examples/events"
PLAIN = "examples/events/issue-labeled.json"


@run
async def test_opens_with_the_first_event_decided_and_its_first_matched_rule_selected() -> None:
    async with open_session(ISSUE) as session:
        assert session.app.inspect.focused_pane == 2
        assert session.app.state.rule == RuleRef("intake", "secret-found")
        assert session.title(2).startswith("2 Rules  ")
        assert "secret-found · matched" in session.title(3)
        assert session.title(4) == "4 Source  rules/triage/intake.yaml:" + str(source_line("secret-found"))
        assert "12 effects" in session.title(5)
        assert session.banner.startswith(" DRY RUN ")
        cursor = session.app.inspect.panes[2].list.current
        assert cursor is not None
        assert cursor.key == RuleRef("intake", "secret-found")


def source_line(rule: str) -> int:
    lines = Path("rules/triage/intake.yaml").read_text("utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if f"id: {rule}" in line)


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_screen_at_the_start(size: tuple[int, int]) -> None:
    @run
    async def look() -> None:
        policies = tuple(f"rules/triage/{name}.yaml" for name in ("intake", "routing", "types"))
        async with open_session(ISSUE, paths=policies, size=size) as session:
            check_golden(f"inspect-{size[0]}x{size[1]}", session.text)

    look()


@run
async def test_numbers_and_tab_go_to_the_panes_in_their_order() -> None:
    async with open_session(ISSUE) as session:
        for number in range(1, 7):
            await session.press(str(number))
            assert session.app.inspect.focused_pane == number
        await session.press("tab")
        assert session.app.inspect.focused_pane == 1
        await session.press("shift+tab", "shift+tab")
        assert session.app.inspect.focused_pane == 5


@run
async def test_a_narrow_terminal_folds_all_panes_but_the_focused_one() -> None:
    async with open_session(ISSUE, size=NARROW) as session:
        for number in range(1, 7):
            await session.press(str(number))
            heights = {pane: session.app.inspect.panes[pane].size.height for pane in range(1, 7)}
            assert heights[number] > 10
            assert [heights[other] for other in range(1, 7) if other != number] == [1] * 5
            for pane in range(1, 7):
                assert session.title(pane)[:7] in session.text


@run
async def test_keys_typed_ahead_belong_to_the_pane_that_the_key_before_opened() -> None:
    async with open_session(EVENTS) as session:
        screen = session.app.inspect
        for key in ("1", "j", "j", "2"):
            await session.pilot.press(key)
        await session.settle()
        assert session.app.state.row == 2
        assert screen.focused_pane == 2


@run
async def test_the_cursor_passes_over_headings() -> None:
    async with open_session(ISSUE) as session:
        rows = session.app.inspect.panes[2].list
        await session.press("g")
        assert rows.cursor == 1
        for _ in range(len(rows.rows)):
            await session.press("j")
            assert rows.current is not None
            assert not rows.current.heading
        await session.press("G", "k", "end", "home", "pagedown", "pageup")
        assert rows.cursor == 1


@run
async def test_next_and_previous_event_are_decided() -> None:
    async with open_session(EVENTS) as session:
        await session.press("n", "n")
        assert session.app.state.row == 2
        assert session.app.state.outcome is not None
        assert session.app.state.outcome.draft.event == session.app.state.archive.event(2)
        await session.press("p")
        assert session.app.state.row == 1
        assert "#38" in session.title(1)


@run
async def test_next_and_previous_rule_keep_the_focus() -> None:
    async with open_session(ISSUE) as session:
        await session.press("3", "right_square_bracket")
        assert session.app.state.rule == RuleRef("intake", "pii-found")
        assert session.app.inspect.focused_pane == 3
        await session.press("left_square_bracket")
        assert session.app.state.rule == RuleRef("intake", "secret-found")


@run
async def test_enter_goes_deeper_and_escape_back() -> None:
    async with open_session(ISSUE) as session:
        await session.press("1", "enter")
        assert session.app.inspect.focused_pane == 2
        await session.press("enter")
        assert session.app.inspect.focused_pane == 3
        await session.press("enter")
        assert session.app.inspect.focused_pane == 4
        await session.press("escape")
        assert session.app.inspect.focused_pane == 2


@run
async def test_an_edit_is_decided_while_it_is_typed_and_kept_by_enter() -> None:
    async with open_session(ISSUE) as session:
        await session.press("6", "e")
        assert session.app.inspect.open_field is not None
        field = session.app.inspect.open_field.input
        assert field.value == "[High Priority] App crashes on startup"
        assert field.cursor_position == len(field.value)
        for _ in range(len(field.value)):
            await session.pilot.press("backspace")
        await session.type("nq")
        assert session.app.inspect.open_field is not None
        assert "title        nq" in " ".join(session.rows(6)) or any("nq" in row for row in session.rows(6))
        assert "changed by your edit" in session.title(2)
        await session.press("enter")
        assert session.app.inspect.open_field is None
        assert session.app.state.is_edited
        assert "• 1 edited" in session.title(6)
        await session.press("u")
        assert not session.app.state.is_edited
        assert session.app.state.outcome is session.app.state.original


@run
async def test_escape_discards_an_edit() -> None:
    async with open_session(ISSUE) as session:
        before = session.app.state.history
        await session.press("6", "e", "X", "Y", "escape")
        assert session.app.state.history == before
        assert not session.app.state.is_edited
        assert "edited" not in session.title(6)


@run
async def test_text_typed_into_a_line_is_text_and_not_keys() -> None:
    async with open_session(ISSUE) as session:
        for key in ("6", "e", "q", "1", "j", "u", "slash", "question_mark", "x"):
            await session.pilot.press(key)
        await session.settle()
        assert session.app.inspect.open_field is not None
        assert session.app.inspect.open_field.input.value.endswith("startupq1ju/?x")
        assert session.app.screen is session.app.inspect


@run
async def test_labels_and_now_change_by_plus_and_minus() -> None:
    async with open_session(PLAIN) as session:
        await session.press("6")
        labels = next(row for row, text in enumerate(session.rows(6)) if text[2:].startswith("labels"))
        session.app.inspect.panes[6].list.move_to(labels)
        await session.press("plus")
        await session.type("new-one")
        await session.press("enter")
        assert any("new-one" in row for row in session.rows(6))
        await session.press("minus")
        field = session.app.inspect.open_field
        assert field is not None
        field.input.value = "new-one"
        await session.press("enter")
        assert not any("new-one" in row.partition("was")[0] for row in session.rows(6))
        now = next(row for row, text in enumerate(session.rows(6)) if text[2:].startswith("now"))
        session.app.inspect.panes[6].list.move_to(now)
        await session.press("plus")
        assert "2026-01-06T09:00:00Z" in session.rows(6)[now]
        await session.press("minus", "minus")
        assert "2026-01-04T09:00:00Z" in session.rows(6)[now]
        assert "now 2026-01-04T09:00Z" in session.banner
        await session.press("x")
        assert "2026-01-05T09:00:00Z" in session.rows(6)[now]
        await session.press("U")
        assert not session.app.state.is_edited


@run
async def test_edits_stay_with_their_event() -> None:
    async with open_session(EVENTS) as session:
        await session.press("n", "6", "e", "Z", "enter", "n")
        assert not session.app.state.is_edited
        await session.press("p")
        assert session.app.state.is_edited
        assert "• 1 edited" in session.title(6)
        assert session.app.state.original is not None
        assert session.app.state.outcome is not session.app.state.original


@run
async def test_a_filter_of_rules_looks_at_hidden_ones_and_puts_the_cursor_on_the_first_hit() -> None:
    async with open_session(PLAIN) as session:
        await session.press("slash")
        await session.type("opened-again")
        assert [row for row in session.rows(2) if "opened-again" in row] != []
        assert session.app.state.rule is not None
        assert "opened-again" in session.app.state.rule.id
        await session.press("enter")
        assert "filter opened-again" in session.title(2)
        await session.press("escape")
        assert session.app.state.rule_filter == ""


@run
async def test_a_filter_of_rules_knows_statuses_and_says_what_it_cannot_read() -> None:
    async with open_session(ISSUE, paths=("rules/triage/intake.yaml",)) as session:
        await session.press("slash")
        await session.type("is:stopped -round")
        rows = [row for row in session.rows(2) if "stopped" in row]
        assert len(rows) > 3
        assert not any("secret-found  " in row for row in session.rows(2))
        await session.type(" is")
        before = session.rows(2)
        await session.type(":nothing")
        assert session.rows(2) == before
        assert "nothing is no value of is:" in session.banner


@run
async def test_find_moves_the_cursor_in_the_source() -> None:
    async with open_session(ISSUE) as session:
        await session.press("4", "slash")
        await session.type("apiVersion")
        rows = session.app.inspect.panes[4].list
        assert rows.current is not None
        assert "apiVersion" in rows.current.text
        await session.press("enter")
        assert session.app.inspect.focused_pane == 4


@run
async def test_all_rules_and_rounds() -> None:
    async with open_session(ISSUE) as session:
        few = len(session.rows(2))
        await session.press("a")
        assert len(session.rows(2)) > few
        await session.press("a")
        assert len(session.rows(2)) == few
        assert session.app.state.outcome is not None
        rounds = session.app.state.outcome.rounds
        assert rounds > 1
        await session.press("r")
        assert f"round 2 of {rounds}" in session.title(3)
        for _ in range(rounds - 1):
            await session.press("r")
        assert session.app.state.round == 1


@run
async def test_zoom_shows_one_pane_alone() -> None:
    async with open_session(ISSUE) as session:
        await session.press("5", "z")
        assert "2 Rules" not in session.text
        assert session.app.inspect.panes[5].size.width == WIDE[0]
        await session.press("escape")
        assert "2 Rules" in session.text


@run
async def test_help_searches_the_keys() -> None:
    async with open_session(ISSUE) as session:
        await session.press("question_mark")
        assert isinstance(session.app.screen, HelpScreen)
        await session.type("undo")
        rows = session.app.screen.list.rows
        assert [rows[index].text.split()[0] for index in range(1, len(rows))] == ["u", "Everywhere", "U"]
        await session.press("escape")
        assert session.app.screen is session.app.inspect


@run
async def test_an_effect_is_shown_in_full() -> None:
    async with open_session(ISSUE) as session:
        await session.press("5")
        rows = session.app.inspect.panes[5].list
        place = next(index for index, text in enumerate(session.rows(5)) if "set title" in text)
        rows.move_to(place)
        await session.press("enter")
        assert isinstance(session.app.screen, EffectScreen)
        assert "-[High Priority] App crashes on startup" in session.text
        assert "+App crashes on startup" in session.text
        await session.press("escape")
        assert session.app.inspect.focused_pane == 5


@run
async def test_the_whole_event_is_edited_as_json() -> None:
    async with open_session(ISSUE) as session:
        await session.press("6", "E")
        assert isinstance(session.app.screen, DocumentScreen)
        await session.press("x")
        assert "line 1, column 1" in session.text
        await session.press("escape")
        assert "esc again discards" in session.text
        await session.press("escape")
        assert not session.app.state.is_edited
        assert session.app.screen is session.app.inspect


@run
async def test_the_plan_is_written_as_plan_out_writes_it(tmp_path: Path) -> None:
    from rulewright.planning.plan_json import plan_json, read_plan
    from rulewright.policy.canonical import canonical_json

    async with open_session(ISSUE) as session:
        target = tmp_path / "plan.json"
        await session.press("5", "w")
        field = session.app.inspect.open_field
        assert field is not None
        assert field.input.value == "plan.json"
        field.input.value = str(target)
        await session.press("enter")
        plan = session.app.state.outcome.plan  # type: ignore[union-attr]
        assert plan is not None
        assert target.read_bytes() == canonical_json(plan_json(plan)) + b"\n"  # a line, as of --plan-out
        assert read_plan(json.loads(target.read_bytes())) == plan
        await session.press("w")
        field = session.app.inspect.open_field
        assert field is not None
        field.input.value = str(target)
        await session.press("enter")
        assert session.app.inspect.open_field is not None
        assert "the file exists" in session.banner


@run
async def test_a_pane_is_copied_masked() -> None:
    async with open_session(ISSUE) as session:
        await session.press("3", "y")
        copied = json.loads(session.app.clipboard)
        assert copied["rule"] == "secret-found"
        await session.press("6", "y")
        assert "sk-1234567890" not in session.app.clipboard


@run
async def test_a_terminal_that_is_too_small_says_so_and_comes_back() -> None:
    async with open_session(ISSUE, size=(40, 10)) as session:
        assert session.text.split("\n")[0] == "60×15 at least; this is 40×10."
        assert session.text.strip().count("\n") == 0
        await session.pilot.resize_terminal(80, 24)
        await session.settle()
        assert "2 Rules" in session.text


@run
async def test_secrets_are_masked_everywhere_but_in_the_line_that_is_edited() -> None:
    secret = "sk-1234567890abcdef"
    assert secret in Path(ISSUE).read_text("utf-8")
    async with open_session(ISSUE) as session:
        for pane in "123456":
            await session.press(pane, "z")
            assert secret not in session.text
            await session.press("z")
        await session.press("6", "j", "e")
        field = session.app.inspect.open_field
        assert field is not None
        assert secret in field.input.value


@run
async def test_quit() -> None:
    async with open_session(ISSUE) as session:
        await session.press("6", "e", "ctrl+q")
        assert session.app.return_code == 0


@run
async def test_keys_typed_ahead_act_in_order_on_the_line_and_after_it() -> None:
    async with open_session(ISSUE) as session:
        letters = [
            {" ": "space", ".": "full_stop"}.get(letter, letter) for letter in "The app shows a crash."
        ]
        await session.press_ahead(
            "6", "down", "e", "ctrl+u", *letters, "left", "backspace", "enter", "2", "right_square_bracket"
        )
        assert session.app.inspect.open_field is None
        history = session.app.state.history
        assert history is not None
        assert history.present.event.payload["issue"]["body"] == "The app shows a cras."
        assert session.app.inspect.focused_pane == 2
        assert "pii-found" in session.title(3)
        await session.press_ahead("2", "slash", *"crash", "enter", "3")
        assert session.app.state.rule == RuleRef("intake", "crash-is-high")
        assert session.app.state.rule_filter == "crash"
        assert session.app.inspect.focused_pane == 3


@run
async def test_the_keys_of_a_test_case_typed_ahead_go_into_its_id() -> None:
    async with open_session(ISSUE) as session:
        await session.press("t")
        await session.press_ahead("ctrl+u", *"typed")
        assert "- id: typed" in session.text
        await session.press("escape")


@run
async def test_the_verdict_of_a_gate_without_data_is_written_as_in_policies() -> None:
    measurement = str(ROOT / "examples/events/measurement.json")
    async with open_session(measurement, paths=("rules/slo/assistant.yaml",)) as session:
        assert session.rows(2)[0].startswith("assistant-slo SLOGate NO_DATA")
