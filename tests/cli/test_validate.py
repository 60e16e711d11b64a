"""`rulewright validate` and `rulewright schema`, as people call them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rulewright.cli.main import main
from rulewright.policy.json_schema.bundled_schema import published_text, schema_names

ROOT = Path(__file__).resolve().parents[2]
HEAD = "apiVersion: rulewright/v1\nkind: Triage\nmetadata: {name: intake}\non: [issues.opened]\n"
GOOD = HEAD + "rules:\n  - {id: crash, when: {title: {contains: crash}}, then: [{add_labels: [bug]}]}\n"
BAD = HEAD + "rules:\n  - {id: crash, when: {title: {contain: crash}}, then: [{add_label: bug}]}\n"
TESTED = (
    "apiVersion: rulewright/v1\nkind: PolicyTest\npolicy: good.yaml\ncases:\n  - id: it-crashes\n"
    "    event: {name: issues, action: opened, payload: {action: opened, issue: {title: A crash, number: 1}}}\n"
    "    expect: {rules: {crash: matched}, effects: [{add_labels: [bug]}]}\n"
)
MODEL = (
    "apiVersion: rulewright/v1\nkind: Model\nmetadata: {name: llama}\nfile: llama.gguf\n"
    f"sha256: '{'0' * 64}'\nquantisation: Q4_K_M\ncontext: 8192\n"
)


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)

    def call(*words, **files):
        code = main(["validate", *words])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def found(out):
    return [
        (one["code"], one["severity"], one["file"], one["line"], one["column"])
        for one in json.loads(out)["diagnostics"]
    ]


def test_a_good_policy(run):
    Path("a.yaml").write_text(GOOD)
    assert run("a.yaml") == (0, "1 file checked: no problems found\n", "")


def test_a_bad_policy_in_every_format(run):
    Path("a.yaml").write_text(BAD)
    code, out, _ = run("a.yaml", "--format", "json")
    assert code == 1
    assert found(out) == [("RW215", "error", "a.yaml", 6, 32), ("RW214", "error", "a.yaml", 6, 58)]
    (first, _) = json.loads(out)["diagnostics"]
    assert set(first) == {"code", "severity", "message", "file", "line", "column"} | ({"hint"} & set(first))
    code, out, _ = run("a.yaml")
    assert code == 1
    assert "a.yaml:6:32: error[RW215]: rules[0].when.title: unknown matcher `contain`" in out
    code, out, _ = run("a.yaml", "--format", "github")
    assert code == 1
    assert out.startswith("::error ")
    code, out, _ = run("a.yaml", "--format", "markdown")
    assert (code, "RW215" in out) == (1, True)


def test_the_report_goes_to_a_file(run):
    Path("a.yaml").write_text(BAD)
    code, out, _ = run("a.yaml", "--format", "json", "--output", "out.json")
    assert (code, out) == (1, "")
    assert len(found(Path("out.json").read_text())) == 2


def test_sarif(run):
    Path("a b.yaml").write_text(BAD)
    code, out, _ = run("a b.yaml", "--format", "sarif")
    log = json.loads(out)
    assert (code, log["version"], len(log["runs"])) == (1, "2.1.0", 1)
    (one,) = log["runs"]
    rules = one["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["RW214", "RW215"]
    assert all(rule["helpUri"] == f"docs/errors/{rule['id']}.md" for rule in rules)
    first = one["results"][0]
    assert (first["ruleId"], first["level"], rules[first["ruleIndex"]]["id"]) == ("RW215", "error", "RW215")
    place = first["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b.yaml"
    assert place["region"] == {"startLine": 6, "startColumn": 32, "endLine": 6, "endColumn": 39}
    assert one["columnKind"] == "unicodeCodePoints"


def test_models_tests_and_configurations(run):
    Path("rules").mkdir()
    Path("rules/a.yaml").write_text(GOOD)
    Path("rules/a.test.yaml").write_text(
        "apiVersion: rulewright/v1\nkind: PolicyTest\npolicy: b.yaml\n"
        "cases: [{id: a, event: {fixture: x}, expect: {rules: {crash: match}}}]\n"
    )
    Path("model.yaml").write_text(MODEL.replace("Q4_K_M", "Q4KM"))
    Path("rulewright.yaml").write_text("apiVersion: rulewright/v1\nkind: Config\npolices: [rules]\n")
    code, out, _ = run(".", "--format", "json")
    assert code == 1
    assert [(c, f) for c, _, f, _, _ in found(out)] == [
        ("RW205", "model.yaml"),
        ("RW224", "rules/a.test.yaml"),
        ("RW205", "rules/a.test.yaml"),
        ("RW203", "rulewright.yaml"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("json_schema: {properties: {a: {type: string}}}\na: 3\n", [("RW204", "error", "x.yaml", 2, 4)]),
        ("json_schema: s.json\na: 3\n", [("RW204", "error", "x.yaml", 2, 4)]),
        ("$schema: s.json\na: 3\n", [("RW204", "error", "x.yaml", 2, 4)]),
        ("$schema: s.json\na: x\n", []),
        ("# yaml-language-server: $schema=s.json\na: 3\n", [("RW204", "error", "x.yaml", 2, 4)]),
        ("# yaml-language-server: $schema=model.schema.json\na: 3\n", "RW203"),
        (
            "$schema: https://json-schema.org/draft/2020-12/schema\ntype: strin\n",
            [("RW220", "error", "x.yaml", 2, 7)],
        ),
        ("$schema: https://json-schema.org/draft/2020-12/schema\ntype: string\n", []),
        ("$schema: https://example.com/a.json\n", [("RW221", "warning", "x.yaml", 1, 10)]),
        (
            "# yaml-language-server: $schema=https://example.com/a.json\na: 1\n",
            [("RW221", "info", "x.yaml", 2, 1)],
        ),
        ("json_schema: none.json\n", [("RW224", "error", "x.yaml", 1, 14)]),
        ("json_schema: ../../../etc/hostname\n", "RW224"),
        ("json_schema: {type: objec}\na: 1\n", [("RW220", "error", "x.yaml", 1, 21)]),
        ("json_schema: 3\n", [("RW220", "error", "x.yaml", 1, 14)]),
        ("$schema: 3\n", [("RW204", "error", "x.yaml", 1, 10)]),
        ("a: 1\n", [("RW223", "error", "x.yaml", 1, 1)]),
    ],
)
def test_any_yaml_by_the_schema_that_it_names(run, text, expected):
    Path("s.json").write_text('{"properties": {"a": {"type": "string"}}, "additionalProperties": false}')
    Path("x.yaml").write_text(text)
    code, out, _ = run("x.yaml", "--format", "json")
    if isinstance(expected, str):
        assert expected in {row[0] for row in found(out)}
        assert code == 1
    else:
        assert found(out) == expected
        assert code == int(any(row[1] == "error" for row in expected))


def test_a_schema_by_option(run):
    Path("s.yaml").write_text("properties: {a: {type: string}}\n")
    Path("x.json").write_text('{"a": 3}')
    code, out, _ = run("x.json", "--schema", "s.yaml", "--format", "json")
    assert (code, found(out)) == (1, [("RW204", "error", "x.json", 1, 7)])
    Path("s.yaml").write_text("properties: {a: {type: strin}}\n")
    code, out, _ = run("x.json", "--schema", "s.yaml", "--format", "json")
    assert (code, found(out)) == (1, [("RW220", "error", "s.yaml", 1, 24)])
    code, _, err = run("x.json", "--schema", "none.yaml")
    assert (code, "does not exist" in err) == (2, True)


TEMPLATE = """\
Base: &base { a: 1, b: !!str 2 }
Bucket:
  <<: *base
  b: !Ref Name
  1: one
  ? [x, 2]
  : pair
  {{ 3 }}: braces
