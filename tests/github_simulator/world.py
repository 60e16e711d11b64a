"""What the simulated GitHub knows: accounts, repositories, issues, and everything on them.

These are mutable records on purpose: they are the state. Everybody changes them through `changes`, which
writes the timeline that goes with a change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from github_simulator.clock import RealClock, VirtualClock

if TYPE_CHECKING:
    from github_simulator.projects import Project

__all__ = [
    "ROLES",
    "Account",
    "App",
    "Comment",
    "Edit",
    "Event",
    "Issue",
    "Label",
    "Milestone",
    "Pull",
    "Repository",
    "Review",
    "Who",
    "World",
]

ROLES = ("none", "read", "triage", "write", "maintain", "admin")
"""What a person may do in a repository, from nothing to everything."""

DEFAULT_LABELS = {
    "bug": ("d73a4a", "Something isn't working"),
    "documentation": ("0075ca", "Improvements or additions to documentation"),
    "duplicate": ("cfd3d7", "This issue or pull request already exists"),
    "enhancement": ("a2eeef", "New feature or request"),
    "good first issue": ("7057ff", "Good for newcomers"),
    "help wanted": ("008672", "Extra attention is needed"),
    "invalid": ("e4e669", "This doesn't seem right"),
    "question": ("d876e3", "Further information is requested"),
    "wontfix": ("ffffff", "This will not be worked on"),
}
"""The labels that GitHub gives a new repository: name → colour, description."""

_KNOWN_IDS = {
    "octocat": 583231,
    "github-actions[bot]": 41898282,
    "copilot-swe-agent[bot]": 198982749,
    "web-flow": 19864447,
}


@dataclass(slots=True)
class Account:
    login: str
    id: int
    type: str = "User"  # User | Bot | Organization


@dataclass(slots=True)
class App:
    id: int
    slug: str
    name: str


class Who(NamedTuple):
    """Who does something, and through which app."""

    account: Account
    app: App | None = None


@dataclass(slots=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None
    default: bool = False


@dataclass(slots=True)
class Milestone:
    id: int
    number: int
    title: str
    creator: Account
    created_at: float
    updated_at: float
    description: str | None = None
    due_on: str | None = None
    state: str = "open"


class Edit(NamedTuple):
    """One edit of a text: who, when, and what stood there before. GitHub keeps them for everybody to read."""

    who: Who
    at: float
    before: str | None


@dataclass(slots=True)
class Comment:
    id: int
    body: str
    author: Who
    created_at: float
    updated_at: float
    history: list[Edit] = field(default_factory=list)
    reactions: list[tuple[str, str]] = field(default_factory=list)  # (content, login)


@dataclass(slots=True)
class Event:
    """One entry of a timeline. `detail` holds what its kind adds: label, assignee, rename, comment, …"""

    id: int
    kind: str
    who: Who
    at: float
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Review:
    id: int
    author: Who
    state: str  # APPROVED | CHANGES_REQUESTED | COMMENTED | DISMISSED
    body: str
    submitted_at: float
    commit: str


@dataclass(slots=True)
class Pull:
    """What a pull request has beside its issue."""

    id: int
    head: str
    base: str
    head_sha: str
    base_sha: str
    fork: bool = False
    draft: bool = False
    merged_at: float | None = None
    merged_by: Account | None = None
    reviewers: list[Account] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Issue:
    id: int
    number: int
    title: str
    body: str | None
    author: Who
    created_at: float
    updated_at: float
    state: str = "open"
    state_reason: str | None = None
    closed_at: float | None = None
    closed_by: Account | None = None
    locked: bool = False
    lock_reason: str | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[Account] = field(default_factory=list)
    milestone: Milestone | None = None
    comments: list[Comment] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    history: list[Edit] = field(default_factory=list)
    reactions: list[tuple[str, str]] = field(default_factory=list)
    duplicate_of: int | None = None
    pull: Pull | None = None

    def has(self, label: str) -> bool:
        return any(one.name.casefold() == label.casefold() for one in self.labels)


@dataclass(slots=True)
class Repository:
    id: int
    owner: Account
    name: str
    created_at: float
    private: bool = False
    archived: bool = False
    has_issues: bool = True
    copilot: bool = False
    private_reports: bool = True  # private vulnerability reporting is switched on
    default_branch: str = "main"
    roles: dict[str, str] = field(default_factory=dict)  # folded login → role
    labels: dict[str, Label] = field(default_factory=dict)  # folded name → label
    milestones: dict[int, Milestone] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    comments: dict[int, tuple[int, Comment]] = field(default_factory=dict)  # id → (issue number, comment)
    objects: dict[str, tuple[str, Any]] = field(default_factory=dict)  # sha → (blob | tree | commit, content)
    refs: dict[str, str] = field(default_factory=dict)  # refs/heads/main → sha
    reports: list[dict[str, Any]] = field(default_factory=list)
    dispatches: list[dict[str, Any]] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def role(self, login: str) -> str:
        if login.casefold() == self.owner.login.casefold():
            return "admin"
        return self.roles.get(login.casefold(), "none" if self.private else "read")

    def may(self, login: str, role: str) -> bool:
        return ROLES.index(self.role(login)) >= ROLES.index(role)

    def assignable(self, login: str) -> bool:
        """Those with a role of their own, and the owner when a person owns it."""
        return self.roles.get(login.casefold(), "none") != "none" or (
            self.owner.type == "User" and self.owner.login.casefold() == login.casefold()
        )


class World:
    """All of it, the clock, and the counters that ids come from."""

    def __init__(self, clock: VirtualClock | RealClock) -> None:
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[str, Repository] = {}
        self.projects: dict[tuple[str, int], Project] = {}
        self.issues: dict[int, tuple[Repository, Issue]] = {}
        self.moved: dict[str, int] = {}  # folded former name → id of the repository
        self._ids: Counter[str] = Counter()
        self.actions = App(15368, "github-actions", "GitHub Actions")

    def id(self, kind: str) -> int:
        """The next number of its kind; kinds start apart, so that one cannot pass for another."""
        self._ids[kind] += 1
        first = {"issue": 2_500_000_000, "comment": 1_800_000_000, "event": 11_000_000_000}
        return first.get(kind, 70_000_000) + self._ids[kind]

    def account(self, login: str, kind: str | None = None) -> Account:
        """The account of that login, made when it is new. `hubot[bot]` is a Bot unless `kind` says otherwise."""
        found = self.accounts.get(login.casefold())
        if found is None:
            number = _KNOWN_IDS.get(login) or 9_000_000 + len(self.accounts)
            found = Account(login, number, kind or ("Bot" if login.endswith("[bot]") else "User"))
            self.accounts[login.casefold()] = found
        return found

    def repository(self, full_name: str) -> Repository | None:
        return self.repositories.get(full_name.casefold())

    def repository_by_id(self, number: int) -> Repository | None:
        return next((one for one in self.repositories.values() if one.id == number), None)

    def issue_by_id(self, number: int) -> tuple[Repository, Issue] | None:
        """By the id of the database, which is unique over all repositories."""
        return self.issues.get(number)
