"""docs/images/plan.svg: what `make demo` shows on a terminal, as it shows it. `python docs/picture.py`.

The command runs in a pseudo-terminal, so that its colours are its own; they are kept as text in the picture.
"""

from __future__ import annotations

import os
import pty
import re
import sys
from html import escape
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs" / "images" / "plan.svg"
WORDS: Final = (
    *("rulewright", "evaluate", "rules/triage/intake.yaml"),
    *("--event", "examples/events/issue-opened.json"),
    *("--now", "2026-01-05T09:00:00Z"),
)
COLUMNS: Final = 100
SIZE: Final = 13
ADVANCE: Final = 7.83
"""Width of a character in pixels, 0.602 of the size: the common monospaced fonts have it within a hundredth."""
LINE: Final = 18
MARGIN: Final = 18
BAR: Final = 34

_COLOURS: Final = {
    "31": "#ff8a80",
    "32": "#8bd49c",
    "33": "#f2cc60",
    "34": "#82b1ff",
    "35": "#d7a8ff",
    "36": "#7fdbe0",
}
_PLAIN: Final = "#e6edf3"
_FAINT: Final = "#8b98a5"
_FONTS: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace"
_RUN: Final = re.compile(r"\S+(?: \S+)*")
"""Words one space apart: wider gaps are made by position, for pictures keep no spaces."""
_ESCAPE: Final = re.compile(r"\x1b\[([0-9;]*)m")


def shown() -> str:
    """What the command writes to a terminal of `COLUMNS` columns."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "GITHUB_ACTIONS")}
        found = {**kept, "COLUMNS": str(COLUMNS), "TERM": "xterm-256color", "PYTHONUTF8": "1"}
        os.execve(Path(sys.executable).parent / WORDS[0], list(WORDS), found)
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not part:
            break
        parts.append(part)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
        raise SystemExit(b"".join(parts).decode())
    return b"".join(parts).decode().replace("\r\n", "\n")


def spans(line: str) -> list[tuple[str, str]]:
    """(style, text) of a line with escape sequences."""
    found, style = [], ""
    for number, part in enumerate(_ESCAPE.split(line)):
        if number % 2 == 0:
            if part:
                found.append((style, part))
            continue
        codes = part.split(";")
        if codes in ([""], ["0"]):
            style = ""
            continue
        colour = next(
            (_COLOURS[code] for code in codes if code in _COLOURS), _FAINT if "2" in codes else _PLAIN
        )
        style = f'fill="{colour}"' + (' font-weight="bold"' if "1" in codes else "")
    return found


def svg(text: str) -> str:
    """The picture. Every span is set at its column, so that no font can shift it."""
    command = [f"$ {' '.join(WORDS[:5])} \\", f"      {' '.join(WORDS[5:])}", ""]
    lines = [*command, *text.rstrip("\n").split("\n")]
    width = round(COLUMNS * ADVANCE + 2 * MARGIN)
    height = BAR + len(lines) * LINE + MARGIN
    rows = []
    for number, line in enumerate(lines):
        column, y = 0, BAR + number * LINE + SIZE
        for style, part in spans(line):
            for run in _RUN.finditer(part):
                words = run[0]
                room = f'textLength="{len(words) * ADVANCE:.1f}" lengthAdjust="spacingAndGlyphs"'
                place = f'x="{MARGIN + (column + run.start()) * ADVANCE:.1f}" y="{y}"'
                text = escape(words, quote=False)
                rows.append(f"<text {' '.join(filter(None, (place, room, style)))}>{text}</text>")
            column += len(part)
    dots = "".join(
        f'<circle cx="{MARGIN + 6 + 18 * number}" cy="17" r="5.5" fill="{colour}"/>'
        for number, colour in enumerate(("#ff5f57", "#febc2e", "#28c840"))
    )
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="A plan as rulewright evaluate prints it">'
    )
    back = f'<rect width="{width}" height="{height}" rx="8" fill="#0d1117"/>'
    body = "\n".join(rows)
    font = f'fill="{_PLAIN}" font-size="{SIZE}" font-family="{_FONTS}"'
    return f"{head}\n{back}\n{dots}\n<g {font}>\n{body}\n</g>\n</svg>\n"


def main() -> int:
    """Write the picture; with --check only say whether it is what the command shows, and return 1 if not."""
    wanted = svg(shown())
    if "--check" in sys.argv[1:]:
        return 0 if PICTURE.read_text("utf-8") == wanted else 1
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(wanted, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
