"""The two workflows of `examples/gate-workflows`: their permissions and pins, and the shell lines of the second one.

`gh` and `jq` are scripts here; the evidence is that of a real gate."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from tests.workflows.test_linters import actionlint, zizmor
from tests.workflows.test_structure import PINNED

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "examples" / "gate-workflows"
HEAD = "a" * 40
ANSWER = {"metric": "answer", "unit": "s", "sha": HEAD}
GATE = """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: model, owner: team, description: "![x](https://evil.example/x.png) @everyone" }
on: [measurement]
objectives:
  - { id: answer, source: { measurement: answer }, unit: s, aggregate: max, pass: { lte: 1s } }
"""
GH = """\
#!{python}
import json, os, sys
words = sys.argv[1:]
with open(os.environ["GH_LOG"], "a") as log:
    log.write(json.dumps(words) + "\\n")
answers = json.load(open(os.environ["GH_ANSWERS"]))
if "--method" in words:
    field = next(word for word in words if word.startswith("body=@"))
    open(os.environ["GH_BODY"], "w").write(open(field[6:]).read())
elif "/pulls/" in words[1]:
    print(answers["head"])
else:
    print(answers["comments"], end="")
"""
JQ = """\
#!{python}
import json, sys
assert sys.argv[1:3] == ["-r", ".commit"]
print(json.load(open(sys.argv[3]))["commit"])
"""


def workflow(name: str) -> Any:
    return YAML(typ="safe", pure=True).load((FOLDER / name).read_text("utf-8"))


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A repository with both workflows, as a reader puts them there."""
    place = tmp_path / ".github" / "workflows"
    place.mkdir(parents=True)
    for file in FOLDER.glob("*.yml"):
        text = file.read_text("utf-8").replace("OWNER/REPO@REF", "octo-org/rulewright@v0.1.0")
        (place / file.name).write_text(text, "utf-8")
    (tmp_path / ".git").mkdir()
    settings = (ROOT / "examples" / "starter" / "zizmor.yml").read_text("utf-8")
    (tmp_path / ".github" / "zizmor.yml").write_text(settings, "utf-8")
    return tmp_path


@pytest.mark.slow
def test_linters_are_content(installed: Path) -> None:
    assert actionlint(installed) == ""
    assert zizmor(installed, ".github") == []


def test_permissions_are_the_least() -> None:
    granted = {
        name: {job: spec["permissions"] for job, spec in workflow(name)["jobs"].items()}
        for name in ("gate.yml", "gate-comment.yml")
    }
    assert granted == {
        "gate.yml": {"gate": {"contents": "read"}},
        "gate-comment.yml": {"comment": {"actions": "read", "pull-requests": "write"}},
    }
    assert [workflow(name)["permissions"] for name in granted] == [{}, {}]


def test_actions_are_pinned_and_no_expression_is_in_a_shell_line() -> None:
    steps = [
        step
        for name in ("gate.yml", "gate-comment.yml")
        for job in workflow(name)["jobs"].values()
        for step in job["steps"]
    ]
    used = [step["uses"] for step in steps if "uses" in step]
    assert [name for name in used if not PINNED.fullmatch(name) and name != "OWNER/REPO@REF"] == []
    assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_what_may_write_runs_no_code_of_the_pull_request() -> None:
    text = (FOLDER / "gate-comment.yml").read_text("utf-8")
    assert "pull_request_target" not in text
    assert "checkout" not in re.sub(r"#.*", "", text)
    judging = next(
        step
        for step in workflow("gate-comment.yml")["jobs"]["comment"]["steps"]
        if "replay" in step.get("run", "")
    )
    assert [*judging["env"]] == ["HEAD"]