"""


def test_yaml_that_is_no_policy_may_hold_tags_merge_keys_and_keys_that_are_not_text(run):
    Path("s.json").write_text(
        json.dumps(
            {
                "properties": {
                    "Bucket": {"const": {"a": 1, "b": "Name", "1": "one", '["x",2]': "pair", "{}": 1}}
                },
            }
        )
    )
    Path("x.yaml").write_text(TEMPLATE.replace("{{ 3 }}: braces", "? {}\n  : 1"))
    assert run("x.yaml", "--schema", "s.json", "--format", "json")[:1] == (0,)
    Path("x.yaml").write_text(f"# yaml-language-server: $schema=s.json\n{TEMPLATE}")
    code, out, _ = run("x.yaml", "--format", "json")
    assert (code, [row[0] for row in found(out)]) == (1, ["RW204", "RW125"])
    Path("x.yaml").write_text("a: !!int red\n<<: 3\n")
    code, out, _ = run("x.yaml", "--schema", "s.json", "--format", "json")
    assert (code, found(out)) == (1, [("RW114", "error", "x.yaml", 1, 4), ("RW113", "error", "x.yaml", 2, 1)])
    Path("x.yaml").write_text(GOOD.replace("crash", "!x crash", 1))
    code, out, _ = run("x.yaml", "--format", "json")
    assert "RW114" in {row[0] for row in found(out)}


def test_files_that_name_no_schema(run):
    Path("x.yaml").write_text("a: 1\n")
    code, out, _ = run(".", "--format", "json")
    assert (code, found(out)) == (0, [("RW223", "info", "x.yaml", 1, 1)])
    assert run("x.yaml", "--skip-unknown")[0] == 0
    Path("y.yaml").write_text("$schema: https://example.com/a.json\n")
    assert run("y.yaml")[0] == 0
    assert run("y.yaml", "--strict")[0] == 1


def test_wrong_calls(run):
    code, _, err = run("none.yaml")
    assert (code, "none.yaml does not exist" in err) == (2, True)
    assert run()[0] == 2
    assert run(".", "--format", "xml")[0] == 2


def test_bytes_that_are_no_text(run):
    Path("a.yaml").write_bytes(b"\x00\x01")
    Path("b.yaml").write_bytes(b"a: \xff\n")
    Path("c.yaml").write_text(BAD)
    code, out, _ = run(".", "--format", "json")
    assert code == 1
    assert {file for _, _, file, _, _ in found(out)} == {"a.yaml", "b.yaml", "c.yaml"}


def test_schemas_are_listed_printed_and_installed(tmp_path, capsys):
    assert main(["schema"]) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(schema_names())
    assert main(["schema", "policy"]) == 0
    assert capsys.readouterr().out == published_text("policy")
    assert main(["schema", "polcy"]) == 2
    assert "did you mean `policy`" in capsys.readouterr().err
    folder = tmp_path / "schemas"
    assert main(["schema", "--install", str(folder)]) == 0
    written = capsys.readouterr().out.splitlines()
    assert len(written) == len(schema_names())
    assert (folder / "action" / "comment.schema.json").read_text() == published_text("action/comment")
    assert main(["schema", "--install", str(folder)]) == 0
    assert capsys.readouterr().out == ""
    (folder / "policy.schema.json").write_text("{}")
    (folder / "plan.schema.json").unlink()
    assert main(["schema", "--install", str(folder)]) == 2
    assert "policy.schema.json" in capsys.readouterr().err
    assert not (folder / "plan.schema.json").exists()
    assert main(["schema", "--install", str(folder), "--force"]) == 0
    assert (folder / "policy.schema.json").read_text() == published_text("policy")
    assert main(["schema", "policy", "--install", str(folder)]) == 2


@pytest.mark.slow
def test_the_real_pre_commit(tmp_path, monkeypatch):
    program = Path(sys.executable).with_name("pre-commit")
    if not program.exists() or shutil.which("git") is None:
        pytest.skip("pre-commit or git is not installed")
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "home"))
    for name in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{name}_NAME", "a")
        monkeypatch.setenv(f"GIT_{name}_EMAIL", "a@example.com")
    hooks, project = tmp_path / "hooks", tmp_path / "project"
    # what the hook's environment needs, as it stands now, committed or not
    wanted = ("engine", "tui", "schemas", "rules", "examples", "pyproject.toml", "README.md", "LICENSE")
    hooks.mkdir()
    for name in (*wanted, ".pre-commit-hooks.yaml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
            (hooks / name / ".keep").touch()  # git carries no empty folder
        else:
            shutil.copy(source, hooks / name)
    project.mkdir()

    def git(folder, *words):
        return subprocess.run(
            ["git", *words], cwd=folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    for folder in (hooks, project):
        git(folder, "init", "-q")
    git(hooks, "add", "-A")
    git(hooks, "commit", "-q", "-m", "hooks")
    revision = git(hooks, "rev-parse", "HEAD")
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {revision}\n"
        "    hooks: [{id: rulewright-validate}, {id: rulewright-test}]\n"
    )
    (project / "rules").mkdir()
    (project / "rules" / "good.yaml").write_text(GOOD)
    (project / "rules" / "good.test.yaml").write_text(TESTED)
    (project / "workflow.yml").write_text("on: [push]\n")
    git(project, "add", "-A")
    command = [str(program), "run", "--all-files"]
    clean = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert clean.returncode == 0, clean.stdout + clean.stderr
    ended = [line.partition(".")[0] for line in clean.stdout.splitlines() if line.startswith("rulewright")]
    assert ended == ["rulewright validate", "rulewright test"]
    assert clean.stdout.count("Passed") == 2
    (project / "rules" / "good.test.yaml").write_text(TESTED.replace("crash: matched", "crash: not_matched"))
    git(project, "add", "-A")
    failing = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert failing.returncode == 1
    assert "it-crashes" in failing.stdout
    assert "not_matched" in failing.stdout
    (project / "rules" / "good.test.yaml").write_text(TESTED)
    (project / "bad.yaml").write_text(BAD.replace("intake", "other"))
    git(project, "add", "-A")
    broken = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert broken.returncode == 1
    assert "bad.yaml:6:32" in broken.stdout


CONFIG = "apiVersion: rulewright/v1\nkind: Config\n"


@pytest.mark.parametrize("name", ["rulewright.yaml", "rulewright.yml"])
def test_without_paths_and_policies_a_warning_names_what_was_checked(run, name):
    Path(name).write_text(CONFIG)
    Path("services").mkdir()
    Path("services", "a.yaml").write_text(BAD)
    code, out, _ = run()
    assert code == 0
    assert f"{name}:1:1: warning[RW887]: no policies found: only {name} was checked" in out
    assert "hint: name folders of policies under `policies:`" in out
    assert run("--strict")[0] == 1
    assert found(run("--format", "json")[1]) == [("RW887", "warning", name, 1, 1)]
    assert run(name) == (0, "1 file checked: no problems found\n", "")
    Path(name).write_text(f"{CONFIG}policies: [services]\n")
    assert [code for code, *_ in found(run("--format", "json")[1])][:1] != ["RW887"]


def test_without_paths_an_empty_folder_of_policies_is_a_warning(run):
    Path("rules").mkdir()
    code, out, _ = run()
    assert (code, "warning[RW887]: no policies found: only rules was checked" in out) == (0, True)
    Path("rules", "a.yaml").write_text("a: [")
    assert "RW887" not in run()[1]
    Path("rules", "a.yaml").write_text(GOOD)
    assert run() == (0, "1 file checked: no problems found\n", "")


@pytest.fixture
def monorepo(run):
    """A repository whose part `services/chat` has its own configuration, with a label that the root's has not."""
    Path(".git").mkdir()
    policies = Path("services/chat/policies")
    policies.mkdir(parents=True)
    Path("rulewright.yaml").write_text(f"{CONFIG}labels: [{{name: docs}}]\n")
    Path("services/chat/rulewright.yaml").write_text(f"{CONFIG}labels: [{{name: bug}}]\n")
    (policies / "a.yaml").write_text(GOOD)
    return run


