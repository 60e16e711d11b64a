"""`apply`, `undo`, `journal` and `stats` on what a run left."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle

Command = Callable[..., tuple[int, str, str]]
JOURNAL = ("--journal", "journal.jsonl")


@pytest.fixture
def plan(repo: RepositoryHandle, rulewright: Command, folder: Path) -> Path:
    """Of a run finished one issue that has something to do, and one that has not."""
    repo.issue("[P1] A crash", "text")
    repo.issue("A question", "text")
    assert rulewright("run", "--plan-out", "plan.jsonl")[0] == 0
    return folder / "plan.jsonl"


def test_a_reviewed_plan_is_applied_once(plan: Path, repo: RepositoryHandle, rulewright: Command) -> None:
    code, out, err = rulewright("apply", str(plan), *JOURNAL)
    assert code == 0, err
    assert "APPLIED: 3 effects done." in out
    after = repo.state()
    assert after[1]["title"] == "A crash"
    code, out, _ = rulewright("apply", str(plan), *JOURNAL, "--format", "json")
    assert code == 0
    statuses = [one["status"] for line in out.splitlines() for one in json.loads(line)["applied"]]
    assert statuses == ["unchanged"] * 3
    assert repo.state() == after
    assert rulewright("journal", "verify", "journal.jsonl")[0] == 0


def test_what_somebody_changed_since_the_review_is_refused(
    plan: Path, sim: Simulator, repo: RepositoryHandle, rulewright: Command
) -> None:
    sim.act("mona").edit_title(repo, 1, "Mine")
    code, out, _ = rulewright("apply", str(plan))
    assert code == 5
    assert "title_is no longer holds" in out
    assert repo.state()[1]["title"] == "Mine"


@pytest.mark.parametrize("how", ["changed", "other", "text", "empty", "gone", "repository"])
def test_another_plan_than_the_reviewed_one_is_refused(
    how: str, plan: Path, repo: RepositoryHandle, rulewright: Command
) -> None:
    before, words = repo.state(), ["apply", str(plan)]
    data = plan.read_bytes()
    if how == "changed":
        plan.write_bytes(data.replace(b'"bug"', b'"wontfix"'))
    elif how == "other":
        words += ["--expect-hash", "0" * 64]
    elif how == "text":
        plan.write_text("hello")
    elif how == "empty":
        plan.write_text("\n")
    elif how == "gone":
        plan.unlink()
    else:
        words += ["--repo", "octo-org/other"]
    code, _, err = rulewright(*words)
    assert code == (4 if how == "gone" else 2)
    assert err.startswith("error: ")
    assert repo.state() == before


def test_a_plan_on_standard_input(
    plan: Path, repo: RepositoryHandle, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = plan.read_bytes().splitlines()[0]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert rulewright("apply", "-", "--expect-hash", json.loads(line)["hash"])[0] == 0
    assert "bug" in repo.state()[1]["labels"]


def test_what_was_done_is_taken_back_once(repo: RepositoryHandle, rulewright: Command) -> None:
    number = repo.issue("[P1] A crash", "text")
    before = repo.state()[number]
    rulewright("run", "--apply", *JOURNAL)
    done = repo.state()
    code, out, _ = rulewright("undo", "journal.jsonl", "--subject", str(number), "--plan-out", "back.json")
    assert code == 0
    assert "DRY RUN: nothing was changed." in out
    assert "comment of intake/crash cannot be planned: it cannot be undone" in out
    assert json.loads(Path("back.json").read_text())["effects"]
    assert repo.state() == done
    code, out, _ = rulewright("undo", "journal.jsonl", "--rule", "crash", "--apply")
    assert code == 0
    after = repo.state()[number]
    assert {**after, "comments": []} == before
    # It stands in the same journal, so that it is not taken back again.
    code, out, err = rulewright("undo", "journal.jsonl", "--everything", "--apply")
    assert code == 0
    assert "APPLIED" not in out or "0 effects" in err
    assert repo.state()[number] == after


def test_undo_wants_to_know_what(repo: RepositoryHandle, rulewright: Command, folder: Path) -> None:
    repo.issue("A crash", "text")
    rulewright("run", "--apply", *JOURNAL)
    assert rulewright("undo", "journal.jsonl")[0] == 2
    assert rulewright("undo", "--everything")[0] == 2
    assert rulewright("undo", "nothing.jsonl", "--everything")[0] == 4
    assert rulewright("undo", "journal.jsonl", "--everything", "--apply")[0] == 0
    code, _, err = rulewright("undo", "journal.jsonl", "--rule", "crash")
    assert (code, err) == (0, "1 plan, 0 effects; dry run\n")  # the comment stays


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("--rule", "nope"), "of rule `nope`", "it has the rules: `intake/crash`"),
        (("--rule", "intake/crush"), "of rule `intake/crush`", "did you mean `intake/crash`?"),
        (("--rule", "crush"), "of rule `crush`", "did you mean `crash`?"),
        (("--subject", "66"), "of subject `66`", "it has the subjects: `1`"),
        (("--plan", "nope"), "of plan `nope`", "it has the plans, the last first: `"),
        (("--rule", "crash", "--plan", "nope"), "of plan `nope`", "it has the plans, the last first: `"),
    ],
)
@pytest.mark.parametrize(
    "command", [("undo",), ("undo", "--apply"), ("journal", "show"), ("journal", "export")]
)
def test_a_selection_of_nothing_names_what_the_journal_has(
    repo: RepositoryHandle,
    rulewright: Command,
    folder: Path,
    command: tuple[str, ...],
    words: tuple[str, ...],
    message: str,
    hint: str,
) -> None:
    repo.issue("[P1] A crash", "text")
    rulewright("run", "--apply", *JOURNAL)
    before = repo.state(), (folder / "journal.jsonl").read_bytes()
    code, out, err = rulewright(*command, "journal.jsonl", *words)
    assert (code, out) == (2, "")
    assert "the journal has no " in err
    assert message in err
    assert hint in err
    assert (repo.state(), (folder / "journal.jsonl").read_bytes()) == before


def test_a_selection_of_nothing_leaves_no_file(
    repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    repo.issue("[P1] A crash", "text")
    rulewright("run", "--apply", *JOURNAL)
    export = ("journal", "export", "journal.jsonl", "--output", "audit.csv", "--as", "csv")
    code, _, err = rulewright(*export, "--rule", "crash")
    assert code == 2
    assert "no `subject` record names a rule\nhint: records of kind `effect` do" in err
    assert not (folder / "audit.csv").exists()
    assert rulewright(*export, "--rule", "crash", "--kind", "effect")[0] == 0
    # A kind without records is no mistake.
    (folder / "empty.jsonl").touch()
    assert rulewright("journal", "show", "empty.jsonl", "--kind", "effect")[:2] == (0, "no records\n")
    code, _, err = rulewright("undo", "empty.jsonl", "--rule", "crash")
    assert (code, "none of its records names a rule" in err) == (2, True)


def test_a_subject_for_which_nothing_was_done_has_nothing_to_undo(
    repo: RepositoryHandle, rulewright: Command
) -> None:
    repo.issue("A question", "text")
    rulewright("run", "--apply", "--issue", "1", *JOURNAL)
    code, _, err = rulewright("undo", "journal.jsonl", "--subject", "1")
    assert (code, err) == (0, "nothing to do\n")
    assert rulewright("journal", "show", "journal.jsonl", "--subject", "1", "--kind", "effect")[0] == 0
    assert rulewright("undo", "journal.jsonl", "--subject", "2")[0] == 2


def test_each_option_alone_matches_but_not_together(repo: RepositoryHandle, rulewright: Command) -> None:
    repo.issue("[P1] A crash", "text")
    repo.issue("[P1] A crash", "text")
    rulewright("run", "--apply", *JOURNAL)
    lines = rulewright("journal", "export", "journal.jsonl", "--kind", "effect", "--subject", "1")[1]
    plan = json.loads(lines.splitlines()[0])["plan"]
    code, _, err = rulewright("undo", "journal.jsonl", "--subject", "2", "--plan", plan)
    assert code == 2
    assert "but not of all together" in err


def test_a_broken_journal_is_named_with_its_place(
    repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    repo.issue("A crash", "text")
    rulewright("run", "--apply", *JOURNAL)
    file = folder / "journal.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"status":"applied"', b'"status":"failed"', 1))
    code, _, err = rulewright("journal", "verify", "journal.jsonl")
    assert code == 1
    assert "journal.jsonl: Record 1 of the journal is invalid" in err
    code, out, _ = rulewright("journal", "verify", "journal.jsonl", "--format", "json")
    assert code == 1
    assert json.loads(out)["place"] == 1
    code, out, _ = rulewright("journal", "verify", "journal.jsonl", "--format", "github")
    assert (code, out[:8]) == (1, "::error ")
    assert rulewright("undo", "journal.jsonl", "--everything")[0] == 2
    assert rulewright("stats", "journal.jsonl")[0] == 2


def test_records_are_shown_and_exported(repo: RepositoryHandle, rulewright: Command, folder: Path) -> None:
    repo.issue("[P1] =A crash", "text")
    rulewright("run", "--apply", *JOURNAL)
    code, out, _ = rulewright("journal", "show", "journal.jsonl", "--kind", "effect")
    assert code == 0
    assert [line.split()[4] for line in out.splitlines()] == ["applied"] * 3
    assert len(rulewright("journal", "show", "journal.jsonl", "--limit", "1")[1].splitlines()) == 1
    shown = rulewright("journal", "show", "journal.jsonl", "--format", "json")[1].splitlines()
    assert [json.loads(line)["seq"] for line in shown] == list(range(len(shown)))
    assert "| # | at |" in rulewright("journal", "show", "journal.jsonl", "--format", "markdown")[1]
    listed = json.loads(rulewright("journal", "export", "journal.jsonl", "--as", "json")[1])
    lines = rulewright("journal", "export", "journal.jsonl")[1].splitlines()
    assert listed == [json.loads(line) for line in lines]
    rulewright("journal", "export", "journal.jsonl", "--as", "csv", "--output", "audit.csv")
    (row,) = csv.DictReader(io.StringIO((folder / "audit.csv").read_text()))
    assert row["number"] == "1"
    assert row["title_before"] == "[P1] =A crash"
    assert row["fields_changed"] == "comments; labels; title"
    assert row["dry_run"] == "false"


def test_the_schema_describes_every_record(repo: RepositoryHandle, rulewright: Command, folder: Path) -> None:
    from jsonschema import Draft202012Validator

    from rulewright.policy.files import data_folder

    schema = json.loads((data_folder("schemas") / "journal.schema.json").read_text("utf-8"))
    repo.issue("[P1] A crash", "text", labels=["wontfix"])
    repo.issue("[P1] A crash", "")
    rulewright("run", *JOURNAL)
    rulewright("run", "--apply", *JOURNAL)
    rulewright("undo", "journal.jsonl", "--everything", "--apply")
    lines = [json.loads(line) for line in (folder / "journal.jsonl").read_text().splitlines()]
    assert {line["kind"] for line in lines} == {"intent", "effect", "subject", "run"}
    for line in lines:
        Draft202012Validator(schema).validate(line)
        with_more = {**line, "more": 1}
        assert not Draft202012Validator(schema).is_valid(with_more)


def test_metrics_of_a_journal(sim: Simulator, repo: RepositoryHandle, rulewright: Command) -> None:
    repo.issue("A crash", "text", assignees=["mona"])
    rulewright("run", "--apply", *JOURNAL)
    sim.clock.sleep(3600)
    sim.act("mona").add_labels(repo, 1, "Triaged")
    rulewright("run", "--apply", *JOURNAL)
    found = json.loads(rulewright("stats", "journal.jsonl", "--format", "json")[1])
    assert found["triaged"] == found["subjects"] == 1
    assert found["service_levels"]["high"]["within"] == 1
    assert 3590 < found["time_to_triage"]["mean_seconds"] < 3700
    rows = [line.split() for line in rulewright("stats", "journal.jsonl")[1].splitlines()]
    assert ["high", "1", "0", "0", "0", "100.0%", "(limit", "24", "h)"] in rows
    told = rulewright("stats", "journal.jsonl", "--format", "prometheus")[1]
    assert 'rulewright_triage_completion_ratio{severity="high"} 1\n' in told
    assert "| high | 24 h | 1 |" in rulewright("stats", "journal.jsonl", "--format", "markdown")[1]


def test_apply_ends_with_the_tip_that_verify_takes(
    repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    repo.issue("A crash", "text")
    assert rulewright("run", "--plan-out", "plan.jsonl")[0] == 0
    code, _, err = rulewright("apply", "plan.jsonl", *JOURNAL)
    assert code == 0
    tip = err.splitlines()[-1].removeprefix("journal tip ")
    assert rulewright("journal", "verify", "journal.jsonl", "--anchor", tip)[0] == 0
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:-1]))
    assert rulewright("journal", "verify", "journal.jsonl")[0] == 0
    assert rulewright("journal", "verify", "journal.jsonl", "--anchor", tip)[0] == 1


@pytest.mark.parametrize("length", [12, 13, 63, 64])
def test_the_hash_that_a_report_prints_is_enough_to_expect_a_plan(
    length: int, plan: Path, repo: RepositoryHandle, rulewright: Command
) -> None:
    line = plan.read_bytes().splitlines()[0]
    plan.write_bytes(line)
    whole = json.loads(line)["hash"]
    assert f"effects  hash {whole[:12]}" in rulewright("run", "--issue", "1")[1]
    before = repo.state()
    other = whole[: length - 1] + ("0" if whole[length - 1] != "0" else "1")
    code, _, err = rulewright("apply", str(plan), "--expect-hash", other)
    assert (code, repo.state()) == (2, before)
    assert f"the plan has hash {whole}, expected {other}; nothing was applied" in err
    assert rulewright("apply", str(plan), "--expect-hash", whole[:length].upper())[0] == 0
    assert "bug" in repo.state()[1]["labels"]


@pytest.mark.parametrize("text", ["", "0", "0" * 11, "0" * 65, "x" * 12, "$HASH", "118787882688…"])
@pytest.mark.parametrize("command", ["apply", "run"])
def test_what_is_no_hash_is_refused(
    text: str, command: str, plan: Path, repo: RepositoryHandle, rulewright: Command
) -> None:
    before = repo.state()
    words = ["apply", str(plan)] if command == "apply" else ["run", "--apply"]
    code, _, err = rulewright(*words, "--expect-hash", text)
    assert (code, repo.state()) == (2, before)
    assert "--expect-hash is not the hash of a plan" in err
    assert "12 to 64 characters" in err


def test_without_a_repository_the_one_of_the_plan_is_suggested(
    plan: Path, repo: RepositoryHandle, rulewright: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not taken: whoever writes a plan or a journal must not choose where a token writes."""
    rulewright("run", "--apply", *JOURNAL)
    monkeypatch.delenv("GITHUB_REPOSITORY")
    before = repo.state()
    for words in (["apply", str(plan)], ["undo", "journal.jsonl", "--everything", "--apply"]):
        code, _, err = rulewright(*words)
        assert (code, repo.state()) == (2, before)
        assert "no repository given" in err
        assert "use --repo octo-org/demo\n" in err
