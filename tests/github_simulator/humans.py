"""People at work on GitHub's pages: `sim.act("mona").add_labels("octo-org/demo", 12, "bug")`.

They act at the present moment of the simulator's clock, through no app, and nobody limits them.
"""

from __future__ import annotations

from contextlib import AbstractContextManager

from github_simulator import changes
from github_simulator.setup import RepositoryHandle
from github_simulator.world import Comment, Issue, Milestone, Repository, Who, World

__all__ = ["Human"]


class Human:
    """Whoever `login` is; a `…[bot]` acts as a Bot, anybody else as a User."""

    def __init__(self, world: World, lock: AbstractContextManager[object], login: str) -> None:
        self._world, self._lock = world, lock
        self.who = Who(world.account(login))

    def open(self, repository: RepositoryHandle | str, title: str, body: str | None = None) -> int:
        """A new issue; its number."""
        with self._lock:
            return changes.open_issue(self._world, self._at(repository), self.who, title, body).number

    def add_labels(self, repository: RepositoryHandle | str, number: int, *names: str) -> None:
        with self._lock:
            at, issue = self._issue(repository, number)
            changes.add_labels(self._world, at, issue, list(names), self.who)

    def remove_labels(self, repository: RepositoryHandle | str, number: int, *names: str) -> None:
        with self._lock:
            at, issue = self._issue(repository, number)
            changes.remove_labels(self._world, at, issue, list(names), self.who)

    def comment(self, repository: RepositoryHandle | str, number: int, body: str) -> int:
        """A new comment; its id."""
        with self._lock:
            at, issue = self._issue(repository, number)
            return changes.add_comment(self._world, at, issue, body, self.who).id

    def edit_comment(self, repository: RepositoryHandle | str, comment: int, body: str) -> None:
        with self._lock:
            at = self._at(repository)
            changes.edit_comment(self._world, at, self._comment(at, comment), body, self.who)

    def delete_comment(self, repository: RepositoryHandle | str, comment: int) -> None:
        with self._lock:
            at = self._at(repository)
            changes.delete_comment(self._world, at, self._comment(at, comment), self.who)

    def close(self, repository: RepositoryHandle | str, number: int, reason: str = "completed") -> None:
        with self._lock:
            _, issue = self._issue(repository, number)
            changes.set_state(self._world, issue, "closed", None if issue.pull else reason, self.who)

    def reopen(self, repository: RepositoryHandle | str, number: int) -> None:
        with self._lock:
            changes.set_state(self._world, self._issue(repository, number)[1], "open", None, self.who)

    def mark_duplicate(self, repository: RepositoryHandle | str, number: int, of: int) -> None:
        """Says that one issue repeats another; `unmark_duplicate` takes it back."""
        with self._lock:
            at, issue = self._issue(repository, number)
            changes.mark_duplicate(self._world, issue, at.issues[of], self.who)

    def unmark_duplicate(self, repository: RepositoryHandle | str, number: int, of: int) -> None:
        with self._lock:
            at, issue = self._issue(repository, number)
            changes.unmark_duplicate(self._world, issue, at.issues[of], self.who)

    def assign(self, repository: RepositoryHandle | str, number: int, *logins: str) -> None:
        with self._lock:
            accounts = [self._world.account(login) for login in logins]
            changes.add_assignees(self._world, self._issue(repository, number)[1], accounts, self.who)

    def unassign(self, repository: RepositoryHandle | str, number: int, *logins: str) -> None:
        with self._lock:
            accounts = [self._world.account(login) for login in logins]
            changes.remove_assignees(self._world, self._issue(repository, number)[1], accounts, self.who)

    def edit_title(self, repository: RepositoryHandle | str, number: int, title: str) -> None:
        with self._lock:
            at, issue = self._issue(repository, number)
            changes.edit_issue(self._world, at, issue, self.who, title=title)

    def edit_body(self, repository: RepositoryHandle | str, number: int, body: str) -> None:
        with self._lock:
            at, issue = self._issue(repository, number)
            changes.edit_issue(self._world, at, issue, self.who, body=body)

    def milestone(self, repository: RepositoryHandle | str, number: int, title: str | None) -> None:
        """Sets the milestone of that title, made when it is new; None takes it off."""
        with self._lock:
            at, issue = self._issue(repository, number)
            found = None if title is None else self._milestone(at, title)
            changes.set_milestone(self._world, issue, found, self.who)

    def lock(self, repository: RepositoryHandle | str, number: int, reason: str | None = None) -> None:
        with self._lock:
            changes.lock(self._world, self._issue(repository, number)[1], True, self.who, reason)

    def react(
        self, repository: RepositoryHandle | str, number: int, content: str, *, comment: int | None = None
    ) -> None:
        """A reaction (`+1`, `-1`, …) to the issue, or to one of its comments."""
        with self._lock:
            at, issue = self._issue(repository, number)
            target = issue.reactions if comment is None else self._comment(at, comment).reactions
            if (content, self.who.account.login) not in target:
                target.append((content, self.who.account.login))

    def delete(self, repository: RepositoryHandle | str, number: int) -> None:
        """Deletes an issue: it answers 410 from now on."""
        with self._lock:
            at, issue = self._issue(repository, number)
            for comment in issue.comments:
                at.comments.pop(comment.id)
            del at.issues[number], self._world.issues[issue.id]
            at.deleted.add(number)

    def _at(self, repository: RepositoryHandle | str) -> Repository:
        name = repository if isinstance(repository, str) else repository.name
        found = self._world.repository(name)
        if found is None:
            raise KeyError(f"no repository is called {name}")
        return found

    def _issue(self, repository: RepositoryHandle | str, number: int) -> tuple[Repository, Issue]:
        at = self._at(repository)
        return at, at.issues[number]

    def _comment(self, at: Repository, comment: int) -> Comment:
        return at.comments[comment][1]

    def _milestone(self, at: Repository, title: str) -> Milestone:
        for one in at.milestones.values():
            if one.title == title:
                return one
        now = self._world.clock.now()
        number = len(at.milestones) + 1
        made = Milestone(self._world.id("milestone"), number, title, self.who.account, now, now)
        at.milestones[number] = made
        return made
