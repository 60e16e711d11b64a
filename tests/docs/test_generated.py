"""Pages that are made from the code say what the code says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from rulewright.cli.main import COMMANDS
from rulewright.cli.main import rulewright as group

ROOT = Path(__file__).resolve().parent.parent.parent


def script(name: str, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "docs" / name), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_generated_pages_are_current() -> None:
    run = script("generate.py", "--check")
    assert run.stdout + run.stderr == ""
    assert run.returncode == 0


def test_the_picture_shows_what_the_demo_prints() -> None:
    assert script("picture.py", "--check").returncode == 0, "write it anew with: make docs"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    page = (ROOT / "docs" / "cli.md").read_text("utf-8")
    command = group.get_command(click.Context(group), name)
    assert command is not None
    assert command.help
    assert f"## rulewright {name}\n" in page
    section = page.partition(f"## rulewright {name}\n")[2].partition("\n## ")[0]
    section += page.partition("## Options of every command\n")[2].partition("\n## ")[0]
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert [option.name for option in options if not option.help] == []
    missing = [name for option in options for name in option.opts if f"`{name}`" not in section]
    assert missing == []


def test_the_demo_shows_the_command_of_the_picture() -> None:
    """README's picture, and what `make demo` runs, are the same command."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for word in (
        "examples/events/issue-opened.json",
        "rules/triage/intake.yaml",
        "2026-01-05T09:00:00Z",
    ):
        assert word in makefile
        assert word in (ROOT / "docs" / "images" / "plan.svg").read_text("utf-8")


def test_the_pictures_of_the_terminal_interface_show_what_it_draws() -> None:
    run = script("tui_pictures.py", "--check")
    assert run.stdout + run.stderr == "", "make them again with: make docs"
    assert run.returncode == 0


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "images").glob("*.svg")), ids=lambda path: path.name)
def test_a_picture_has_an_alternative_text_and_loads_nothing(path: Path) -> None:
    text = path.read_text("utf-8")
    label = re.search(r'role="img" aria-label="([^"]{20,})"', text)
    assert label is not None
    assert [
        word for word in ("url(h", "href", "@import", "@font-face", "<script", "<image") if word in text
    ] == []


def test_every_picture_that_a_page_shows_has_an_alternative_text() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    shown = [
        match for page in pages for match in re.findall(r"!\[([^\]]*)\]\(([^)]*)\)", page.read_text("utf-8"))
    ]
    assert {Path(target).name for _, target in shown} >= {
        path.name for path in (ROOT / "docs" / "images").glob("tui-*.svg")
    }
    assert [target for words, target in shown if len(words) < 20] == []
