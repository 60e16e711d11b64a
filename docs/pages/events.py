"""docs/events.md: the events, their payloads, and the fields that policies read. Types come from the event schema."""

# ruff: noqa: E501 (the rows of tables are single lines)

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pages.table import cell
from rulewright.policy.event_catalog import PathInfo, describe_path

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["markdown"]

ISSUE: Final = {
    "issue.number": "The number.",
    "issue.title": "The title.",
    "issue.body": "The text; null if there is none.",
    "issue.state": "`open` or `closed`.",
    "issue.state_reason": "Why it is closed or open again: `completed`, `not_planned`, `duplicate`, `reopened`.",
    "issue.labels[].name": "The names of the labels.",
    "issue.user.login": "The author.",
    "issue.author_association": "The relation of the author to the repository, such as `NONE`, `MEMBER`, `OWNER`.",
    "issue.assignees[].login": "The assignees.",
    "issue.milestone.title": "The milestone.",
    "issue.comments": "The number of comments. The texts are in `comments`.",
    "issue.created_at": "When it was opened.",
    "issue.updated_at": "When it last changed, also by a bot.",
    "issue.closed_at": "When it was closed.",
    "issue.type.name": "The issue type, in organisations that have them.",
}
PULL: Final = {
    "pull_request.number": "The number. `title`, `body`, `state`, `labels`, `user`, `assignees`, `milestone` and the "
    "times are as for an issue.",
    "pull_request.draft": "Whether it is a draft.",
    "pull_request.merged": "Whether it is merged.",
    "pull_request.base.ref": "The branch that it goes into.",
    "pull_request.head.ref": "The branch that it comes from.",
    "pull_request.head.repo.full_name": "The repository that it comes from: another one for a fork.",
    "pull_request.requested_reviewers[].login": "The people who are asked for a review.",
    "pull_request.changed_files": "The number of changed files. Their names are in `files`.",
    "pull_request.additions": "Added lines.",
    "pull_request.deletions": "Deleted lines.",
}
COMMON: Final = {
    "action": "What happened, such as `opened`.",
    "sender.login": "Who caused the event.",
    "sender.type": "`User`, `Bot` or `Organization`.",
    "repository.full_name": "`owner/name`.",
    "repository.private": "Whether the repository is private.",
    "repository.default_branch": "The default branch.",
}
MORE: Final = (
    ("issues.labeled", "label.name", "The label that was added or, with `issues.unlabeled`, removed."),
    ("issues.assigned", "assignee.login", "Who was assigned or unassigned."),
    ("issues.edited", "changes.title.from", "The text before an edit; also `changes.body.from`."),
    ("issue_comment.created", "comment.body", "The text of the comment."),
    ("issue_comment.created", "comment.user.login", "Who wrote it."),
    ("pull_request_review.submitted", "review.state", "`approved`, `changes_requested` or `commented`."),
    ("workflow_run.completed", "workflow_run.conclusion", "`success`, `failure`, …"),
    ("workflow_run.completed", "workflow_run.name", "The name of the workflow."),
    ("release.published", "release.tag_name", "The tag."),
    ("deployment_status.created", "deployment_status.state", "`success`, `failure`, …"),
    ("workflow_dispatch", "inputs", "The inputs, by name: `inputs.reason`."),
)
BESIDE: Final = {
    "comments[].body": "The comments, the oldest first.",
    "comments[].user.login": "Who wrote each.",
    "comments[].own": "Whether the tool wrote it.",
    "timeline[].event": "GitHub's timeline: `labeled`, `closed`, `commented`, … Use a [`timeline` fact]"
    "(how-to/facts.md#who-did-what) for conditions.",
    "reviews[].state": "The reviews of a pull request.",
    "files[].filename": "The paths of the files that a pull request changes.",
    "files[].status": "`added`, `modified`, `removed`, `renamed`.",
    "fields": 'The fields of project boards: `fields."1/Status"` is the field `Status` of board 1.',
    "viewer.login": "The account of the tool.",
}
MEASUREMENT: Final = {
    "measurements[].metric": "The name, which `source: { measurement: NAME }` of an objective names.",
    "measurements[].unit": "The unit of the values: `s`, `ms`, `%`, `MiB`, …",
    "measurements[].values": "The values of one run. Several entries with one name are several runs.",
    "measurements[].value": "One value, instead of `values`.",
    "measurements[].events": "Counts, instead of values, for rates: `{ bad: 2, total: 1200 }`.",
    "measurements[].failed": "The number of failed requests; their latency is not among the values.",
    "measurements[].id": "The name of the run. Entries with the same id are one run.",
    "measurements[].side": "`base`: the entry was measured on the other revision, and is the baseline.",
    "measurements[].time": "When it was measured, for `max_age`.",
    "measurements[].sha": "The commit that was measured.",
    "run.sha": "The commit of all entries.",
    "run.at": "When all entries were measured.",
    "baseline.measurements[].metric": "Measurements of an earlier release, in the same form, to compare with.",
}
PROMOTION: Final = {
    "promotion.from": "The environment that the artifact comes from; absent for a new artifact.",
    "promotion.to": "The environment that it goes to.",
    "promotion.artifact.image": "The image, without tag.",
    "promotion.artifact.model": "The name of the model, if the artifact is a model.",
    "promotion.artifact.digest": "`sha256:` and 64 hexadecimal digits.",
    "promotion.artifact.version": "The label, such as `1.4.2-bbbbbbb`.",
    "promotion.requested_by": "Who asks for the promotion.",
    "promotion.author": "Who wrote the change.",
    "promotion.commit": "The commit that the artifact was built from.",
    "promotion.evidence[].type": "`gate`, `test`, `check`, `signature` or `attestation`.",
    "promotion.evidence[].name": "The name of the gate, the test, the check or the predicate type.",
    "promotion.evidence[].verdict": "`PASS`, `WARN`, `FAIL`, … For a check also its conclusion.",
    "promotion.evidence[].subject": "The digest that the record is about.",
    "promotion.evidence[].at": "When it was established, for `max_age`; a time in the future blocks.",
    "promotion.evidence[].identity": "Of a signature or attestation: the identity in the certificate.",
    "promotion.evidence[].issuer": "Of a signature or attestation: the OIDC issuer.",
    "promotion.approvals[].login": "Who approved.",
    "promotion.approvals[].teams": "The teams of that person.",
    "promotion.soak.seconds": "How long the artifact ran in `from` without interruption.",
    "promotion.soak.verified_since": "Since when it runs there, instead of `seconds`.",
}

