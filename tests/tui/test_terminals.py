"""Terminals without colours, without UTF-8, too small, or none at all; and what ends the application early."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fixtures.terminal import ISSUE, NARROW, WIDE, open_session, run
from rulewright_tui.glyphs import ASCII
from rulewright_tui.keys import footer_keys

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "rulewright", "tui")


@pytest.mark.parametrize(
    "keys", [("1",), ("2",), ("5", "enter"), ("6", "e"), ("E",), ("question_mark",), ("colon",)]
)
def test_no_color_means_no_colour_and_no_grey(keys: tuple[str, ...]) -> None:
    @run
    async def look() -> None:
        async with open_session(ISSUE, has_colours=False, paths=("rules/triage/intake.yaml",)) as session:
            await session.press(*keys)
            styles = [
                segment.style
                for strip in session.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style is not None
            ]
            colours = [colour for style in styles for colour in (style.color, style.bgcolor)]
            assert all(colour is None or colour.is_default for colour in colours)
            assert any(style.bold for style in styles)
            assert any(style.reverse for style in styles)

    look()


def test_without_colours_the_focused_title_has_a_mark() -> None:
    @run
    async def look() -> None:
        async with open_session(
            ISSUE, has_colours=False, size=NARROW, paths=("rules/triage/intake.yaml",)
        ) as session:
            await session.press("3")
            lines = session.text.split("\n")
            assert [line[:6] for line in lines if line[:1] == "▌"] == ["▌3 Why"]
            assert any(line.startswith("2 Rules") for line in lines)

    look()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_without_utf8_everything_is_ascii(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulewright_tui.glyphs.choose_glyphs", lambda encoding: ASCII)

    @run
    async def look() -> None:
        async with open_session(
            ISSUE, size=size, paths=("rules/triage/intake.yaml", "rules/triage/routing.yaml")
        ) as session:
            for keys in (
                ("1",),
                ("2",),
                ("3",),
                ("4",),
                ("6", "e"),
                ("escape", "v"),
                ("v", "question_mark"),
                ("escape", "E"),
            ):
                await session.press(*keys)
                assert session.text.isascii(), [sign for sign in session.text if not sign.isascii()]
            await session.press("escape", "5", "g")
            for _ in range(len(session.rows(5))):
                await session.press("enter")
                assert session.text.isascii(), [sign for sign in session.text if not sign.isascii()]
                if session.app.screen is not session.app.inspect:
                    await session.press("escape")
                await session.press("j")
            await session.press("colon")
            assert session.text.isascii(), [sign for sign in session.text if not sign.isascii()]

    look()


@pytest.mark.parametrize("size", [(20, 5), (59, 15), (60, 14)])
def test_a_terminal_that_is_too_small_says_one_line(size: tuple[int, int]) -> None:
    @run
    async def look() -> None:
        async with open_session(ISSUE, size=size, paths=("rules/triage/intake.yaml",)) as session:
            told = f"60×15 at least; this is {size[0]}×{size[1]}."
            assert session.text.replace("\n", "").replace(" ", "") == told.replace(" ", "")[: size[0] * 5]
            await session.press("j", "6", "e", "Z", "escape")
            await session.pilot.resize_terminal(60, 15)
            await session.settle()
            assert "6 Event" in session.text

    look()


@pytest.mark.parametrize("pane", range(1, 7))
@pytest.mark.parametrize("columns", [60, 80, 120, 200])
def test_the_footer_never_cuts_help_and_quit(pane: int, columns: int) -> None:
    shown = footer_keys(pane, columns)
    assert [key for key, _ in shown[-3:]] == ["?", ":", "^q"]
    assert sum(len(key) + len(words) + 3 for key, words in shown) <= columns


# In a terminal of the system


class Terminal:
    """A command in a pseudo-terminal of 100×30."""

    def __init__(self, *words: str, code: str | None = None, **environ: str) -> None:
        self.master, slave = pty.openpty()
        import fcntl
        import struct
        import termios

        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        command = [sys.executable, "-c", code] if code is not None else [*COMMAND, *words]
        environment = {**os.environ, "TERM": "xterm-256color", **environ}
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=ROOT,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.output = b""

    def read_until(self, text: bytes | None, seconds: float = 60.0) -> bytes:
        """What was written until a text came; None: until the command ended."""
        end = time.monotonic() + seconds
        while (text is None or text not in self.output) and time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    part = os.read(self.master, 65536)
                except OSError:  # the command has ended
                    break
                if not part:
                    break
                self.output += part
        return self.output

    def close(self) -> int:
        self.read_until(None, 20.0)
        try:
            return self.process.wait(20)
        finally:
            self.process.kill()
            os.close(self.master)


@pytest.mark.parametrize(
    ("words", "expected", "told"),
    [
        (("rules", "--event", "missing.json"), 4, "missing.json"),
        (("tests/tui/golden", "--event", ISSUE), 2, "tests/tui/golden"),
        (("rules", "--event", ISSUE, "--now", "yesterday"), 2, "--now is not a timestamp"),
    ],
)
def test_what_cannot_be_opened_is_one_line_before_the_screen(
    words: tuple[str, ...], expected: int, told: str
) -> None:
    terminal = Terminal(*words)
    code = terminal.close()
    text = terminal.output.decode()
    assert code == expected, text
    assert told in text.split("\n")[0]
    assert "\x1b[?1049h" not in text
    assert "Traceback" not in text


@pytest.mark.parametrize("piped", ["stdin", "stderr"])
def test_input_and_error_output_must_be_terminals(piped: str) -> None:
    master, slave = pty.openpty()
    streams = {"stdin": slave, "stdout": subprocess.PIPE, "stderr": slave, piped: subprocess.PIPE}
    command = subprocess.Popen([*COMMAND, "rules", "--event", ISSUE], cwd=ROOT, **streams)  # type: ignore[call-overload]
    os.close(slave)
    _, error = command.communicate(timeout=60)
    text = error if piped == "stderr" else os.read(master, 65536)
    os.close(master)
    assert command.returncode == 2
    name = {"stdin": b"standard input", "stderr": b"standard error"}[piped]
    assert name + b" is not a terminal" in text


def test_without_textual_the_extra_is_named() -> None:
    code = (
        "import importlib.util, sys\n"
        "find = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *more: None if name == 'textual' else find(name, *more)\n"
        "from rulewright.cli.main import main\n"
        "sys.exit(main(['tui', 'rules']))\n"
    )
    terminal = Terminal(code=code)
    assert terminal.close() == 2
    assert b"pip install 'rulewright[tui]'" in terminal.output


def test_an_unexpected_error_ends_with_a_crash_report_and_no_traceback(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from rulewright_tui.app import RulewrightTui\n"
        "def fail(self): raise ZeroDivisionError('sk-1234567890abcdef')\n"
        "RulewrightTui.toggle_all = fail\n"
        "from rulewright.cli.main import main\n"
        f"sys.exit(main(['tui', 'rules', '--event', {ISSUE!r}]))\n"
    )
    terminal = Terminal(code=code, TMPDIR=str(tmp_path))
    assert b"DRY RUN" in terminal.read_until(b"DRY RUN")
    terminal.read_until(b"Quit")
    os.write(terminal.master, b"a")
    exit_code = terminal.close()
    text = terminal.output.decode("utf-8", "replace")
    after = text.rpartition("\x1b[?1049l")[2]
    assert exit_code == 4
    assert "error: unexpected ZeroDivisionError; a report was written to" in after
    assert "Traceback" not in text
    assert "sk-1234567890abcdef" not in after
