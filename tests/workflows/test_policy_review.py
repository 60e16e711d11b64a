"""The two halves of the policy review, their shell lines run as they stand: what a pull request brought is planned
again from the base, and refused when it is not what was proposed. `gh` is a script here, and GitHub a folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

REPOSITORY = "octo-org/assistant"
NUMBER = 7

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
elif words[-3].endswith("/pulls/7") or words[1].endswith("/pulls/7"):
    print(answers["pull"])
else:
    print(answers["comments"], end="")
"""
JQ = """\
#!{python}
import json, sys
assert sys.argv[1:3] == ["-r", ".plan.hash"]
for line in open(sys.argv[3]):
    print(json.loads(line)["plan"]["hash"])
"""


def git(folder: Path, *words: str) -> str:
    named = [
        "-c",
        "user.name=mona",
        "-c",
        "user.email=mona@users.noreply.github.com",
        "-c",
        "commit.gpgsign=false",
    ]
    done = subprocess.run(["git", *named, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


class Review:
    """A repository on a server, a base, and a pull request whose head is committed by `propose`."""

    def __init__(self, folder: Path, started: Path, workflows: dict[str, Any]) -> None:
        self.folder, self.workflows = folder, workflows
        self.server = folder / "server" / REPOSITORY
        self.server.mkdir(parents=True)
        shutil.copytree(started, self.server, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
        git(self.server, "init", "-q", "-b", "main")
        git(self.server, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.base = self.commit("Base")
        git(self.server, "checkout", "-q", "-b", "change")
        self.temp = folder / "temp"
        tools = folder / "tools"
        for place in (self.temp, tools):
            place.mkdir()
        for name, text in (("gh", GH), ("jq", JQ)):
            (tools / name).write_text(text.format(python=sys.executable))
            (tools / name).chmod(0o755)
        self.body, self.log = folder / "body.md", folder / "gh.jsonl"
        self.answers = {"pull": "", "comments": ""}
        path = [str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environ = {
            "PATH": os.pathsep.join(path),
            "HOME": str(folder),
            "GITHUB_ACTIONS": "true",
            "GITHUB_SERVER_URL": f"file://{folder / 'server'}",
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_OUTPUT": str(folder / "outputs"),
            "RUNNER_TEMP": str(self.temp),
            "RULEWRIGHT_CACHE_DIR": str(folder / "cache"),
            "GH_LOG": str(self.log),
            "GH_BODY": str(self.body),
            "GH_ANSWERS": str(folder / "answers.json"),
        }

    def commit(self, message: str) -> str:
        git(self.server, "add", "--all")
        git(self.server, "commit", "-q", "-m", message)
        return git(self.server, "rev-parse", "HEAD")

    def run(self, workflow: str, step: str, folder: Path, **environ: str) -> tuple[int, str]:
        (job,) = self.workflows[workflow]["jobs"].values()
        (script,) = [one["run"] for one in job["steps"] if one.get("name") == step]
        (self.folder / "answers.json").write_text(json.dumps(self.answers))
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=folder,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def propose(self) -> str:
        """Commit what was changed, run the half that may only read, and hand its proposal over."""
        head = self.commit("Change")
        git(self.server, "update-ref", f"refs/pull/{NUMBER}/head", head)
        place = self.folder / "reader"
        git(self.folder, "clone", "-q", str(self.server), str(place))
        git(place, "checkout", "-q", head)
        code, printed = self.run(
            "policy-review.yml", "Propose", place, NUMBER=str(NUMBER), BASE=self.base, HEAD=head
        )
        assert code == 0, printed
        shutil.copytree(place / "proposal", self.temp / "proposal")
        self.answers["pull"] = f"{head} {self.base}"
        return head

    def comment(self, head: str) -> tuple[int, str]:
        """Run the half that may write, step by step until one fails."""
        place = self.folder / "writer"
        git(self.folder, "clone", "-q", "-b", "main", str(self.server), str(place))
        git(place, "remote", "remove", "origin")
        printed = ""
        for step in (
            "Identify the pull request",
            "Fetch both sides",
            "Plan again",
            "Create or update the comment",
        ):
            code, text = self.run(
                "policy-comment.yml",
                step,
                place,
                NUMBER=str(NUMBER),
                BASE=self.base,
                HEAD=head,
                GH_TOKEN="none",
            )
            printed += text
            if code:
                return code, printed
        return 0, printed

    def change_something(self) -> None:
        """A change like any other, not committed yet."""
        change(self.server / "rules/triage/intake.yaml", "add_labels: [security]", "add_labels: [bug]")

    def wrote(self) -> list[list[str]]:
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        return [words for words in map(json.loads, lines) if "--method" in words]


@pytest.fixture
def review(tmp_path, started, written):
    return Review(tmp_path, started, written)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_comment_says_what_would_change(review):
    change(review.server / "rules/triage/intake.yaml", "add_labels: [needs-info]", "add_labels: [needs_work]")
    change(review.server / "rules/grooming/board.yaml", "value: In progress }", "value: Ready }")
    code, printed = review.comment(review.propose())
    assert code == 0, printed
    (words,) = review.wrote()
    assert words[words.index("--method") + 1] == "POST"
    assert f"repos/{REPOSITORY}/issues/{NUMBER}/comments" in words
    body = review.body.read_text()
    assert body.startswith("<!-- rulewright:policy-review -->\n")
    assert "+++ after" in body
    assert body.count("~~~~~~~~") == 2
    assert "needs_work" in body or "Ready" in body


def test_the_comment_is_edited_in_place(review):
    change(review.server / "rules/triage/intake.yaml", "add_labels: [security]", "add_labels: [bug]")
    review.answers["comments"] = "4711\n4712\n"
    code, printed = review.comment(review.propose())
    assert code == 0, printed
    (words,) = review.wrote()
    assert words[words.index("--method") + 1] == "PATCH"
    assert f"repos/{REPOSITORY}/issues/comments/4711" in words


def test_a_new_label_and_the_rule_that_uses_it_come_together(review):
    """The label file is of the same side as the policies; the base's knows no such label."""
    change(
        review.server / "rules/triage/intake.yaml", "add_labels: [needs-info]", "add_labels: [needs-answer]"
    )
    change(
        review.server / "labels.yml",
        "- { name: needs-info,",
        "- { name: needs-answer, color: fbca04 }\n- { name: needs-info,",
    )
    code, printed = review.comment(review.propose())
    assert code == 0, printed
    body = review.body.read_text()
    assert "needs-answer" in body
    assert "nothing is taken from them" not in body.lower()


def test_a_label_that_nobody_lists_is_found_in_the_review(review):
    change(
        review.server / "rules/triage/intake.yaml", "add_labels: [needs-info]", "add_labels: [needs-answer]"
    )
    head = review.commit("Change")
    place = review.folder / "reader"
    git(review.folder, "clone", "-q", str(review.server), str(place))
    git(place, "checkout", "-q", head)
    code, printed = review.run("policy-review.yml", "Validate", place)
    assert (code, "needs-answer" in printed) == (1, True)


def test_another_plan_than_the_proposed_one_is_refused(review):
    change(review.server / "rules/triage/intake.yaml", "add_labels: [security]", "add_labels: [bug]")
    head = review.propose()
    hashes = review.temp / "proposal" / "hashes"
    hashes.write_text(hashes.read_text().replace(hashes.read_text()[:64], "0" * 64))
    code, printed = review.comment(head)
    assert code == 0, printed
    body = review.body.read_text()
    assert "are not the plans that these policies make here" in body
    assert "diff" not in body
    assert "0" * 64 not in body


@pytest.mark.parametrize("number", ["", "7; touch trace", "8 9", "../7", "-7", "$(touch trace)"])
def test_a_proposal_that_names_no_pull_request_is_refused(review, number):
    review.change_something()
    head = review.propose()
    (review.temp / "proposal" / "number").write_text(number)
    code, printed = review.comment(head)
    assert (code, "has no pull request number" in printed) == (1, True)
    assert review.wrote() == []


def test_a_pull_request_that_moved_on_is_refused(review):
    review.change_something()
    head = review.propose()
    review.answers["pull"] = f"{'f' * 40} {review.base}"
    code, printed = review.comment(head)
    assert (code, "has new commits" in printed) == (1, True)
    assert review.wrote() == []


def test_a_link_among_the_policies_is_refused(review):
    review.change_something()
    (review.server / "rules" / "triage" / "stolen.yaml").symlink_to("/proc/self/environ")
    head = review.commit("Link")
    git(review.server, "update-ref", f"refs/pull/{NUMBER}/head", head)
    (review.temp / "proposal").mkdir()
    (review.temp / "proposal" / "number").write_text(f"{NUMBER}\n")
    (review.temp / "proposal" / "hashes").write_text("")
    review.answers["pull"] = f"{head} {review.base}"
    code, printed = review.comment(head)
    assert (code, "no plain file" in printed) == (1, True)
    assert review.wrote() == []


def test_nothing_that_the_pull_request_brings_is_run(review):
    """Its configuration is not taken: a plugin in it would be imported."""
    review.change_something()
    change(review.server / "rulewright.yaml", "budgets:", "plugins: ['leaky:SOURCES']\n\nbudgets:")
    (review.server / "leaky.py").write_text(f"open({str(review.folder / 'trace')!r}, 'w')\nSOURCES = {{}}\n")
    code, printed = review.comment(review.propose())
    assert code == 0, printed
    assert not (review.folder / "trace").exists()
    assert "diff" in review.body.read_text()


def test_text_of_a_policy_cannot_leave_its_fence(review):
    change(
        review.server / "rules/triage/intake.yaml",
        "description: Masks credentials. Notifies the security team and the on-call engineer.",
        'description: "~~~~~~~~ @octo-org/everybody"',
    )
    code, printed = review.comment(review.propose())
    assert code == 0, printed
    body = review.body.read_text()
    assert body.count("~~~~~~~~") == 2
    assert body.rstrip().endswith("~~~~~~~~")
