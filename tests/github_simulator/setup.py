"""Setting a repository up from Python, and looking at it: `repo = sim.repository("octo-org/demo")`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from github_simulator import changes
from github_simulator.clock import seconds
from github_simulator.payloads import payload
from github_simulator.world import Issue, Label, Pull, Repository, Who, World

__all__ = ["RepositoryHandle"]


class RepositoryHandle:
    """One repository as a test sees it. `data` is the state itself; reading it is fine, changing it is not."""

    def __init__(self, world: World, lock: AbstractContextManager[object], data: Repository) -> None:
        self._world, self._lock, self.data = world, lock, data

    @property
    def name(self) -> str:
        """`octo-org/demo`"""
        return self.data.full_name

    def issue(
        self,
        title: str = "Something is wrong",
        body: str | None = None,
        *,
        author: str = "octocat",
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
        state: str = "open",
        state_reason: str | None = None,
        created_at: float | str | None = None,
    ) -> int:
        """A new issue; its number. Labels and assignees stand on it from the start, set by the author.

        `created_at` (seconds, or as GitHub writes it) puts the issue and its events into the past.
        """
        with self._lock:
            at = seconds(created_at) if isinstance(created_at, str) else created_at
            who = Who(self._world.account(author))
            issue = changes.open_issue(self._world, self.data, who, title, body, created_at=at)
            changes.add_labels(self._world, self.data, issue, list(labels), who)
            changes.add_assignees(self._world, issue, [self._world.account(one) for one in assignees], who)
            if state == "closed":
                changes.set_state(self._world, issue, "closed", state_reason, who)
            if at is not None:
                issue.updated_at = at
                issue.closed_at = at if issue.state == "closed" else None
                for event in issue.events:
                    event.at = at
            return issue.number

    def pull(
        self,
        title: str = "Change something",
        body: str | None = None,
        *,
        author: str = "octocat",
        files: Iterable[str] = ("README.md",),
        draft: bool = False,
        fork: bool = False,
        head: str = "patch-1",
        **more: Any,
    ) -> int:
        """A new pull request into the default branch; its number. `more` as for `issue`."""
        with self._lock:
            number = self.issue(title, body, author=author, **more)
            base = self.data.refs.get(f"refs/heads/{self.data.default_branch}", "0" * 40)
            sha = f"{number:040x}"
            entries = [self._file(name, sha) for name in files]
            self.data.issues[number].pull = Pull(
                self._world.id("pull"),
                head,
                self.data.default_branch,
                sha,
                base,
                fork=fork,
                draft=draft,
                files=entries,
            )
            return number

    def _file(self, name: str, sha: str) -> dict[str, Any]:
        url = f"https://github.com/{self.name}/blob/{sha}/{name}"
        return {
            "sha": sha,
            "filename": name,
            "status": "modified",
            "additions": 1,
            "deletions": 1,
            "changes": 2,
            "blob_url": url,
            "raw_url": url.replace("/blob/", "/raw/"),
            "contents_url": f"https://api.github.com/repos/{self.name}/contents/{name}?ref={sha}",
            "patch": "@@ -1 +1 @@\n-old\n+new",
        }

    def label(self, name: str, color: str = "ededed", description: str | None = None) -> None:
        """A label of the repository."""
        with self._lock:
            self.data.labels[name.casefold()] = Label(self._world.id("label"), name, color, description)

    def collaborator(self, login: str, role: str) -> None:
        """Gives somebody a role: read, triage, write, maintain, admin; none takes it."""
        with self._lock:
            self._world.account(login)
            self.data.roles[login.casefold()] = role

    def payload(
        self, event: str, action: str, number: int, *, sender: str | None = None, **details: Any
    ) -> dict[str, Any]:
        """The webhook payload of something that happened to an issue; see `payloads.payload`."""
        with self._lock:
            return payload(self._world, self.data, event, action, number, sender=sender, **details)

    def get(self, number: int) -> Issue:
        return self.data.issues[number]

    def state(self) -> dict[int, dict[str, Any]]:
        """Everything that a person can see of each issue, as plain data without times: compare before and after."""
        with self._lock:
            return {number: self._shown(issue) for number, issue in sorted(self.data.issues.items())}

    def _shown(self, issue: Issue) -> dict[str, Any]:
        return {
            "title": issue.title,
            "body": issue.body,
            "state": issue.state,
            "state_reason": issue.state_reason,
            "labels": sorted(one.name for one in issue.labels),
            "assignees": sorted(one.login for one in issue.assignees),
            "milestone": None if issue.milestone is None else issue.milestone.title,
            "locked": issue.locked,
            "comments": [(one.author.account.login, one.body) for one in issue.comments],
            "reactions": sorted(issue.reactions),
            "fields": self.fields(issue.number),
        }

    def fields(self, number: int) -> Mapping[str, Any]:
        """`project title/field` → value, over the boards that the issue stands on."""
        issue = self.data.issues[number]
        return {
            f"{project.title}/{name}": value
            for project in self._world.projects.values()
            for name, value in project.shown(issue).items()
        }
