"""Texts that would steer a terminal or shift its columns: every line has the terminal's width, and nothing acts."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from fixtures.terminal import ISSUE, NARROW, WIDE, Session, open_session, run
from rulewright_tui.screens.effect import EffectScreen
from rulewright_tui.widgets.inert import inert_text

TEXTS = {
    "controls": "a\x1b[31mred\x07\x00b\x9b2Jc\rd\te\x7f\u2028f\x85g",
    "markup": "[bold]x[/bold] [link=http://x]y[/link] [@click=app.quit]q[/] [/unopened]",
    "directions": "abc\u202egnp.exe\u2066x\u2069\u200f",
    "wide": "日本語のタイトル" * 8 + "ｱｲｳ",
    "emoji": "👩‍👩‍👧‍👦 ❤️ 🏳️‍🌈 👍🏽 ☎️ " * 4,
    "combining": "Z" + "\u0300" * 300 + "algo " + "e\u0301" * 20,
    "surrogate": "a\ud800b",
    "scripts": "สวัสดีครับผม" * 4 + "हिन्दी पाठ" * 3,
}
STEERING = {"Cc", "Cs", "Zl", "Zp"}
DIRECTIONS = {"RLO", "LRO", "RLE", "LRE", "PDF", "LRI", "RLI", "FSI", "PDI"}


def check_lines(session: Session, size: tuple[int, int]) -> None:
    strips = session.app.screen._compositor.render_strips()
    assert len(strips) == size[1]
    for strip in strips:
        assert strip.cell_length == cell_len(strip.text) == size[0], strip.text
        acting = [
            sign
            for sign in strip.text
            if unicodedata.category(sign) in STEERING or unicodedata.bidirectional(sign) in DIRECTIONS
        ]
        assert acting == [], strip.text


def event_file(folder: Path, text: str, name: str = "event.json") -> str:
    event = json.loads(Path(ISSUE).read_text("utf-8"))
    event["issue"] |= {"title": text, "body": f"Crash. {text}", "labels": [{"name": text}]}
    event["issue"]["user"]["login"] = text
    path = folder / name
    path.write_text(json.dumps(event))
    return str(path)


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("name", TEXTS)
def test_a_text_of_an_event_is_shown_inert(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    text = TEXTS[name]
    file_name = "".join(sign for sign in text if sign not in "/\x00" and not "\ud800" <= sign <= "\udfff")[
        :30
    ]

    @run
    async def look() -> None:
        policies = ("rules/triage/intake.yaml", "rules/triage/routing.yaml")
        async with open_session(
            event_file(tmp_path, text, f"{file_name}.json"), size=size, paths=policies
        ) as session:
            for pane in "123456":
                await session.press(pane)
                check_lines(session, size)
            await session.press("g", "e")
            assert session.app.inspect.open_field is not None
            check_lines(session, size)
            await session.press("escape", "E")
            check_lines(session, size)
            await session.press("escape", "5", "g")
            for _ in range(len(session.rows(5))):
                await session.press("enter")
                if isinstance(session.app.screen, EffectScreen):
                    check_lines(session, size)
                    await session.press("escape")
                await session.press("j")
            session.app.say(text)
            await session.settle()
            check_lines(session, size)
            for pane in "16":
                await session.press(pane, "y")

    look()


@run
async def a_long_line(path: str) -> None:
    async with open_session(path, paths=("rules/triage/routing.yaml",)) as session:
        for pane in "16":
            await session.press(pane)
            check_lines(session, WIDE)
        await session.press("g", "e")
        assert session.app.inspect.open_field is None
        assert "too long for a line" in session.banner


def test_a_megabyte_on_one_line_is_shown_cut(tmp_path: Path) -> None:
    a_long_line(event_file(tmp_path, "x" * 1_000_000))


@run
async def test_markup_in_a_notice_is_text() -> None:
    async with open_session(ISSUE, paths=("rules/triage/routing.yaml",)) as session:
        session.app.say("[bold]x[/bold]")
        await session.settle()
        assert "[bold]x[/bold]" in session.text
        await session.press("6", "e")
        field = session.app.inspect.open_field
        assert field is not None
        field.tell("[red]no[/red]")
        await session.settle()
        assert "[red]no[/red]" in session.text


@settings(deadline=None)
@given(st.text(max_size=60), st.booleans())
def test_an_inert_text_keeps_its_width_and_does_nothing(text: str, ascii_only: bool) -> None:
    clean = inert_text(text, ascii_only=ascii_only)
    assert cell_len(clean) == cell_len(text)
    assert not [sign for sign in clean if unicodedata.category(sign) in STEERING]
    assert clean.isascii() or not ascii_only
