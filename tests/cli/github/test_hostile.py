"""Whatever stands in an issue: its secrets stand in no output, plan, journal or comment; a crash on the way too."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.detection.token_forms import checksum

Command = Callable[..., tuple[int, str, str]]
RANDOM = "0123456789abcdefghijABCDEFGHIJ"
SECRETS = (f"ghp_{RANDOM}{checksum(RANDOM)}", "octavia.cat@octo-mail.dev", "4539 1488 0343 6467")
"""A token that fits its checksum and was never given out, an address, a card's number that fits its own."""
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: First look at every new issue. }
on: [schedule]
templates:
  notice: "{{ author }}: what was in {{ title }} is masked; rotate it."
  hello: "{{ title }}"
let:
  pii: { detect: pii, in: [issue.title, issue.body, "comments[].body"] }
rules:
  - id: pii-found
    description: Personal data or a secret stands in public text.
    when: { pii.count: { gt: 0 } }
    then: [ mask: pii, { add_labels: [security] }, { comment: notice } ]
  - id: tagged
    description: Titles say what is wrong.
    when: { title: { contains: "[P1]" } }
    then: [ { set_title: { remove: ["[P?]"] } }, { comment: hello } ]
"""


def leaks(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["title", "body", "comment"])
@pytest.mark.parametrize("masking", [True, False])
def test_a_secret_reaches_nothing_that_is_written(
    place: str, masking: bool, sim: Simulator, repo: RepositoryHandle, rulewright: Command, folder: Path
) -> None:
    policy = POLICY
    if not masking:  # nobody asked for a mask: the journal is clean all the same
        start, end = policy.index("let:"), policy.index("  - id: tagged")
        policy = policy[:start].replace("  notice", "  unused") + "rules:\n" + policy[end:]
        policy = policy.replace(
            '  unused: "{{ author }}: what was in {{ title }} is masked; rotate it."\n', ""
        )
    (folder / "rules" / "intake.yaml").write_text(policy)
    text = " and ".join(SECRETS)
    number = repo.issue(f"[P1] Crash {text if place == 'title' else ''}", text if place == "body" else "text")
    if place == "comment":
        sim.act("mona").comment(repo, number, text)
    seen = []
    for words in (
        ["run", "--journal", "journal.jsonl", "--all"],
        ["run", "--journal", "journal.jsonl", "--all", "--format", "json", "--plan-out", "plan.jsonl"],
        ["run", "--apply", "--journal", "journal.jsonl", "--all"],
        ["run", "--apply", "--journal", "journal.jsonl", "--all"],
        ["undo", "journal.jsonl", "--everything"],
        ["journal", "show", "journal.jsonl"],
    ):
        code, out, err = rulewright(*words)
        assert code in (0, 5), err
        seen.append(out + err)
    assert leaks((folder / "journal.jsonl").read_text()) == []
    kinds = {json.loads(line)["kind"] for line in (folder / "journal.jsonl").read_text().splitlines()}
    assert kinds == {"intent", "effect", "subject", "run"}
    if masking:
        assert leaks("".join(seen)) == []
        assert leaks((folder / "plan.jsonl").read_text()) == []
        shown = repo.state()[number]
        assert leaks(json.dumps(shown)) == []
        assert "security" in shown["labels"]
