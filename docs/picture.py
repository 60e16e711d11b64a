"""docs/images/plan.svg: what `make demo` shows on a terminal, as it shows it. `python docs/picture.py`.

The command runs in a pseudo-terminal, so that its colours are its own; they are kept as text in the picture.
"""

from __future__ import annotations

import os
import pty
import re
import sys
from pathlib import Path
from typing import Final

from terminal_svg import PLAIN, Piece, draw_terminal

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs" / "images" / "plan.svg"
WORDS: Final = (
    *("rulewright", "evaluate", "rules/triage/intake.yaml"),
    *("--event", "examples/events/issue-opened.json"),
    *("--now", "2026-01-05T09:00:00Z"),
)
COLUMNS: Final = 100

_COLOURS: Final = {
    "31": "#ff8a80",
    "32": "#8bd49c",
    "33": "#f2cc60",
    "34": "#82b1ff",
    "35": "#d7a8ff",
    "36": "#7fdbe0",
}
_FAINT: Final = "#8b98a5"
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


def read_pieces(line: str) -> list[Piece]:
    """The pieces of a line with escape sequences."""
    found, colour, bold = [], "", False
    for number, part in enumerate(_ESCAPE.split(line)):
        if number % 2 == 0:
            if part:
                found.append(Piece(part, colour, bold))
            continue
        codes = part.split(";")
        if codes in ([""], ["0"]):
            colour, bold = "", False
            continue
        colour = next(
            (_COLOURS[code] for code in codes if code in _COLOURS), _FAINT if "2" in codes else PLAIN
        )
        bold = "1" in codes
    return found


def svg(text: str) -> str:
    """The picture of the command and its output."""
    command = [f"$ {' '.join(WORDS[:5])} \\", f"      {' '.join(WORDS[5:])}", ""]
    lines = [read_pieces(line) for line in (*command, *text.rstrip("\n").split("\n"))]
    return draw_terminal(lines, COLUMNS, "A plan as rulewright evaluate prints it")


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
