"""`rulewright test`, as people and CI call it: formats, exit codes, what goes where."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from rulewright.cli.main import main

TEST = """\
apiVersion: rulewright/v1
kind: PolicyTest
policy: intake.yaml
cases:
  - id: crash
    event: { fixture: issue-opened, patch: { issue.title: A crash, issue.body: "size: small" } }
    expect:
      rules: { human-override: not_matched, crash: matched, docs: not_matched, sized: matched }
      effects: [ { add_labels: [bug] }, { notify: oncall }, { fail: It is sized. } ]
  - id: docs
    event: { fixture: issue-opened, patch: { issue.title: the docs, issue.body: "" } }
    expect: { rules: { crash: not_matched, sized: not_matched }, effects: [ { add_labels: [docs] } ] }
  - id: closed
    event: { fixture: issue-opened, patch: { issue.title: A crash, issue.state: closed, issue.body: "" } }
    expect: { rules: { crash: not_matched } }
  - id: override
    event: { fixture: issue-opened, patch: { issue.labels: [no-triage] } }
    expect: { skip: human-override }
"""


@pytest.fixture
def run(folder, capsys):
    (folder / "rules" / "intake.test.yaml").write_text(TEST)

    def call(*words):
        code = main(["test", *words])
        return (code, *capsys.readouterr())

    return call


def edit(old, new, name="intake.test.yaml"):
    path = Path("rules") / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_all_pass(run):
    code, out, err = run()
    assert (code, err) == (0, "")
    assert out == "ok  rules/intake.test.yaml: 4 of 4 cases passed\n4 cases: 4 passed\n"


@pytest.mark.parametrize("path", ["rules", "rules/intake.yaml", "rules/intake.test.yaml"])
def test_a_path_of_any_kind(run, path):
    assert run(path)[0] == 0


def test_a_failure_in_every_format(run):
    edit("docs: not_matched", "docs: matched")
    code, out, err = run("--format", "text")
    assert (code, err) == (1, "")
    assert "failed  crash  (rules/intake.test.yaml:5)" in out
    assert "line 8: docs: expected matched, got not_matched" in out
    assert "smallest change that changes the result" in out
    code, out, _ = run("--format", "json")
    report = json.loads(out)
    assert code == 1
    assert report["counts"] == {"passed": 3, "failed": 1, "error": 0}
    (problem,) = report["files"][0]["cases"][0]["problems"]
    assert (problem["message"], problem["line"]) == ("docs: expected matched, got not_matched", 8)
    code, out, _ = run("--format", "markdown")
    assert code == 1
    assert out.startswith("### Policy tests")
    assert "expected matched" in out
    code, out, _ = run("--format", "github")
    assert code == 1
    assert "::error file=rules/intake.test.yaml,line=8" in out
    code, out, _ = run("--format", "junit")
    root = ElementTree.fromstring(out)
    assert code == 1
    assert (root.get("tests"), root.get("failures")) == ("4", "1")


def test_the_report_goes_to_a_file(run):
    code, out, _ = run("--format", "junit", "--output", "report.xml")
    assert (code, out) == (0, "")
    assert ElementTree.parse("report.xml").getroot().get("tests") == "4"


def test_a_case_in_error_is_no_passed_case(run):
    edit("docs: not_matched", "dcos: not_matched")
    code, out, _ = run()
    assert code == 1
    assert "the policy has no rule `dcos` [RW601]" in out
    assert "hint: did you mean `docs`?" in out
    assert out.endswith("4 cases: 3 passed, 1 in error\n")


def test_a_broken_test_file(run):
    edit("expect: { skip", "expected: { skip")
    code, out, _ = run()
    assert code == 1
    assert "[RW203]" in out
    assert "1 file could not be run" in out
    assert run("--format", "junit")[0] == 1


def test_mutants(run):
    code, out, _ = run("--mutate")
    assert code == 0
    assert "mutation  intake: 100.0 %" in out
    edit(", effects: [ { add_labels: [docs] } ]", "")
    code, out, _ = run("--mutate")
    assert code == 1
    assert "survived  rules/intake.yaml:17: docs: add_labels → left out" in out
    code, out, _ = run("--mutate", "--format", "json")
    (mutation,) = json.loads(out)["mutation"]
    assert [one["what"] for one in mutation["mutants"] if one["outcome"] == "survived"] == [
        'title: contains "docs"',
        "add_labels",
    ]
    assert code == 1
    code, out, _ = run("--mutate", "--format", "github")
    assert "::error file=rules/intake.yaml,line=17" in out


def test_coverage(run):
    code, out, _ = run("--coverage")
    assert code == 0
    assert "coverage  intake: 100.0 % (rules 8/8, leaves 10/10, actions 4/4)" in out
    edit("the docs", "nothing")
    edit(", effects: [ { add_labels: [docs] } ]", "")
    code, out, _ = run("--coverage")
    assert code == 0
    assert "rules/intake.yaml:14: docs: rule: never matched" in out
    assert run("--min-coverage", "50")[0] == 0
    code, _, err = run("--min-coverage", "99")
    assert code == 1
    assert "intake: 86.4 % covered; 99 % required" in err


def test_a_policy_without_cases_is_told(run, folder):
    other = (folder / "rules" / "intake.yaml").read_text().replace("name: intake", "name: other")
    (folder / "rules" / "other.yaml").write_text(other)
    code, _, err = run()
    assert code == 0
    assert "rules/other.yaml: policy `other`" in err
    assert run("--mutate")[0] == 1
    assert run("--min-coverage", "1")[0] == 1


def test_some_cases_only(run):
    assert run("-k", "cra")[1].endswith("1 case: 1 passed\n")
    code, _, err = run("-k", "nothing")
    assert code == 2
    assert "no case id contains 'nothing'" in err
    assert run("-k", "x", "--mutate")[0] == 2


def test_nothing_to_test(run, folder):
    (folder / "rules" / "intake.test.yaml").unlink()
    code, _, err = run()
    assert code == 2
    assert "no test files found" in err
    assert run("nowhere")[0] == 2


def test_a_policy_that_does_not_load(run):
    edit("contains: docs", "contain: docs", "intake.yaml")
    code, _, err = run()
    assert code == 2
    assert "RW215" in err


def test_a_test_of_a_policy_that_is_not_there(run):
    edit("policy: intake.yaml", "policy: intak.yaml")
    code, out, _ = run()
    assert code == 1
    assert "[RW224]" in out


def test_hostile_text_does_not_reach_the_terminal(run):
    edit("issue.title: the docs", 'issue.title: "docs \\e[31m\\n::error::x"')
    edit("effects: [ { add_labels: [docs] } ]", "effects: []")
    _, out, _ = run("--format", "text")
    assert "\x1b" not in out
    assert "::error::" not in out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("rules: { crash: not_matched, sized: not_matched }", "rules: { crash: matched }"),
        (
            "fixture: issue-opened, patch: { issue.title: the docs",
            "fixture: unknown, patch: { issue.title: the docs",
        ),
    ],
    ids=["a case fails", "a case is an error"],
)
def test_no_mutant_is_judged_by_cases_that_fail(run, old, new, monkeypatch):
    edit(old, new)
    monkeypatch.setattr(
        "rulewright.cli.test.mutate_policy", lambda *_, **__: pytest.fail("a mutant was judged")
    )
    code, out, err = run("--mutate")
    assert code == 1
    assert "mutation" not in out
    assert "error: mutation tests were not run: 1 case did not pass\nhint: correct the policy" in err
    code, out, _ = run("--mutate", "--format", "json")
    assert code == 1
    assert "mutation" not in json.loads(out)
