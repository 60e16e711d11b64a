"""Loading for an editor: errors cost their own file only, text that is not saved counts, and little is read again."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rulewright
from rulewright.compile import workspace as module
from rulewright.compile.cache import dump_program
from rulewright.compile.loader import check_paths
from rulewright.compile.workspace import Workspace
from rulewright.policy.diagnostics import UsageError

ROOT = Path(__file__).resolve().parents[2]
CONFIG = "apiVersion: rulewright/v1\nkind: Config\n"
LIBRARY = """\
apiVersion: rulewright/v1
kind: Library
metadata: { name: common }
lists: { words: [crash] }
"""


def policy(name: str, word: str = "crash", *, label: str = "bug", include: bool = False) -> str:
    return f"""\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: {name}, owner: team-triage, description: First look at every new issue. }}
on: [issues.opened]
{"include: [common.yaml]" if include else ""}
rules:
  - id: first
    description: The title has a word.
    when: {{ title: {{ {"contains_any: { fact: lists.words }" if include else f"contains: {word}"} }} }}
    then: [ {{ add_labels: [{label}] }} ]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rulewright.yaml").write_text(f"{CONFIG}labels: labels.yml\n")
    (tmp_path / "labels.yml").write_text("- { name: bug }\n- { name: docs }\n")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.yaml").write_text(policy("a"))
    (rules / "b.yaml").write_text(policy("b"))
    (rules / "common.yaml").write_text(LIBRARY)
    (rules / "c.yaml").write_text(policy("c", include=True))
    return rules


def names(workspace: Workspace, overlay: dict[str, str] | None = None) -> list[str]:
    return [policy.name for policy in workspace.load(overlay).program.policies]


