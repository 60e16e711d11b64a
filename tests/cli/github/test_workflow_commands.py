"""Whatever an issue says, no line of any output is a workflow command, but for the annotations that are meant.

The runner obeys a line that begins with `::command::`, after blanks, and `##[command]` anywhere in a line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle

pytestmark = pytest.mark.slow

Command = Callable[..., tuple[int, str, str]]
HOSTILE = (
    "::set-output name=a::b crash",
    "crash\n::error::b",
    "crash\r::add-mask::b",
    "crash\u2028::stop-commands::b",
    "crash\x85::error::b",
    "\u200b::error::crash",
    "##[error]crash",
    "crash ##[add-mask]b",
    "crash\n##[set-env name=PATH]/evil",
    "  ::error::crash %0A::error::b",
)
ANNOTATION = re.compile(r"::(error|warning|notice) (file=[^:]*,)?(line=\d+,)?(col=\d+,)?title=[^:]*::.*")
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [issues, schedule]
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { title: { contains: crash }, state: open }
    then:
      - add_labels: [bug]
      - comment: { text: "{{ title }}" }
      - set_title: "Short of crash"
      - warn: "{{ title }}"
      - create_issue: { title: "{{ title }}", body: "{{ body }}", key: "{{ issue.number }}" }
  - id: old
    description: The title is long.
    when: { title: { length: { gt: 100 } } }
    then: [ close ]
"""


def obeyed(text: str, *, annotations: bool = False) -> list[str]:
    """The lines that a runner obeys; `annotations`: without those that are of the form that is meant."""
    lines = re.split(r"\r\n|\r|\n", text)
    found = [line for line in lines if line.lstrip().startswith("::") or "##[" in line]
    return [line for line in found if not (annotations and ANNOTATION.fullmatch(line))]


@pytest.mark.parametrize("form", ["text", "json", "markdown", "github"])
@pytest.mark.parametrize("title", HOSTILE)
def test_titles(
    form: str,
    title: str,
    sim: Simulator,
    repo: RepositoryHandle,
    rulewright: Command,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    (folder / "rules" / "intake.yaml").write_text(POLICY)
    number = repo.issue(title, f"body {title}")
    event = {
        "action": "opened",
        "issue": {"number": number, "title": title, "body": title, "state": "open", "user": {"login": "mona"},
                  "labels": [{"name": title}]},
        "repository": {"full_name": "octo-org/demo"},
    }  # fmt: skip
    (folder / "event.json").write_text(json.dumps(event))
    for words in (
        ["evaluate", "--event", "event.json", "--all", "--plan-out", "plan.json"],
        ["explain", "intake/crash", "--event", "event.json"],
        ["run", "--all", "--journal", "journal.jsonl", "--plan-out", "plans.jsonl"],
        ["run", "--apply", "--all", "--journal", "journal.jsonl"],
        ["apply", "plans.jsonl", "--journal", "journal.jsonl"],
        ["undo", "journal.jsonl", "--everything"],
        ["journal", "show", "journal.jsonl"],
        ["journal", "verify", "journal.jsonl"],
        ["stats", "journal.jsonl"],
    ):
        code, out, err = rulewright(*words, "--format", form)
        assert code in (0, 1, 3, 5), err
        assert obeyed(out, annotations=form == "github") == [], words
        assert obeyed(err) == [], words
    for shape in ("jsonl", "json", "csv"):
        code, out, err = rulewright("journal", "export", "journal.jsonl", "--as", shape)
        assert obeyed(out + err) == [], shape
