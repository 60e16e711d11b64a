"""The simulator as tests use it: a running server, the world behind it, and what it saw."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from email.utils import formatdate
from types import TracebackType
from typing import Self

from github_simulator import gitstore, projects
from github_simulator.checks import Checks
from github_simulator.clock import RealClock, VirtualClock
from github_simulator.faults import Faults
from github_simulator.graphql.execute import GraphQL
from github_simulator.hooks import Hooks
from github_simulator.humans import Human
from github_simulator.identity import Identity, Kind, identity
from github_simulator.limits import Limits
from github_simulator.pipeline import Logged, Pipeline
from github_simulator.server import Server
from github_simulator.setup import RepositoryHandle
from github_simulator.world import DEFAULT_LABELS, Label, Repository, World

__all__ = ["Simulator"]


class Simulator:
    """A GitHub of one's own on loopback, as a context manager.

    `seed` chooses the faults. `enterprise` makes `api_url` the `/api/v3` of a GitHub Enterprise Server; both
    styles are always served. `latency` is how many seconds of the clock each request takes.
    """

    def __init__(
        self,
        clock: VirtualClock | RealClock | None = None,
        *,
        seed: int = 0,
        enterprise: bool = False,
        latency: float = 0.0,
    ) -> None:
        self.clock: VirtualClock | RealClock = clock if clock is not None else VirtualClock()
        self.world = World(self.clock)
        self.latency = latency
        self.enterprise = enterprise
        self.identities: dict[str, Identity] = {}
        self.requests: list[Logged] = []
        self.violations: list[str] = []
        self.limits = Limits(self.clock)
        self.faults = Faults(seed)
        self.hooks = Hooks(self.clock)
        self.checks = Checks(self.violations)
        self.graphql = GraphQL(self)
        self._pipeline = Pipeline(self)
        self.lock = self._pipeline.lock
        self._server = Server(self._pipeline.answer, self.violations.append)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`"""
        return self._server.url

    @property
    def base_url(self) -> str:
        return f"{self.url}/api/v3" if self.enterprise else self.url

    @property
    def api_url(self) -> str:
        """What a client takes as its base URL."""
        return self.base_url

    def hook_url(self, name: str) -> str:
        """Where notifications of that name are posted; see `hooks`."""
        return f"{self.url}/_hooks/{name}"

    @property
    def writes(self) -> list[Logged]:
        """The requests that had an effect, in order."""
        return [one for one in self.requests if one.effect]

    def http_date(self) -> str:
        return formatdate(self.clock.now(), usegmt=True)

    def token(
        self,
        kind: Kind = "user",
        login: str | None = None,
        *,
        permissions: Mapping[str, str] | None = None,
        repositories: Iterable[str] | None = None,
        scopes: Iterable[str] = ("project", "repo"),
    ) -> str:
        """A new token of that kind. `permissions` as in a workflow: `{"issues": "write"}`; None for the usual ones.

        A workflow's token (`actions`) belongs to one repository: the only one, unless `repositories` says.
        """
        with self.lock:
            names = None if repositories is None else frozenset(one.casefold() for one in repositories)
            if kind == "actions" and names is None and self.world.repositories:
                names = frozenset([next(iter(self.world.repositories))])
            made = identity(
                self.world,
                kind,
                len(self.identities) + 1,
                login=login,
                permissions=permissions,
                repositories=names,
                scopes=tuple(sorted(scopes)),
            )
            self.identities[made.token] = made
            return made.token

    def act(self, login: str) -> Human:
        """A person, ready to do something by hand."""
        with self.lock:
            return Human(self.world, self.lock, login)

    def repository(
        self,
        name: str = "octo-org/demo",
        *,
        private: bool = False,
        labels: Iterable[str] | Mapping[str, str] = (),
        collaborators: Mapping[str, str] | None = None,
        files: Mapping[str, str] | None = None,
        owner: str = "Organization",
        copilot: bool = False,
    ) -> RepositoryHandle:
        """The repository of that name, made when it is new.

        `labels` beside GitHub's nine (names, or name → colour); `collaborators` login → role; `files` path → text
        on the default branch; `owner` "Organization" or "User"; `copilot`: the coding agent can be assigned.
        """
        with self.lock:
            found = self.world.repository(name)
            if found is not None:
                return RepositoryHandle(self.world, self.lock, found)
            login, _, short = name.partition("/")
            account = self.world.account(login, owner)
            data = Repository(self.world.id("repository"), account, short, self.clock.now(), private=private)
            data.copilot = copilot
            if copilot:
                self.world.account("copilot-swe-agent[bot]", "Bot")
            self.world.repositories[name.casefold()] = data
            for known, (colour, description) in DEFAULT_LABELS.items():
                data.labels[known.casefold()] = Label(
                    self.world.id("label"), known, colour, description, default=True
                )
            gitstore.initial(data, files or {"README.md": f"# {short}\n"}, self.clock.now())
            handle = RepositoryHandle(self.world, self.lock, data)
            for label in labels:
                colour = labels[label] if isinstance(labels, Mapping) else "ededed"
                handle.label(label, colour)
            for login, role in (collaborators or {}).items():
                handle.collaborator(login, role)
            return handle

    def rename(self, old: str, new: str) -> None:
        """Gives a repository another name; the old one redirects from now on."""
        with self.lock:
            data = self.world.repositories.pop(old.casefold())
            login, _, data.name = new.partition("/")
            data.owner = self.world.account(login, data.owner.type)
            self.world.repositories[new.casefold()] = data
            self.world.moved[old.casefold()] = data.id

    def project(
        self,
        owner: str = "octo-org",
        title: str = "Board",
        fields: Mapping[str, str | Sequence[str]] | None = None,
        *,
        public: bool = False,
    ) -> projects.ProjectHandle:
        """A new board of a known organization or person. Fields: name → options, or a type such as `number`."""
        with self.lock:
            columns = {"Status": ["Backlog", "Ready", "In progress", "In review", "Done"]}
            data = projects.create(self.world, owner, title, fields or columns, public=public)
            return projects.ProjectHandle(self.world, self.lock, data)
