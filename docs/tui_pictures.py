"""Pictures of the terminal interface in docs/images/tui-*.svg: `python docs/tui_pictures.py [--check]`.

The application runs headless with a fixed time, size and theme, keys are pressed, and each cell of the screen is drawn
as SVG. A picture holds text and rectangles alone: no font, no script, no link. It is masked as the screen is.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if (
    __name__ == "__main__"
):  # before Textual is imported: the pictures do not depend on the terminal of who makes them
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "TEXTUAL_COLOR_SYSTEM"):
        os.environ.pop(name, None)
    os.environ["TEXTUAL_ANIMATIONS"] = "none"

from terminal_svg import BACKGROUND, PLAIN, Piece, draw_terminal

from rulewright_tui.app import RulewrightTui
from rulewright_tui.command import Options, prepare
from rulewright_tui.glyphs import UNICODE

if TYPE_CHECKING:
    from rich.color import Color
    from textual.pilot import Pilot
    from textual.strip import Strip

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = ROOT / "docs" / "images"
NOW: Final = "2026-01-05T09:00:00Z"
THEME: Final = "textual-dark"


class Picture(NamedTuple):
    """One picture: the events, the policies, the keys that are pressed, and the alternative text."""

    name: str
    label: str
    events: tuple[str, ...]
    keys: tuple[str, ...] = ()
    paths: tuple[str, ...] = ("rules",)
    size: tuple[int, int] = (132, 40)


ISSUE: Final = "examples/events/issue-opened.json"
PICTURES: Final = (
    Picture(
        "tui-inspect",
        "The screen Inspect: rules of an example issue, why one matched, its YAML, the plan and the event",
        (ISSUE,),
    ),
    Picture(
        "tui-edit",
        "The same event after an edit of its body: rules, plan and titles mark what differs",
        (ISSUE,),
        ("6", "down", "e", "ctrl+u", *"The app shows a crash.", "enter", "2"),
    ),
    Picture(
        "tui-case",
        "A decision as a case of the policy's test file: the lines that are added, and that they pass",
        (ISSUE,),
        ("end", "t"),
        paths=("rules/triage/intake.yaml", "rules/triage/types.yaml"),
        size=(100, 24),
    ),
    Picture(
        "tui-gate",
        "A gate: objectives worst first, and the distribution of one against its limit",
        ("examples/events/measurement-slow.json",),
        ("down",),
        paths=("rules/slo",),
        size=(132, 32),
    ),
    Picture(
        "tui-promotion",
        "A promotion: stages, and each requirement of a transition with its result",
        ("examples/events/promotion-request.json",),
        ("3", "z"),
        paths=("rules/promotion",),
        size=(100, 32),
    ),
)


async def draw_picture(picture: Picture) -> str:
    """The SVG of a picture."""
    options = Options(picture.paths, picture.events, now=NOW)
    app = RulewrightTui(prepare(options)._replace(glyphs=UNICODE))
    async with app.run_test(size=picture.size) as pilot:
        app.theme = THEME
        await _settle(app, pilot)
        for key in picture.keys:
            await pilot.press({" ": "space", ".": "full_stop"}.get(key, key))
        await _settle(app, pilot)
        strips = app.screen._compositor.render_strips()
        return draw_terminal(
            [read_pieces(strip) for strip in strips], picture.size[0], picture.label, background="#121212"
        )


async def _settle(app: RulewrightTui, pilot: Pilot[None]) -> None:
    """Wait until everything is decided and drawn."""
    await pilot.pause()
    while not app.is_settled:
        await pilot.pause()
    await pilot.pause()


def read_pieces(strip: Strip) -> list[Piece]:
    """The pieces of a line of the screen."""
    pieces = []
    for segment in strip:
        style = segment.style
        text, colour, back = segment.text, PLAIN, ""
        if style is not None:
            colour, back = _hex(style.color) or PLAIN, _hex(style.bgcolor)
            if style.reverse:
                colour, back = back or BACKGROUND, colour
        bold = bool(style is not None and style.bold)
        pieces.append(Piece(text, colour, bold, back, segment.cell_length))
    return pieces


def _hex(colour: Color | None) -> str:
    return "" if colour is None or colour.is_default else colour.get_truecolor().hex


async def _draw_all() -> dict[Path, str]:
    return {FOLDER / f"{picture.name}.svg": await draw_picture(picture) for picture in PICTURES}


def main() -> int:
    """Write the pictures; with --check only name those that differ, and return 1 when there are any."""
    os.chdir(ROOT)
    check = "--check" in sys.argv[1:]
    differing = 0
    for path, text in asyncio.run(_draw_all()).items():
        if path.is_file() and path.read_text("utf-8") == text:
            continue
        differing += 1
        if check:
            print(f"differs: {path.relative_to(ROOT)}")
        else:
            path.write_text(text, "utf-8")
    return 1 if check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