class Comment:
    """The shell steps of gate-comment.yml on the evidence of a gate."""

    def __init__(self, folder: Path) -> None:
        self.temp, tools = folder / "temp", folder / "tools"
        (self.temp / "gate").mkdir(parents=True)
        tools.mkdir()
        for name, text in (("gh", GH), ("jq", JQ)):
            (tools / name).write_text(text.format(python=sys.executable))
            (tools / name).chmod(0o755)
        self.body, self.log, self.answers = folder / "body.md", folder / "gh.jsonl", folder / "answers.json"
        self.output = folder / "output"
        self.answers.write_text(json.dumps({"head": HEAD, "comments": ""}))
        path = [str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
        self.environ = {
            **kept,
            "PATH": os.pathsep.join(path),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_REPOSITORY": "octo-org/assistant",
            "GITHUB_OUTPUT": str(self.output),
            "GH_LOG": str(self.log),
            "GH_ANSWERS": str(self.answers),
            "GH_BODY": str(self.body),
            "HEAD": HEAD,
            "NUMBER": "7",
            "RULEWRIGHT_CACHE_DIR": str(folder / "cache"),
        }
        (folder / "gate.yaml").write_text(GATE)
        self.measure(folder, 2.0)

    def measure(self, folder: Path, seconds: float, sha: str = HEAD) -> None:
        (folder / "m.jsonl").write_text(json.dumps({**ANSWER, "sha": sha, "values": [seconds]}) + "\n")
        subprocess.run(
            [
                *(Path(sys.executable).parent / "rulewright", "gate", "gate.yaml", "--from", "m.jsonl"),
                *("--sha", sha, "--evidence", self.temp / "gate" / "evidence.json"),
            ],
            cwd=folder,
            env=self.environ,
            capture_output=True,
            check=False,
        )
        (self.temp / "gate" / "number").write_text("7\n")

    def run(self) -> str:
        """Run the steps; "" or what the first one that failed wrote."""
        for step in workflow("gate-comment.yml")["jobs"]["comment"]["steps"]:
            if "run" not in step:
                continue
            done = subprocess.run(
                ["bash", "-e", "-o", "pipefail", "-c", step["run"]],
                env=self.environ,
                cwd=self.temp,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                return done.stderr or f"exit {done.returncode}"
        return ""

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def comment(tmp_path: Path) -> Comment:
    return Comment(tmp_path)


@pytest.mark.slow
def test_the_report_becomes_a_comment_that_is_edited_from_then_on(comment: Comment) -> None:
    assert comment.run() == ""
    assert comment.calls[-1][:4] == ["api", "--silent", "--method", "POST"]
    body = comment.body.read_text()
    assert body.startswith("<!-- rulewright: gate -->\n### ✗ model: FAIL\n")
    comment.answers.write_text(json.dumps({"head": HEAD, "comments": "4711\n"}))
    assert comment.run() == ""
    assert comment.calls[-1][2:5] == ["--method", "PATCH", "repos/octo-org/assistant/issues/comments/4711"]


@pytest.mark.slow
def test_an_artifact_of_another_commit_is_refused(comment: Comment, tmp_path: Path) -> None:
    comment.answers.write_text(json.dumps({"head": "b" * 40, "comments": ""}))
    assert "does not match the artifact" in comment.run()
    comment.answers.write_text(json.dumps({"head": HEAD, "comments": ""}))
    comment.measure(tmp_path, 2.0, "b" * 40)
    assert "The evidence is of another commit." in comment.run()
    assert not comment.body.exists()


@pytest.mark.slow
@pytest.mark.parametrize("number", ["", "7; ls", "-1", "0", "a"])
def test_a_number_that_is_none_is_refused(comment: Comment, number: str) -> None:
    (comment.temp / "gate" / "number").write_text(number)
    assert "no pull request number" in comment.run()


@pytest.mark.slow
def test_evidence_that_is_none_makes_no_comment(comment: Comment) -> None:
    (comment.temp / "gate" / "evidence.json").write_text(json.dumps({"commit": HEAD, "text": "@everyone"}))
    assert "is no evidence" in comment.run()
    assert not comment.body.exists()
