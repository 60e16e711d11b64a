"""`rulewright init`: shows first, writes what is missing, overwrites nothing; what it writes holds together."""

from __future__ import annotations

import datetime
import json
import os
import stat
from pathlib import Path

import pytest

from rulewright.cli.init import check_action, installed_action
from rulewright.cli.main import main
from rulewright.cli.starter import PARTS, place, read_standing, starters

ACTION = ("--action", "octo-org/rulewright@v0.1.0")


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty repository, entered."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    monkeypatch.chdir(root)
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts[:1]
    }


def shown(capsys, *arguments: str) -> dict[str, object]:
    assert main(["init", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_shows_first_and_writes_nothing(empty, capsys):
    assert main(["init", "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "+   zizmor.yml" in out
    assert "Nothing was written." in out
    assert files(empty) == {}


def test_what_is_shown_is_what_is_written(empty, capsys):
    before = shown(capsys, *ACTION)
    after = shown(capsys, "--write", *ACTION)
    assert [one["path"] for one in before["files"]] == [one["path"] for one in after["files"]]
    assert sorted(one["path"] for one in after["files"]) == sorted(files(empty))
    assert {one["status"] for one in before["files"]} == {"new"}
    assert (before["written"], after["written"]) == (False, True)


def test_twice_changes_nothing(empty, capsys):
    main(["init", "--write", *ACTION])
    first = files(empty)
    capsys.readouterr()
    again = shown(capsys, "--write", *ACTION)
    assert {one["status"] for one in again["files"]} == {"same"}
    assert files(empty) == first


@pytest.mark.parametrize(
    "command",
    [
        ["validate"],
        ["validate", "."],
        ["validate", "--strict"],
        ["test"],
        pytest.param(["test", "--mutate"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize(
    "options", [(), ("--enforce", "--owner", "octocat", "--project", "12")], ids=["observe", "enforce"]
)
def test_what_it_writes_is_valid_and_tested(empty, command, options, capsys):
    main(["init", "--write", *ACTION, *options])
    assert main([*command, "--format", "text"]) == 0, capsys.readouterr().out


def modes(root: Path) -> set[str]:
    found = [
        path.read_text("utf-8") for path in (root / "rules").rglob("*.yaml") if ".test." not in path.name
    ]
    policies = [text for text in found if "\nkind: Library" not in text]
    lines = [line for text in policies for line in text.splitlines() if line.startswith("mode: ")]
    assert len(lines) == len(policies)
    return {line.split()[1] for line in lines}


def test_policies_only_observe_unless_it_is_asked_for(empty, tmp_path, capsys, monkeypatch):
    assert main(["init", "--write", *ACTION, "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "The policies are in observe mode" in out
    assert "RULEWRIGHT_ONCALL_URL (the webhook of the channel oncall)" in out
    assert modes(empty) == {"observe"}
    config = (empty / "rulewright.yaml").read_text("utf-8")
    assert "\n  # enforce_since: " in config
    assert "\nissues:" not in config
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    document = shown(capsys, str(other), "--write", "--enforce", *ACTION)
    assert document["mode"] == "enforce"
    assert modes(other) == {"enforce"}
    from rulewright.policy.config_reader import read_config

    monkeypatch.chdir(other)
    found = read_config(other)
    today = datetime.datetime.now(datetime.UTC).date()
    assert found.execution.enforce_since == found.issues.created_after
    assert abs(datetime.date.fromisoformat(found.issues.created_after or "") - today).days <= 1
    assert found.execution.apply_branches == ()


def policies(root: Path) -> str:
    """All policies that were written, as one text."""
    found = (name for name in files(root) if name.startswith("rules/") and ".test." not in name)
    return "".join((root / name).read_text("utf-8") for name in found)


def test_what_names_somebody_is_left_out_unless_it_is_given(empty, tmp_path, capsys):
    document = shown(capsys, "--write", *ACTION)
    assert document["left_out"] == {
        "--owner LOGIN": ["triage/owners", "grooming/workers"],
        "--project NUMBER": ["grooming/board"],
    }
    written = policies(empty)
    assert not any(word in written for word in ("mona", "hubot", "set_field", "assign: { fact: lists"))
    assert "fields:" not in (empty / "rulewright.yaml").read_text("utf-8")
    other = tmp_path / "other"
    (other / ".git").mkdir(parents=True)
    document = shown(capsys, str(other), "--write", *ACTION, "--owner", "0123", "--project", "7")
    assert document["left_out"] == {}
    written = policies(other)
    assert not any(word in written for word in ("mona", "hubot", "project: 1 "))
    assert 'workers: ["0123"]' in written
    assert "{ project: 7, field: Status" in written
    assert main(["test", str(other / "rules"), "--format", "text"]) == 0


def test_every_event_is_decided_without_an_error(empty, capsys):
    main(["init", "--write", *ACTION])
    capsys.readouterr()
    code = main(
        [
            "evaluate",
            "--event",
            "examples/events",
            "--now",
            "2026-01-05T09:00:00Z",
            "--format",
            "json",
            "--all",
        ]
    )
    captured = capsys.readouterr()
    decisions = [json.loads(line) for line in captured.out.splitlines()]
    assert (code, captured.err) == (0, "")
    assert len(decisions) == 5
    assert not any(decision["plan"]["effects"] for decision in decisions)
    assert any(decision["plan"]["observed"] for decision in decisions if "observed" in decision["plan"])
    statuses = {
        rule["status"]
        for decision in decisions
        for policy in decision["decision"]["policies"]
        for rule in policy["rules"]
    }
    assert "error" not in statuses


def test_a_label_that_is_not_listed_is_noticed(empty, capsys):
    """So `validate` above says that labels.yml holds every label that the policies use."""
    main(["init", "--write", *ACTION])
    labels = empty / "labels.yml"
    kept = [line for line in labels.read_text("utf-8").splitlines() if "needs_work" not in line]
    labels.write_text("\n".join(kept), "utf-8")
    capsys.readouterr()
    assert main(["validate", "--format", "text"]) == 1
    assert "needs_work" in capsys.readouterr().out


def test_labels_hold_every_word_of_the_policies(empty):
    """Those too that no diagnostic can prove: values that a group's label may take, and the forms' own."""
    from rulewright.policy.config_reader import read_config

    main(["init", "--write", *ACTION])
    known = {label.name for label in read_config(empty).labels or ()}
    severities = {f"severity/{word}" for word in ("critical", "high", "medium", "low")}
    assert severities | {f"priority/P{number}" for number in range(4)} <= known
    assert {"bug", "enhancement", "manual-triage", "no-triage", "legal", "ready", "done"} <= known


def test_every_schema_line_leads_to_a_schema(empty):
    main(["init", "--write", *ACTION])
    seen = 0
    for path in empty.rglob("*.y*ml"):
        first = path.read_text("utf-8").partition("\n")[0]
        if first.startswith("# yaml-language-server"):
            seen += 1
            assert (path.parent / first.partition("$schema=")[2]).is_file(), path
    assert seen >= 7


def test_the_workflows_use_the_action_that_is_named(empty, capsys):
    assert main(["init", "--write"]) == 2
    assert "pass --action OWNER/REPO@REF" in capsys.readouterr().err
    assert files(empty) == {}
    assert main(["init", "--write", "--only", "policies,labels"]) == 0
    main(["init", "--write", *ACTION])
    for path in (empty / ".github" / "workflows").iterdir():
        text = path.read_text("utf-8")
        assert "uses: octo-org/rulewright@v0.1.0\n" in text
        assert "OWNER/REPO" not in text
        assert "pip install" not in text


@pytest.mark.parametrize(
    "text",
    [
        *(
            "rulewright",
            "octo-org/rulewright",
            "octo-org/rulewright@",
            "@v1",
            "a/b@c d",
            "a/b@$(x)",
            "a/b@c\nd",
        ),
        *("a/b@../c", "a/b/c@v1", "-a/b@v1", "a/b@-x", "./", "https://github.com/a/b@v1", "a/b@v1/", "a/b@é"),
    ],
)
def test_what_is_no_action_is_refused(empty, capsys, text):
    assert main(["init", "--action", text]) == 2
    assert "is not an action" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["octo-org/rulewright@v0.1.0", "a/b.c@release/1.x", f"a/b@{'0f' * 20}"])
def test_what_is_an_action(text):
    assert check_action(text) == text


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("url", "more", "action"),
    [
        ("https://github.com/octo-org/rulewright", {}, f"octo-org/rulewright@{COMMIT}"),
        ("https://github.com/octo-org/rulewright.git", {}, f"octo-org/rulewright@{COMMIT}"),
        ("ssh://git@github.com/octo-org/rulewright.git", {}, f"octo-org/rulewright@{COMMIT}"),
        ("https://github.example.com/octo-org/rulewright", {}, f"octo-org/rulewright@{COMMIT}"),
        ("https://gitlab.com/octo-org/rulewright", {}, None),
        ("https://github.com.evil.dev/octo-org/rulewright", {}, None),
        ("https://github.com/octo-org/rulewright/extra", {}, None),
        ("https://github.com/octo-org/$(touch x)", {}, None),
        ("https://github.com/octo-org/rulewright", {"vcs_info": {"commit_id": "main"}}, None),
        ("https://github.com/octo-org/rulewright", {"vcs_info": None}, None),
        ("file:///home/mona/rulewright", {"dir_info": {}}, None),
        ("file:///mona/rulewright", {}, None),
        ("http://github.com/octo-org/rulewright", {}, None),
    ],
)
def test_where_pip_was_given_a_repository_its_commit_is_the_action(url, more, action):
    text = json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT}, **more})
    assert installed_action(text, {"GITHUB_SERVER_URL": "https://github.example.com"}) == action
    assert installed_action(text, {}) == (None if "example.com" in url else action)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"url": 3}'])
def test_a_broken_record_of_the_installation_says_nothing(text):
    assert installed_action(text, {}) is None


@pytest.mark.parametrize("login", ["", "-mona", "mona lisa", "@mona", "mona]", "a" * 41])
def test_what_is_no_login_is_refused(empty, capsys, login):
    assert main(["init", "--owner", login]) == 2
    assert "is not a login" in capsys.readouterr().err


@pytest.mark.parametrize("login", ["github-actions[bot]", "Dependabot[bot]"])
def test_a_bot_is_no_owner(empty, capsys, login):
    assert main(["init", "--owner", login]) == 2
    assert "is not an account that issues can be assigned to" in capsys.readouterr().err


def test_only_the_root_of_a_repository_is_written_to(empty, tmp_path, capsys, monkeypatch):
    inside = empty / "deep" / "inside"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    assert main(["init", "--write", *ACTION]) == 2
    err = capsys.readouterr().err
    assert ". is not the root of a repository" in err
    assert f"the root of the repository is {empty}" in err
    assert files(empty) == {}
    assert main(["init", "--write", "--only", "labels", "--here"]) == 0
    assert list(files(empty)) == ["deep/inside/labels.yml"]
    bare = tmp_path / "bare"
    bare.mkdir()
    assert main(["init", str(bare), "--write", *ACTION]) == 2
    assert "create one with `git init`" in capsys.readouterr().err
    (bare / ".git").write_text("gitdir: ../elsewhere\n")  # a work tree's
    assert main(["init", str(bare), "--write", "--only", "labels"]) == 0


def test_a_file_that_differs_is_left_alone_and_told(empty, capsys):
    (empty / "rulewright.yaml").write_text("mine: true\n")
    assert main(["init", "--write", "--only", "labels,config", "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "! rulewright.yaml  (differs, skipped)" in out
    assert "-mine: true" in out
    assert "1 written, 0 exist, 1 skipped." in out
    assert (empty / "rulewright.yaml").read_text() == "mine: true\n"
    listed = shown(capsys, "--only", "config")["files"]
    assert listed[0]["status"] == "differs"
    assert "-mine: true" in listed[0]["diff"]


MINE = """\
# Ours.
- { name: mine, color: "ffffff" }
- name: Needs-Info   # as we write it
  description: "Ours."
"""


def test_a_label_file_that_is_there_gets_what_the_policies_use(empty, capsys):
    (empty / "labels.yml").write_text(MINE)
    listed = {one["path"]: one for one in shown(capsys, *ACTION)["files"]}
    assert listed["labels.yml"]["status"] == "adds"
    assert (empty / "labels.yml").read_text() == MINE
    assert main(["init", "--write", *ACTION, "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "+ labels.yml  (added: 33 labels that the policies use: Triaged, Backlog, needs_work" in out
    text = (empty / "labels.yml").read_text()
    assert text.startswith(MINE)
    assert "needs-info" not in text  # labels compare without case
    assert main(["validate", "--format", "text"]) == 0
    capsys.readouterr()
    again = {one["path"]: one for one in shown(capsys, "--write", *ACTION)["files"]}
    assert again["labels.yml"]["status"] == "same"


@pytest.mark.parametrize(
    "text",
    [
        "[{ name: mine }]\n",
        "mine: true\n",
        "- { name: mine, colour: red }\n",
        "- {\n",
        "---\n- {name: a}\n---\n- {name: b}\n",
    ],
)
def test_a_label_file_that_takes_no_line_is_left_and_said_in_one_message(empty, capsys, text):
    (empty / "labels.yml").write_text(text)
    (found,) = shown(capsys, "--write", "--only", "labels")["files"]
    assert found["status"] == "differs"
    assert found["reason"].startswith(
        ("missing labels that the policies use: Triaged", "it is not a list of labels")
    )
    assert (empty / "labels.yml").read_text() == text


def test_only_some_parts(empty, capsys):
    assert {one["part"] for one in shown(capsys, "--only", "policies, workflows")["files"]} == {
        "policies",
        "workflows",
    }
    for part in PARTS:
        assert starters([part]), part


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--only", "policy"], "did you mean policies?"),
        (["--only", "zzz"], "known: policies, config"),
        (["--only", ","], "--only is empty"),
        (["a-file"], "a-file is not a folder"),
        (["--project", "0"], "--project"),
    ],
)
def test_wrong_usage(empty, capsys, arguments, message):
    (empty / "a-file").write_text("")
    assert main(["init", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_made_by_writing(empty, capsys):
    assert {one["status"] for one in shown(capsys, "new/place")["files"]} == {"new"}
    assert not (empty / "new").exists()
    shown(capsys, "new/place", "--write", "--only", "labels", "--here")
    assert list(files(empty)) == ["new/place/labels.yml"]


def test_a_link_never_leads_out_of_the_repository(empty, tmp_path, capsys):
    outside = tmp_path / "outside"
    outside.mkdir()
    (empty / "rules").symlink_to(outside)
    (empty / "labels.yml").symlink_to(tmp_path / "nowhere")
    listed = {one["path"]: one for one in shown(capsys, "--write", *ACTION)["files"]}
    assert listed["rules/triage/intake.yaml"]["reason"] == "rules is a link out of the repository"
    assert listed["labels.yml"]["status"] == "kept"
    assert list(outside.iterdir()) == []
    assert not (tmp_path / "nowhere").exists()


def test_a_file_where_a_folder_should_be(empty, capsys):
    (empty / "schemas").write_text("mine")
    (empty / "rulewright.yaml").mkdir()
    listed = {one["path"]: one for one in shown(capsys, "--write", *ACTION)["files"]}
    assert listed["schemas/policy.schema.json"]["reason"] == "schemas is not a folder"
    assert listed["rulewright.yaml"]["reason"] == "it is not a file"
    assert (empty / "schemas").read_text() == "mine"


def test_what_came_there_meanwhile_stays(empty):
    one = read_standing(empty, next(iter(starters(["labels"]))))
    assert one.status == "new"
    (empty / "labels.yml").write_text(MINE)
    assert place(empty, one) is False
    assert (empty / "labels.yml").read_text() == MINE
    adds = read_standing(empty, one.starter)
    assert adds.status == "adds"
    (empty / "labels.yml").write_text("- { name: other }\n")
    assert place(empty, adds) is False
    assert (empty / "labels.yml").read_text() == "- { name: other }\n"


def test_a_folder_that_takes_nothing(empty, capsys):
    if os.geteuid() == 0:
        target = Path("/proc/version-of-nothing")  # not even root makes files there
    else:
        target = empty / "closed"
        target.mkdir()
        target.chmod(stat.S_IRUSR | stat.S_IXUSR)
    assert main(["init", str(target), "--write", "--only", "labels", "--here"]) == 4
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_every_format_names_every_file(empty, form, capsys, tmp_path, monkeypatch):
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert main(["init", "--format", form]) == 0
    out = capsys.readouterr().out
    for one in starters():
        assert one.path.name in out
    assert summary.exists() == (form == "github")


GUARDED = "execution: { enforce_since: 2026-01-01 }\n"
OWN = "apiVersion: rulewright/v1\nkind: Config\npolicies: [rules]\n"


@pytest.mark.parametrize("only", [(), ("--only", "policies")])
def test_policies_are_not_enforced_without_a_date(empty, capsys, only):
    """A configuration that stands there says nothing of it: old issues could be closed on the first night."""
    words = ["init", "--enforce", *ACTION, *only]
    if not only:
        (empty / "rulewright.yaml").write_text(OWN)
    assert main([*words, "--format", "text"]) == 0
    assert "rulewright.yaml has no start date for enforcement" in capsys.readouterr().out
    assert main([*words, "--write"]) == 2
    assert "`execution: { enforce_since: " in capsys.readouterr().err
    assert not (empty / "rules").exists()
    (empty / "rulewright.yaml").write_text(OWN + GUARDED)
    assert main([*words, "--write"]) == 0
    assert "has no start date for enforcement" not in capsys.readouterr().out


def test_the_mode_is_that_of_the_files_as_they_stand(empty, capsys):
    assert shown(capsys, "--write", *ACTION)["mode"] == "observe"
    (empty / "rulewright.yaml").write_text(OWN + GUARDED)
    assert main(["init", "--write", "--enforce", *ACTION, "--format", "text"]) == 0
    assert "The policies are in observe mode." in capsys.readouterr().out
    (empty / "rules" / "triage" / "intake.yaml").unlink()
    assert shown(capsys, "--write", "--enforce", *ACTION)["mode"] == "mixed"


@pytest.mark.parametrize(
    ("there", "other"),
    [
        ("rulewright.yml", "rulewright.yaml"),
        (".github/workflows/triage.yaml", ".github/workflows/triage.yml"),
        (".github/ISSUE_TEMPLATE/bug.yaml", ".github/ISSUE_TEMPLATE/bug.yml"),
        (".github/dependabot.yaml", ".github/dependabot.yml"),
    ],
)
def test_no_file_is_written_with_both_extensions(empty, capsys, there, other):
    (empty / there).parent.mkdir(parents=True, exist_ok=True)
    (empty / there).write_text(OWN)
    listed = {one["path"]: one for one in shown(capsys, "--write", *ACTION)["files"]}
    assert (listed[other]["status"], listed[other]["reason"]) == ("kept", f"{Path(there).name} exists")
    assert not (empty / other).exists()


def test_labels_go_where_the_configuration_says(empty, capsys):
    (empty / "rulewright.yaml").write_text(OWN + "labels: .github/labels.yml\n")
    (empty / ".github").mkdir()
    (empty / ".github" / "labels.yml").write_text("- { name: mine }\r\n", newline="")
    assert main(["init", "--write", *ACTION]) == 0
    assert not (empty / "labels.yml").exists()
    data = (empty / ".github" / "labels.yml").read_bytes()
    assert data.startswith(b"- { name: mine }\r\n")
    assert b"Triaged" in data
    assert data.count(b"\n") == data.count(b"\r\n")
    assert main(["validate", "rules"]) == 0
    capsys.readouterr()
    for elsewhere in ("../labels.yml", "/labels.yml", "labels: []"):
        (empty / "rulewright.yaml").write_text(f"{OWN}labels: {elsewhere.removeprefix('labels: ')}\n")
        listed = {one["part"]: one for one in shown(capsys, *ACTION)["files"]}
        assert listed.get("labels", {}).get("status", "kept") == "kept"


def test_a_label_file_that_is_a_link_is_said_to_be_one(empty, capsys):
    (empty / "there.yml").write_text("- { name: mine }\n")
    (empty / "labels.yml").symlink_to(empty / "there.yml")
    listed = {one["path"]: one for one in shown(capsys, "--write", *ACTION)["files"]}
    assert listed["labels.yml"]["reason"] == "it is a link"
    assert (empty / "there.yml").read_text() == "- { name: mine }\n"


def test_other_line_ends_are_no_difference(empty, capsys):
    assert main(["init", "--write", *ACTION]) == 0
    for path in empty.rglob("*.y*ml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    capsys.readouterr()
    assert {one["status"] for one in shown(capsys, *ACTION)["files"]} == {"same"}


def test_a_folder_below_the_root_is_told(empty, capsys):
    (empty / "below").mkdir()
    assert main(["init", "below", "--here", "--write", *ACTION, "--format", "text"]) == 0
    assert "GitHub does not find workflows and issue forms here" in capsys.readouterr().out
