"""The screen Compare: the working tree against a git revision, over all loaded events."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures.terminal import ISSUE, Session, open_session, run
from rulewright.policy.diagnostics import UsageError
from rulewright_tui.command import Options, prepare
from rulewright_tui.screens.compare import Compare

GIT = ("git", "-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose working tree has another label in `types/type` than its last commit."""
    shutil.copytree("rules", tmp_path / "rules")
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-q", "-m", "Add policies")):
        subprocess.run([*GIT, *words], cwd=tmp_path, check=True)
    policy = tmp_path / "rules/triage/types.yaml"
    policy.write_text(policy.read_text("utf-8").replace("id: type\n", "id: kind\n"), "utf-8")
    return tmp_path


def rows(session: Session, pane: int) -> list[str]:
    screen = session.app.screen
    assert isinstance(screen, Compare)
    found = screen.panes[pane].list.rows
    return [found[index].text for index in range(len(found))]


@run
async def test_what_decides_otherwise_is_listed_by_rule_and_by_event(repository: Path) -> None:
    names = ("issue-opened", "issue-complete", "deployment-created")
    events = [f"examples/events/{name}.json" for name in names]
    async with open_session(*events, paths=(str(repository / "rules"),)) as session:
        await session.press("c")
        field = session.app.inspect.open_field
        assert field is not None
        assert field.input.value == "HEAD"
        await session.press("enter")
        assert isinstance(session.app.screen, Compare)
        assert "HEAD (" in session.text
        assert any(row.startswith("types/type ") and "gone" in row for row in rows(session, 1))
        assert any(row.startswith("types/kind ") and "new" in row for row in rows(session, 1))
        assert not any("deployment" in row for row in rows(session, 2))
        assert any("#41" in row for row in rows(session, 2))
        await session.press("slash", "k", "i", "n", "d", "enter")
        assert [row.split()[0] for row in rows(session, 1)] == ["types/kind"]
        await session.press("enter")
        place = next(index for index, row in enumerate(rows(session, 2)) if "#41" in row)
        session.app.screen.panes[2].list.move_to(place)
        await session.press("enter")
        assert session.app.screen is session.app.inspect
        assert "changed since HEAD" in session.title(2)
        assert any("kind" in row and "Δ" in row for row in session.rows(2))
        await session.press("6", "e", "Z", "enter", "u")
        assert "changed since HEAD" in session.title(2)


@run
async def test_an_unknown_revision_is_told_and_changes_nothing(repository: Path) -> None:
    async with open_session(ISSUE, paths=(str(repository / "rules"),)) as session:
        await session.press("c")
        field = session.app.inspect.open_field
        assert field is not None
        field.input.value = "no-such-branch"
        await session.press("enter")
        assert session.app.screen is session.app.inspect
        assert "no-such-branch" in session.banner


def test_an_unknown_revision_on_the_command_line_is_an_error(repository: Path) -> None:
    with pytest.raises(UsageError, match="no-such-branch"):
        prepare(Options((str(repository / "rules"),), (ISSUE,), against="no-such-branch"))


@run
async def test_against_compares_at_once(repository: Path) -> None:
    async with open_session(ISSUE, paths=(str(repository / "rules"),), against="main") as session:
        assert isinstance(session.app.screen, Compare)
        assert "main (" in session.text
        assert "1 decide otherwise" in session.text
        await session.press("escape")
        assert session.app.screen is session.app.inspect


@run
async def test_policies_of_the_working_tree_that_do_not_load_are_told(repository: Path) -> None:
    policy = repository / "rules/triage/routing.yaml"
    policy.write_text(policy.read_text("utf-8").replace("rules:\n", "rules: [\n"), "utf-8")
    async with open_session(ISSUE, paths=(str(repository / "rules"),), against="main") as session:
        assert "1 error in the working tree: its other policies are compared" in session.text
