"""Boards (Projects v2): fields, single-select options, items, and what a token may see of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from github_simulator import changes
from github_simulator.identity import Identity
from github_simulator.world import Account, Issue, Repository, Who, World

__all__ = [
    "Field",
    "Item",
    "Option",
    "Project",
    "ProjectHandle",
    "add_item",
    "create",
    "readable",
    "set_value",
]

_COLOURS = ("GRAY", "BLUE", "GREEN", "YELLOW", "ORANGE", "RED", "PINK", "PURPLE")


@dataclass(slots=True)
class Option:
    id: str
    name: str
    color: str


@dataclass(slots=True)
class Field:
    """`data_type` as REST says it: title, text, number, date, single_select, labels, assignees, …"""

    id: int
    name: str
    data_type: str
    options: list[Option] = field(default_factory=list)


@dataclass(slots=True)
class Item:
    """A card. `values`: field id → option id, text, number or date."""

    id: int
    repository: Repository
    issue: Issue
    creator: Account
    created_at: float
    updated_at: float
    values: dict[int, Any] = field(default_factory=dict)
    archived: bool = False


@dataclass(slots=True)
class Project:
    id: int
    owner: Account
    number: int
    title: str
    created_at: float
    fields: dict[int, Field] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    closed: bool = False
    public: bool = False

    def field_named(self, name: str) -> Field:
        return next(one for one in self.fields.values() if one.name == name)

    def item_of(self, issue: Issue) -> Item | None:
        return next((one for one in self.items.values() if one.issue is issue), None)

    def said(self, item: Item, one: Field) -> Any:
        """The value as people read it: an option's name."""
        value = item.values.get(one.id)
        if one.data_type == "single_select":
            return next((option.name for option in one.options if option.id == value), None)
        return value

    def shown(self, issue: Issue) -> dict[str, Any]:
        """Field name → value, of what is set on the issue's card; empty where it has none."""
        item = self.item_of(issue)
        if item is None:
            return {}
        said = {one.name: self.said(item, one) for one in self.fields.values()}
        return {name: value for name, value in said.items() if value is not None}


def create(
    world: World, owner: str, title: str, fields: Mapping[str, str | Sequence[str]], *, public: bool = False
) -> Project:
    """A board of a known account. A field is a type (`number`, `text`, `date`) or the options of a single select."""
    account = world.account(owner)
    number = 1 + max((key[1] for key in world.projects if key[0] == owner.casefold()), default=0)
    project = Project(world.id("project"), account, number, title, world.clock.now(), public=public)
    everywhere: dict[str, str | Sequence[str]] = {
        "Title": "title",
        "Assignees": "assignees",
        "Labels": "labels",
        "Milestone": "milestone",
        "Repository": "repository",
        **fields,
    }
    for name, kind in everywhere.items():
        made = Field(world.id("field"), name, kind if isinstance(kind, str) else "single_select")
        if not isinstance(kind, str):
            made.options = [
                Option(f"{made.id % 10_000:04x}{index:04x}", text, _COLOURS[index % len(_COLOURS)])
                for index, text in enumerate(kind)
            ]
        project.fields[made.id] = made
    world.projects[(owner.casefold(), number)] = project
    return project


def add_item(world: World, project: Project, repository: Repository, issue: Issue, who: Who) -> Item:
    """The issue's card; the present one where it has one already, as on GitHub."""
    found = project.item_of(issue)
    if found is None:
        now = world.clock.now()
        found = Item(world.id("item"), repository, issue, who.account, now, now)
        project.items[found.id] = found
        changes.note(world, issue, "added_to_project_v2", who)
    return found


def set_value(world: World, project: Project, item: Item, one: Field, value: Any, who: Who) -> None:
    """Sets or (None) clears a field that has already been checked."""
    if item.values.get(one.id) == value:
        return
    if value is None:
        item.values.pop(one.id, None)
    else:
        item.values[one.id] = value
    item.updated_at = world.clock.now()
    if one.name == "Status":
        changes.note(world, item.issue, "project_v2_item_status_changed", who)


def readable(who: Identity, project: Project, level: str = "read") -> bool:
    """A workflow's token reaches no board; an app's needs `organization_projects`; a person's the scope."""
    if who.kind in ("actions", "anonymous"):
        return False
    if who.kind == "app" and project.owner.type != "Organization":
        return False
    return who.allows("organization_projects", level)


class ProjectHandle:
    """A board as a test sees it: `board = sim.project("octo-org", "Board", {"Status": ["Backlog", "Ready"]})`."""

    def __init__(self, world: World, lock: AbstractContextManager[object], data: Project) -> None:
        self._world, self._lock, self.data = world, lock, data

    @property
    def number(self) -> int:
        return self.data.number

    def add(self, repository: str, number: int, *, by: str = "mona", **values: Any) -> int:
        """Puts an issue on the board; `Status="Backlog"` and the like set fields by name. The item's id."""
        with self._lock:
            at = self._world.repositories[repository.casefold()]
            who = Who(self._world.account(by))
            item = add_item(self._world, self.data, at, at.issues[number], who)
            for name, value in values.items():
                self._set(item, name, value, who)
            return item.id

    def move(self, repository: str, number: int, *, by: str = "mona", **values: Any) -> None:
        """A person changes fields of a card; None clears."""
        with self._lock:
            at = self._world.repositories[repository.casefold()]
            item = self.data.item_of(at.issues[number])
            if item is None:
                raise KeyError(f"{repository}#{number} is not on {self.data.title}")
            for name, value in values.items():
                self._set(item, name, value, Who(self._world.account(by)))

    def values(self, repository: str, number: int) -> dict[str, Any] | None:
        """Field name → value of the issue's card; None where it has no card."""
        with self._lock:
            issue = self._world.repositories[repository.casefold()].issues[number]
            return self.data.shown(issue) if self.data.item_of(issue) else None

    def _set(self, item: Item, name: str, value: Any, who: Who) -> None:
        one = self.data.field_named(name)
        if one.data_type == "single_select" and value is not None:
            value = next(option.id for option in one.options if option.name == value)
        set_value(self._world, self.data, item, one, value, who)