HEAD = """\
# Events and their fields

A policy is evaluated for the events under its `on:`. This page lists where events come from, and the fields of their payloads.
It is generated from the event schema; [the format](format.md#events) lists all events and actions.

| event | where it comes from |
|---|---|
| GitHub's events, such as `issues.opened` | a workflow: in Actions, `run` and `evaluate` read the event of the workflow; elsewhere `--event FILE` names a webhook payload |
| [`schedule`](#schedule-a-sweep) | `rulewright run` on a schedule, on `workflow_dispatch` and outside of Actions: one event for each open issue and pull request; `--issue N`: one |
| [`manual`](#manual) | a workflow that a person starts (`workflow_dispatch`), or `--event-name manual` |
| [`measurement`](#measurement) | a file that a job writes, passed with `--event` or to `rulewright gate --from` |
| [`promotion_request`](#promotion_request) | a file that a job writes, passed with `--event` |

A path is written as in the tables, `issue.user.login`; `[]` reads every element of a list. [Short names](format.md#short-names) such
as `title` and `labels` stand for the issue, pull request or discussion of the event, whichever it is. A path that no event of the
policy has does not load. *Untrusted* text can be written by anyone: it can be compared and quoted, and cannot name an assignee, a
channel or a promotion.
"""
EVENT_FORM = """\
## Pass an event

A file contains a webhook payload. Its event is detected; `--event-name issues.opened` names it. An envelope contains both:

<!-- file: event.json -->
```json
{
  "event": "issues",
  "payload": {
    "action": "opened",
    "issue": { "number": 12, "title": "A crash at startup", "body": null, "state": "open", "labels": [], "user": { "login": "mona" } },
    "repository": { "full_name": "octo-org/demo" },
    "sender": { "login": "mona", "type": "User" }
  }
}
```

<!-- file: greet.yaml -->
```yaml
apiVersion: rulewright/v1
kind: Triage
metadata: { name: greet, owner: team-triage, description: Greets the authors of issues. }
on: [issues.opened]
rules:
  - id: greet
    description: Somebody opened an issue.
    when: { sender.type: User }
    then: [ comment: { text: "Thank you, {{ author }}." } ]
```

```console
$ rulewright evaluate greet.yaml --event event.json --now 2026-01-05T09:00:00Z
issues.opened  octo-org/demo#12  …
…
Plan  1 effect  hash …
…
```
"""
SWEEP = """\
## schedule: a sweep

A sweep has one event for each open issue and pull request: its present state under `issue` or `pull_request`, `repository`, and what
is [read when a rule needs it](#read-when-a-rule-needs-it). Nothing happened in it, so it has no `action`, `sender`, `label`,
`comment` or `changes`: a condition on one of them is unknown. Use [`timeline` facts](how-to/facts.md#who-did-what) for what happened
earlier, and a skip for pull requests:

```yaml
skip:
  - { id: not-an-open-issue, when: { issue.state: { ne: open, on_missing: true } } }
```

`issues.created_after` in `rulewright.yaml` leaves out older issues.

## manual

A person starts a workflow by hand. `rulewright evaluate` evaluates policies with `on: [manual]`; the inputs are in `inputs`.
`rulewright run` sweeps then, as on a schedule, except with `--issue N --event-name manual`.
"""
MEASURED = """\
## measurement

The measured values of a run. `rulewright measure` writes this form as JSON Lines, one entry on each line; a tool of your own can write
it as one document:

<!-- file: measured.json -->
```json
{
  "measurements": [
    { "metric": "chat_response", "unit": "ms", "id": "1", "values": [412, 398, 455, 407, 431] },
    { "metric": "chat_response", "unit": "ms", "id": "2", "values": [420, 401, 399, 418, 440] },
    { "metric": "errors", "events": { "bad": 1, "total": 4000 } }
  ],
  "run": { "sha": "4f2c9d1e8b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d", "at": "2026-01-05T08:30:00Z" }
}
```

<!-- file: gate.yaml -->
```yaml
apiVersion: rulewright/v1
kind: SLOGate
metadata: { name: chat, owner: team-chat, description: What a release must meet. }
on: [measurement]
objectives:
  - { id: typical, source: { measurement: chat_response }, unit: ms, aggregate: p50, pass: { lte: 500ms } }
  - { id: errors, source: { measurement: errors }, unit: "%", direction: lower, aggregate: rate, pass: { lt: 1% } }
```

```console
$ rulewright gate gate.yaml --from measured.json
✓ PASS  chat  gate.yaml
…
PASS: may be promoted; 2 PASS in 1 gate
$ rulewright evaluate gate.yaml --event measured.json --now 2026-01-05T09:00:00Z
measurement  …
…
```
"""
PROMOTED = """\
## promotion_request

A request to promote an artifact, with its evidence. A job of yours collects it: the digest of the image, the verdict of the gate, the
result of the tests, the signature that `cosign verify` confirmed, the approvals of the environment. Rulewright believes what the file
says: write it in a job that nobody but the release team can change. [Gate and promote](how-to/gate-and-promote.md) does it from end
to end; `examples/events/promotion-request-staging.json` is a complete example.
"""