def read_files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files as they are read from now on."""
    read: list[str] = []
    original = module.read_bytes

    def note(path: Path) -> bytes:
        read.append(path.name)
        return original(path)

    monkeypatch.setattr(module, "read_bytes", note)
    return read


def test_the_shipped_policies_load_as_by_load() -> None:
    expected = rulewright.load(ROOT / "rules", cache=False)
    loaded = Workspace([ROOT / "rules"]).load()
    assert dump_program(loaded.program) == dump_program(expected)
    assert loaded.findings == check_paths([ROOT / "rules"])
    assert (loaded.broken, loaded.kept, loaded.problems, loaded.error_count) == ((), (), (), 0)


def test_a_broken_file_costs_its_own_policies_only(folder: Path) -> None:
    (folder / "b.yaml").write_text("apiVersion: rulewright/v1\nkind: Triage\nrules: [")
    loaded = Workspace([folder]).load()
    assert [policy.name for policy in loaded.program.policies] == ["a", "c"]
    assert loaded.broken == (str(folder / "b.yaml"),)
    assert loaded.kept == ()
    assert loaded.findings == check_paths([folder])
    assert loaded.error_count >= 1


def test_the_last_good_policies_of_a_broken_file_go_on_deciding(folder: Path) -> None:
    workspace = Workspace([folder])
    good = workspace.load()
    (folder / "b.yaml").write_text(policy("b").replace("contains", "contain"))
    (folder / "a.yaml").write_text(policy("a", "page"))
    broken = workspace.load()
    assert broken.kept == broken.broken == (str(folder / "b.yaml"),)
    assert [each.name for each in broken.program.policies] == ["a", "b", "c"]
    assert broken.program.policy("b") is good.program.policy("b")
    assert broken.program.policy("a").sha256 != good.program.policy("a").sha256
    event = {
        "action": "opened",
        "issue": {"number": 1, "title": "A crash"},
        "repository": {"full_name": "o/r"},
    }
    decision = rulewright.evaluate(
        broken.program, rulewright.gather(broken.program, event, now="2026-01-05T09:00:00Z")
    )
    assert [part.verdict for part in decision.policies] == ["not_matched", "matched", "matched"]
    (folder / "b.yaml").write_text(policy("b", "page"))
    fixed = workspace.load()
    assert (fixed.broken, fixed.kept, fixed.findings) == ((), (), ())


def test_text_that_is_not_saved_counts(folder: Path) -> None:
    workspace = Workspace([folder])
    before = workspace.load().program.policy("a").sha256
    path = os.path.relpath(folder / "a.yaml")
    with_text = workspace.load({path: policy("renamed")}).program
    assert [each.name for each in with_text.policies] == ["renamed", "b", "c"]
    assert not workspace.has_changed()
    assert workspace.load().program.policy("a").sha256 == before


def test_unsaved_text_of_a_library_reaches_what_includes_it(folder: Path) -> None:
    workspace = Workspace([folder])
    before = workspace.load().program
    after = workspace.load({str(folder / "common.yaml"): LIBRARY.replace("crash", "freeze")}).program
    assert after.policy("c").lists == {"words": ("freeze",)}
    assert after.policy("a") is before.policy("a")


def test_only_what_changed_is_read_and_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace = Workspace([folder])
    first = workspace.load()
    read = read_files(monkeypatch)
    assert workspace.load() is first
    assert read == []
    (folder / "a.yaml").write_text(policy("a", "freeze"))
    second = workspace.load()
    assert read == ["a.yaml"]
    assert second.program.policy("b") is first.program.policy("b")
    (folder / "common.yaml").write_text(LIBRARY.replace("crash", "freeze, stall"))
    third = workspace.load()
    assert sorted(set(read[1:])) == ["c.yaml", "common.yaml"]
    assert third.program.policy("c").lists == {"words": ("freeze", "stall")}


def test_a_change_of_the_label_file_is_taken_up(folder: Path) -> None:
    workspace = Workspace([folder])
    assert workspace.load().findings == ()
    (folder.parent / "labels.yml").write_text("- { name: docs }\n")
    assert workspace.has_changed()
    loaded = workspace.load()
    assert len(loaded.broken) == 3
    assert loaded.findings == check_paths([folder])
    (folder.parent / "rulewright.yaml").write_text("labels: [")
    broken = workspace.load()
    assert {Path(finding.span.file).name for finding in broken.findings if finding.code < "RW200"} == {
        "rulewright.yaml"
    }
    assert len(broken.broken) == 3  # the last good labels are in force
    (folder.parent / "rulewright.yaml").unlink()
    assert workspace.has_changed()
    assert workspace.load().findings == ()


def test_an_include_that_appears_is_found(folder: Path) -> None:
    (folder / "common.yaml").unlink()
    workspace = Workspace([folder])
    assert workspace.load().broken == (str(folder / "c.yaml"),)
    (folder / "common.yaml").write_text(LIBRARY)
    assert workspace.has_changed()
    assert workspace.load().broken == ()


def test_changes_are_noticed_by_stamps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder.parent / "shared").mkdir()
    shared = folder.parent / "shared" / "common.yaml"
    shared.write_text(LIBRARY)
    (folder / "c.yaml").write_text(
        policy("c", include=True).replace("[common.yaml]", "[../shared/common.yaml]")
    )
    workspace = Workspace([folder])
    assert workspace.has_changed()
    workspace.load()
    read = read_files(monkeypatch)
    assert not workspace.has_changed()
    (folder / "new.yaml").write_text(policy("new"))
    assert workspace.has_changed()
    assert names(workspace) == ["a", "b", "c", "new"]
    (folder / "new.yaml").unlink()
    assert workspace.has_changed()
    assert names(workspace) == ["a", "b", "c"]
    shared.write_text(LIBRARY.replace("crash", "stall"))
    assert workspace.has_changed()
    workspace.load()
    assert not workspace.has_changed()
    assert set(read) == {"new.yaml", "c.yaml", "common.yaml"}


def test_two_policies_of_one_name(folder: Path) -> None:
    (folder / "b.yaml").write_text(policy("a"))
    loaded = Workspace([folder]).load()
    assert [policy.name for policy in loaded.program.policies] == ["a", "c"]
    assert [finding.code for finding in loaded.findings if finding.severity == "error"] == ["RW231"]


def test_a_file_that_cannot_be_read_is_a_problem(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    loaded = Workspace([folder, folder / "pipe"]).load()
    assert len(loaded.problems) == loaded.error_count == 1
    assert [policy.name for policy in loaded.program.policies] == ["a", "b", "c"]


def test_a_path_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        Workspace([tmp_path / "gone"]).load()


def test_many_edits_do_not_fill_the_table_of_paths(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SPARE_PATHS", 20)
    workspace = Workspace([folder])
    sizes = []
    for number in range(60):
        text = (
            policy("a")
            .replace("title:", f"\"contains(title, 'w{number}')\":")
            .replace("contains: crash", "eq: true")
        )
        sizes.append(len(workspace.load({str(folder / "a.yaml"): text}).program.paths))
    assert max(sizes) < 40
    workspace.load({str(folder / "b.yaml"): "apiVersion: rulewright/v1\nkind: ["})
    assert names(workspace) == ["a", "b", "c"]


TEXTS = {
    "a.yaml": [policy("a"), policy("a", "page"), policy("b"), "kind: [", policy("a", label="unknown")],
    "b.yaml": [policy("b"), policy("b", include=True), policy("b").replace("rules", "rule"), ""],
    "common.yaml": [LIBRARY, LIBRARY.replace("lists", "list"), LIBRARY.replace("crash", "stall")],
}
EDITS = st.lists(
    st.sampled_from(sorted(TEXTS)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(TEXTS[name]))
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=30)
@given(EDITS)
def test_after_any_edits_the_same_as_a_fresh_load(edits: list[tuple[str, str]]) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        (root / "rulewright.yaml").write_text(f"{CONFIG}labels: [ {{ name: bug }} ]\n")
        for name, texts in TEXTS.items():
            (root / name).write_text(texts[0])
        workspace = Workspace([root])
        workspace.load()
        for name, text in edits:
            (root / name).write_text(text)
            loaded = workspace.load()
            fresh = Workspace([root]).load()
            assert loaded.findings == fresh.findings == check_paths([root])
            assert loaded.broken == fresh.broken
            kept = {each.name for each in loaded.program.policies} - {
                each.name for each in fresh.program.policies
            }
            own = [each.sha256 for each in loaded.program.policies if each.name not in kept]
            assert own == [each.sha256 for each in fresh.program.policies]
            if fresh.program.policies and not loaded.broken:
                assert loaded.program.sha256 == rulewright.load(root, cache=False).sha256
    finally:
        shutil.rmtree(root)
