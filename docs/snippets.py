"""The fenced blocks of README and docs, run in a copy of what they speak of.

`python docs/snippets.py --write [FILE…]` writes the output of each console block anew. How blocks are read:

- `console`: lines after `$ ` are commands, the others their output, compared when there is any; a line `…` stands
  for any lines. `sh`: commands only.
- `yaml`: a whole document is validated, a part of a policy is held against the schema.
- `python`: run. `json`: parsed. `text`: shown only.

A comment before a block says more: `<!-- file: PATH -->` (the block is this file), `<!-- exits: 1 -->` (the last
command's exit code), `<!-- not run: REASON -->`.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Block", "Workspace", "blocks", "documents", "outputs", "same"]

ROOT: Final = Path(__file__).resolve().parent.parent
COPIED: Final = ("rules", "examples", "schemas")
COMMANDS: Final = frozenset(("rulewright", "pytest", "python", "cat", "git", "ls"))
ANY: Final = "…"

_FENCE = re.compile(
    r"^(?P<fence>`{3,4})(?P<language>[a-z]+)\n(?P<text>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE
)
_NOTE = re.compile(r"<!-- (file|exits|not run): ([^>]*?) -->\n*\Z")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: where it stands (`start` and `end` are offsets of its text), and what is said of it."""

    file: Path
    line: int
    language: str
    text: str
    start: int
    end: int
    notes: dict[str, str]

    @property
    def place(self) -> str:
        return f"{self.file.relative_to(ROOT).as_posix()}:{self.line}"


def documents() -> list[Path]:
    """README, the guides, and every page of docs/."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(file: Path) -> Iterator[Block]:
    """The fenced blocks of a file, in order."""
    page = file.read_text("utf-8")
    for found in _FENCE.finditer(page):
        line = page.count("\n", 0, found.start()) + 1
        notes = dict(_notes(page[: found.start()]))
        start, end = found.span("text")
        yield Block(file, line, found["language"], found["text"], start, end, notes)


def _notes(before: str) -> Iterator[tuple[str, str]]:
    while note := _NOTE.search(before):
        yield note[1], note[2]
        before = before[: note.start()]


def outputs(text: str) -> list[tuple[str, str | None]]:
    """The commands of a console block, each with the output that is shown, None when none is."""
    found: list[tuple[str, str | None]] = []
    for line in text.splitlines(keepends=True):
        if line.startswith("$ "):
            found.append((line[2:].rstrip("\n"), None))
        elif found and found[-1][0].endswith("\\") and found[-1][1] is None:
            found[-1] = (f"{found[-1][0]}\n{line.rstrip()}", None)
        elif found:
            found[-1] = (found[-1][0], (found[-1][1] or "") + line)
    return found


def same(shown: str, real: str) -> bool:
    """Whether the output is what is shown; a line `…` stands for any lines, `…` in a line for any text."""
    patterns = []
    for line in shown.rstrip().splitlines():
        if line.strip() == ANY:
            patterns.append(r"(?:.*\n)*?")
        else:
            patterns.append(".*".join(re.escape(part) for part in line.rstrip().split(ANY)) + r"[ \t]*\n")
    return re.fullmatch("".join(patterns), real.rstrip() + "\n") is not None


class Workspace:
    """A copy of the folders that pages speak of, where the commands of one page run in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / ".git").mkdir()  # the mark of a repository's root, which includes may not leave
        for name in COPIED:
            shutil.copytree(ROOT / name, folder / name)
        kept = {
            key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "RULEWRIGHT_"))
        }
        self.environment = {
            **kept,
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", ""))),
            "RULEWRIGHT_CACHE_DIR": str(folder / ".cache"),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "PYTHONUTF8": "1",
        }

    def write(self, name: str, text: str) -> Path:
        """Put a block where its comment says."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
        return path

    def run(self, command: str) -> tuple[int, str]:
        """Exit code and everything that is printed. Raises ValueError for a command that pages may not use."""
        word = command.split(maxsplit=1)[0]
        if word not in COMMANDS:
            raise ValueError(f"pages may run {sorted(COMMANDS)}, not {word!r}")
        done = self._run(["bash", "-c", command])
        return done.returncode, done.stdout

    def python(self, code: str) -> tuple[int, str]:
        """Exit code and everything that is printed by a Python block."""
        done = self._run([sys.executable, "-W", "error", "-c", code])
        return done.returncode, done.stdout

    def _run(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )


def rewritten(file: Path) -> str:
    """The page with the real output of every console block that shows some."""
    page = file.read_text("utf-8")
    parts, done = [], 0
    with tempfile.TemporaryDirectory() as folder:
        place = Workspace(Path(folder))
        for block in blocks(file):
            if "file" in block.notes:
                place.write(block.notes["file"], block.text)
            if block.language != "console" or "not run" in block.notes:
                continue
            parts.append(page[done : block.start])
            for command, shown in outputs(block.text):
                real = place.run(command)[1]
                parts.append(f"$ {command}\n")
                if shown is not None:
                    parts.append(shown if same(shown, real) else _tidy(real))
            done = block.end
    return "".join((*parts, page[done:]))


def _tidy(text: str) -> str:
    return "".join(f"{line.rstrip()}\n" for line in text.rstrip().splitlines())


def main() -> int:
    """Rewrite the files named, or all."""
    if sys.argv[1:2] != ["--write"]:
        print(__doc__)
        return 2
    for file in [Path(name).resolve() for name in sys.argv[2:]] or documents():
        if "errors" not in file.parts:
            file.write_text(rewritten(file), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