def markdown() -> str:
    """The page. Raises ValueError for a path that the event schema does not have."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield EVENT_FORM
    yield "## Every event\n"
    yield from _table(COMMON, "issues.opened")
    yield "\n## Issues: `issues`, `issue_comment`, `schedule`\n"
    yield from _table(ISSUE, "issues.opened")
    yield "\n## Pull requests: `pull_request`, `pull_request_review`, `schedule`\n"
    yield from _table(PULL, "pull_request.opened")
    yield "\n## Fields of some events only\n"
    yield "| event | path | type | what it is |\n|---|---|---|---|"
    for event, path, about in MORE:
        yield f"| `{event}` | `{path}` | {_type(path, event)} | {cell(about)} |"
    yield "\n## Read when a rule needs it\n"
    yield (
        "No webhook carries these. With `--repo`, they are read from GitHub when an undecided rule needs them. Without it, they\n"
        "are missing unless the event file has them.\n"
    )
    yield from _table(BESIDE, "schedule")
    yield ""
    yield SWEEP
    yield MEASURED
    yield from _table(MEASUREMENT, "measurement")
    yield ""
    yield PROMOTED
    yield from _table(PROMOTION, "promotion_request")


def _table(rows: dict[str, str], event: str) -> Iterator[str]:
    yield "| path | type | what it is |\n|---|---|---|"
    for path, about in rows.items():
        yield f"| `{path}` | {_type(path, event)} | {cell(about)} |"


def _type(path: str, event: str) -> str:
    """`text, untrusted`, `list of text`."""
    segments = tuple(path.replace("[]", ".[]").split("."))
    info = describe_path(segments, [event], {})
    if not isinstance(info, PathInfo):
        raise ValueError(f"{event} has no path {path}")
    types = info.items if info.projected else info.types
    words = {"string": "text", "object": "mapping", "array": "list"}
    shown = sorted(words.get(name, name) for name in types - {"null"})
    shown = ["any"] if len(shown) > 3 else shown
    text = "time" if info.format == "date-time" else " or ".join(shown) or "any"
    text = f"list of {text}" if info.projected else text
    return f"{text}, untrusted" if info.untrusted else text