@pytest.mark.parametrize(
    ("words", "is_known"),
    [
        (["services/chat/policies"], True),
        (["services/chat/policies/a.yaml"], True),
        (["services/chat"], True),
        (["services"], False),
        (["."], False),
        ([os.path.join(os.curdir, "services")], False),
        (["rulewright.yaml", "services/chat/policies"], True),
        (["services/chat/rulewright.yaml", "services"], False),
    ],
)
def test_the_configuration_is_the_one_that_evaluate_takes(monorepo, capsys, words, is_known):
    code, out, _ = monorepo(*words)
    assert (code, "unknown label `bug`" in out) == ((0, False) if is_known else (1, True))
    policies = [word for word in words if not word.endswith("rulewright.yaml")]
    code = main(["evaluate", *policies, "--event", "issue-opened"])
    assert (code, "unknown label `bug`" in capsys.readouterr().err) == (2 * (not is_known), not is_known)


def test_without_paths_the_configuration_is_the_one_of_the_first_policies(monorepo):
    Path("rulewright.yaml").write_text(
        f"{CONFIG}labels: [{{name: docs}}]\npolicies: [services/chat/policies]\n"
    )
    assert monorepo()[0] == 0
    Path("rulewright.yaml").write_text(f"{CONFIG}labels: [{{name: docs}}]\npolicies: [services]\n")
    assert "unknown label `bug`" in monorepo()[1]
