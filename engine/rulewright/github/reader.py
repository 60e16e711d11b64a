"""Reads of GitHub: subjects as events, what stands around them, and their state as it is now.

One reader serves one run: what it has read of a subject it does not read again, so that all policies see one
snapshot. `state` alone asks anew each time, because apply looks before every write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar, cast

from rulewright.events.history import ACTIONS_BOT, is_named, is_written_by_tool, own_accounts
from rulewright.events.model import Event
from rulewright.events.snapshot import Subject, snapshot
from rulewright.github.boards import board_fields, find_board
from rulewright.github.errors import GitHubError
from rulewright.github.graphql import nodes_at
from rulewright.github.urls import path
from rulewright.policy.config import Identity
from rulewright.policy.json_types import as_object, as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping

    from rulewright.events.snapshot import Snapshot
    from rulewright.github.client import Client
    from rulewright.policy.json_types import Json, JsonObject

T = TypeVar("T")

ISSUES: Final = "/repos/{owner}/{repo}/issues"
ISSUE: Final = ISSUES + "/{issue_number}"
PULLS: Final = "/repos/{owner}/{repo}/pulls"
PULL: Final = PULLS + "/{pull_number}"
GONE: Final = ("not_found", "gone")
DELETED: Final = "comment_deleted"
OF_SUBJECTS: Final = frozenset({"comments", "timeline", "reviews", "files", "fields"})
ROLES: Final = {"pull": "read", "push": "write"}
"""Older servers name a permission by what it allows; the others have names of their own."""


class GitHubReader:
    """What `facts/payload_loader.py` asks for, and the events and states that a run needs. Raises GitHubError."""

    def __init__(self, client: Client, identity: Identity | None = None) -> None:
        """`identity`: rulewright.yaml's, the accounts that the tool acts as."""
        self._client = client
        self._identity = identity or Identity()
        self._known: dict[tuple[object, ...], object] = {}

    def viewer(self) -> JsonObject | None:
        """Who the token is: `{"login"}`; None for one that does not tell."""
        return self._once(("viewer",), self._viewer)

    def repository(self, name: str) -> JsonObject:
        """The repository as `GET /repos/{owner}/{repo}` gives it."""
        return self._once(
            ("repository", name), lambda: dict(self._client.get(path("/repos/{owner}/{repo}", name)))
        )

    def subjects(self, repository: str, since: str | None = None) -> Iterator[Event]:
        """A `schedule` event for every open issue and pull request, the oldest first.

        `since`: only those that changed then or later (ISO 8601). The whole list is read before the first is given:
        closing one while pages are read would move another out of sight.
        """
        about = {"schedule": "", "repository": self.repository(repository)}
        order = {"state": "open", "sort": "created", "direction": "asc"}
        issues = list(self._client.pages(path(ISSUES, repository), {**order, "since": since}))
        wanted = {issue["number"] for issue in issues if "pull_request" in issue}
        pulls = list(self._client.pages(path(PULLS, repository), order)) if wanted else []
        for issue in issues:
            if "pull_request" not in issue:
                yield Event("schedule", None, {**about, "issue": issue})
        for pull in pulls:
            if pull["number"] in wanted:
                yield Event("schedule", None, {**about, "pull_request": pull})

    def first_subject(self, repository: str) -> Event | None:
        """The oldest open issue or pull request, by at most three requests; None where there is none."""
        order = {"state": "open", "sort": "created", "direction": "asc"}
        found = next(self._client.pages(path(ISSUES, repository), order, limit=1), None)
        number = None if found is None else found["number"]
        return self.event(repository, number) if isinstance(number, int) else None

    def issues(self, repository: str, since: str | None = None) -> Iterator[JsonObject]:
        """Open and closed issues and pull requests that changed since then, the longest unchanged first."""
        asked = {"state": "all", "sort": "updated", "direction": "asc", "since": since}
        yield from self._client.pages(path(ISSUES, repository), asked)

    def event(self, repository: str, number: int, name: str = "schedule") -> Event | None:
        """An event about one subject as it is now; None when there is no such subject."""
        found = self._subject(repository, number)
        if found is None:
            return None
        key, value = found
        return Event(name, None, {name: "", "repository": self.repository(repository), key: value})

    def fresh(self, event: Event, subject: Subject) -> Event | None:
        """The event with its subject as it is now; what the payload says of it is as old as the event.

        None when the subject is gone. An event about something else comes back as it is.
        """
        if subject.number is None or subject.kind not in ("issue", "pull_request"):
            return event
        key = "pull_request" if "pull_request" in event.payload else "issue"
        found = self._subject(subject.repository, subject.number, key)
        return None if found is None else event._replace(payload={**event.payload, key: found[1]})

    def comments(self, subject: Subject) -> list[JsonObject]:
        """All comments, oldest first; `own` says whether the tool wrote it."""
        return self._once(("comments", subject.target), lambda: self._comments(subject))

    def recent_comments(self, repository: str, since: str) -> Iterator[JsonObject]:
        """The comments of all subjects that changed since then, the latest first; each with `own` and `number`."""
        asked = {"sort": "updated", "direction": "desc", "since": since}
        for one in self._client.pages(path(ISSUES + "/comments", repository), asked):
            number = str(one.get("issue_url", "")).rpartition("/")[2]
            if number.isdigit():
                yield {**self._known_author(one), "number": int(number)}

    def timeline(self, subject: Subject) -> list[JsonObject]:
        """All timeline events, oldest first; a deletion tells whose comment it was, as `deleted_comment_author`."""
        return self._once(("timeline", subject.target), lambda: self._timeline(subject))

    def reviews(self, subject: Subject) -> list[JsonObject]:
        return self._once(("reviews", subject.target), lambda: self._list(PULL + "/reviews", subject))

    def files(self, subject: Subject) -> list[JsonObject]:
        return self._once(("files", subject.target), lambda: self._list(PULL + "/files", subject))

    def fields(self, subject: Subject) -> JsonObject:
        """Of the boards that belong to the repository's owner, `number/field` → value."""
        return self._once(("fields", subject.target), lambda: self._fields(subject))

    def board(self, owner: str, number: int) -> JsonObject | None:
        """A project board with its fields and options; None when the token sees none of that number."""
        key = ("board", owner.casefold(), number)
        return self._once(key, lambda: find_board(self._client, owner, number))

    def permission(self, subject: Subject, login: str) -> str:
        return self._once(
            ("permission", subject.repository, login.casefold()), lambda: self._permission(subject, login)
        )

    def state(self, subject: Subject, parts: frozenset[str]) -> Snapshot | None:
        """The state now, with comments and fields where `parts` names them; None when the subject is gone."""
        found = self._subject(subject.repository, subject.number or 0, "issue")
        if found is None:
            return None
        payload: JsonObject = {"issue": found[1]}
        if "comments" in parts:
            payload["comments"] = [*self._comments(subject)]
        if "fields" in parts:
            payload["fields"] = self._fields(subject._replace(node_id=as_text(found[1].get("node_id"))))
        return snapshot(Event("schedule", None, payload))

    def drop(self, targets: Container[str]) -> None:
        """Forget what was read of these subjects."""
        for key in [key for key in self._known if key[0] in OF_SUBJECTS and key[1] in targets]:
            del self._known[key]

    def _once(self, key: tuple[object, ...], read: Callable[[], T]) -> T:
        if key not in self._known:
            self._known[key] = read()
        return cast("T", self._known[key])

    def _viewer(self) -> JsonObject | None:
        try:
            found = self._client.graphql("viewer")["viewer"]
        except GitHubError as error:
            if error.kind in ("forbidden", "graphql", "not_found"):
                return None
            raise
        return {"login": found["login"]}

    def _subject(self, repository: str, number: int, key: str | None = None) -> tuple[str, JsonObject] | None:
        """(key in a payload, the object). One that was transferred is no longer a subject of this repository."""
        try:
            if key == "pull_request":
                return key, self._client.get(path(PULL, repository, number))
            found = self._client.get(path(ISSUE, repository, number))
            if str(found.get("repository_url", "")).casefold().endswith(f"/repos/{repository}".casefold()):
                if key is None and "pull_request" in found:
                    return "pull_request", self._client.get(path(PULL, repository, number))
                return "issue", found
        except GitHubError as error:
            if error.kind not in GONE:
                raise
        return None

    def _list(self, template: str, subject: Subject) -> list[JsonObject]:
        return list(self._client.pages(path(template, subject.repository, subject.number or 0)))

    def _timeline(self, subject: Subject) -> list[JsonObject]:
        found = self._list(ISSUE + "/timeline", subject)
        if any(one.get("event") == DELETED for one in found):
            authors = self._deleted_comments(subject)
            found = [
                {**item, "deleted_comment_author": authors[str(item["node_id"])]}
                if item.get("event") == DELETED and item.get("node_id") in authors
                else item
                for item in found
            ]
        return found

    def _deleted_comments(self, subject: Subject) -> dict[str, JsonObject | None]:
        """Node ID of a deletion → the author of the comment in REST's words, None where the account is gone."""
        owner, _, name = subject.repository.partition("/")
        asked = {"owner": owner, "repo": name, "number": subject.number}
        data = self._client.graphql("deleted_comments", asked)
        nodes = nodes_at(data, "repository", "issueOrPullRequest", "timelineItems")
        return {str(node["id"]): _rest_author(as_object(node.get("deletedCommentAuthor"))) for node in nodes}

    def _comments(self, subject: Subject) -> list[JsonObject]:
        return [self._known_author(one) for one in self._list(ISSUE + "/comments", subject)]

    def _known_author(self, comment: JsonObject) -> JsonObject:
        """The comment with `own`, where it is known whose it is."""
        own = self.wrote(comment)
        return comment if own is None else {**comment, "own": own}

    def logins(self) -> tuple[str, ...]:
        """The accounts that the tool writes as; empty where they are not all known by login, as with `app_id` alone."""
        who = self._acts_as()
        own = None if who is None else as_text(who.get("login"))
        if who is None or not own:
            return ()
        also = who.get("also")
        named = (own, *(also if isinstance(also, list | tuple) else ()), ACTIONS_BOT)
        return tuple(dict.fromkeys(login for login in named if login))

    def _acts_as(self) -> dict[str, object] | None:
        return self._once(("identity",), lambda: own_accounts(self._identity, self.viewer))

    def knows_itself(self) -> bool:
        """Whether anything tells which account is the tool's."""
        return self._acts_as() is not None

    def find_unnamed_login(self) -> str | None:
        """The token's account, where runs with another token do not know it as the tool's. None where `identity:` says
        who the tool is, or nothing tells."""
        who = self._acts_as() if not self._identity.is_named else None
        login = None if who is None else as_text(who.get("login"))
        return None if login is None or is_named(login, self._identity) else login

    def wrote(self, thing: Mapping[str, object]) -> bool | None:
        """Whether the tool wrote a comment or an issue, under whichever of its accounts; None where nothing tells."""
        return is_written_by_tool(thing, self._acts_as())

    def _fields(self, subject: Subject) -> JsonObject:
        node = subject.node_id
        if node is None:
            found = self._subject(subject.repository, subject.number or 0, "issue")
            node = None if found is None else as_text(found[1].get("node_id"))
        return {} if node is None else board_fields(self._client, node, subject.repository.partition("/")[0])

    def _permission(self, subject: Subject, login: str) -> str:
        place = "/repos/{owner}/{repo}/collaborators/{username}/permission"
        try:
            found = self._client.get(path(place, subject.repository, login))
        except GitHubError as error:
            if error.kind == "not_found":
                return "none"
            raise
        role = str(found.get("role_name") or found.get("permission") or "none")
        return ROLES.get(role, role)


def _rest_author(actor: Mapping[str, Json] | None) -> JsonObject | None:
    """GraphQL's actor as REST shows it: GraphQL leaves `[bot]` off the login of an app."""
    if not actor:
        return None
    login, kind = str(actor["login"]), str(actor["__typename"])
    return {"login": f"{login}[bot]" if kind == "Bot" else login, "type": kind}
