"""The policies of a session: warm at first, then by what changed; what does not load is told, the last good kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rulewright.policy.diagnostics import UsageError
from rulewright_tui.session.library import Library
from rulewright_tui.session.revision import load_base

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: NAME, owner: team-triage, description: First look at every new issue. }
on: [issues.opened]
rules:
  - { id: crash, description: The title has a word., when: { title: { contains: crash } }, then: [ add_labels: [bug] ] }
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    rules = tmp_path / "rules"
    rules.mkdir()
    for name in ("a", "b"):
        (rules / f"{name}.yaml").write_text(POLICY.replace("NAME", name))
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return rules


def test_nothing_changes_by_preparing(folder: Path) -> None:
    library = Library(["rules"])
    first = library.load_first()
    assert (first.error_count, first.findings, first.revision) == (0, (), 1)
    assert not library.has_changed()
    library.prepare()
    assert library.policies is first
    assert not library.has_changed()


def test_a_saved_policy_is_taken_up(folder: Path) -> None:
    library = Library(["rules"])
    first = library.load_first()
    library.prepare()
    (folder / "a.yaml").write_text(POLICY.replace("NAME", "a").replace("crash }", "stall }"))
    assert library.has_changed()
    second = library.reload()
    assert second.revision == first.revision + 1
    assert second.program.policy("a").sha256 != first.program.policy("a").sha256
    assert library.reload() is second
    assert not library.has_changed()


def test_errors_are_counted_and_the_last_good_decides(folder: Path) -> None:
    library = Library(["rules"])
    library.load_first()
    library.prepare()
    (folder / "b.yaml").write_text(POLICY.replace("NAME", "b").replace("contains", "contain"))
    broken = library.reload()
    assert broken.error_count == 1
    assert broken.broken == broken.kept == (str(Path("rules") / "b.yaml"),)
    assert [policy.name for policy in broken.program.policies] == ["a", "b"]
    (folder / "b.yaml").write_text(POLICY.replace("NAME", "b"))
    assert library.reload().error_count == 0


def test_policies_that_never_loaded(folder: Path) -> None:
    (folder / "b.yaml").write_text(POLICY.replace("NAME", "b").replace("contains", "contain"))
    first = Library(["rules"]).load_first()
    assert [policy.name for policy in first.program.policies] == ["a"]
    assert (first.error_count, first.kept) == (1, ())


def test_text_that_is_not_saved_stays_until_it_is_taken_back(folder: Path) -> None:
    library = Library(["rules"])
    library.load_first()
    assert library.reload({"rules/a.yaml": POLICY.replace("NAME", "c")}).program.policy("c")
    (folder / "b.yaml").write_text(POLICY.replace("NAME", "d"))
    assert [policy.name for policy in library.reload().program.policies] == ["c", "d"]
    assert [policy.name for policy in library.reload({}).program.policies] == ["a", "d"]


def test_a_folder_that_vanishes_is_told(folder: Path) -> None:
    library = Library(["rules"])
    first = library.load_first()
    library.prepare()
    folder.rename(folder.with_name("gone"))
    assert library.has_changed()
    told = library.reload()
    assert "does not exist" in told.problems[0]
    assert told.program.policy("a").sha256 == first.program.policy("a").sha256
    assert library.reload() is told
    folder.with_name("gone").rename(folder)
    assert library.reload().problems == ()


def test_no_policy_at_all(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        Library([str(tmp_path / "gone")]).load_first()
    with pytest.raises(UsageError, match="no policy found"):
        Library([str(tmp_path)]).load_first()


def test_a_warm_first_load_reads_no_yaml(folder: Path) -> None:
    Library(["rules"]).load_first()
    code = (
        "import sys; from rulewright_tui.session.library import Library; Library(['rules']).load_first();"
        "print([name for name in sys.modules if name.startswith(('ruamel', '_ruamel', 'jsonschema', 're2'))])"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_policies_of_a_revision(folder: Path) -> None:
    identity = ("-c", "user.name=Mona", "-c", "user.email=mona@example.org", "-c", "commit.gpgsign=false")
    for words in (("init", "-q", "-b", "main"), ("add", "rules"), ("commit", "-q", "-m", "first")):
        subprocess.run(["git", *identity, *words], cwd=folder.parent, check=True)
    (folder / "a.yaml").unlink()
    base = load_base(["rules"], "main")
    assert base.title == f"main ({base.commit[:7]})"
    assert [policy.name for policy in base.policies.program.policies] == ["a", "b"]
    assert load_base(["rules"], base.commit[:9]).title == base.commit[:7]
    with pytest.raises(UsageError, match="unknown revision"):
        load_base(["rules"], "no-such")


def test_a_change_between_the_first_load_and_the_preparation_is_seen(folder: Path) -> None:
    """The workspace reads the changed file as the present one, and its stamps would never differ."""
    library = Library(["rules"])
    first = library.load_first()
    (folder / "a.yaml").write_text(POLICY.replace("NAME", "a").replace("id: crash", "id: fault"))
    library.prepare()
    assert library.has_changed()
    second = library.reload()
    assert second.revision == first.revision + 1
    assert [entry.id for entry in second.program.policy("a").entries] == ["fault"]
    assert not library.has_changed()


def test_a_policy_that_breaks_before_the_preparation_is_told_and_decides_as_it_was(folder: Path) -> None:
    library = Library(["rules"])
    first = library.load_first()
    (folder / "a.yaml").write_text("apiVersion: rulewright/v1\nkind: [\n")
    library.prepare()
    assert library.has_changed()
    broken = library.reload()
    assert broken.error_count == 1
    assert broken.broken == broken.kept == (str(Path("rules") / "a.yaml"),)
    assert broken.program is first.program
    assert not library.has_changed()
    assert library.reload() is broken
    (folder / "a.yaml").write_text(POLICY.replace("NAME", "a").replace("id: crash", "id: fault"))
    mended = library.reload()
    assert (mended.error_count, mended.kept) == (0, ())
    assert [entry.id for entry in mended.program.policy("a").entries] == ["fault"]
