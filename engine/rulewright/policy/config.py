"""What a repository sets in `rulewright.yaml` that is not policy, as typed sections. `config_reader.py` reads the file.

A repository without the file has the empty `Config`, which declares nothing and so restricts nothing.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

from rulewright.policy.json_types import as_object, as_objects, as_texts
from rulewright.policy.named_tuple import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.policy.json_types import Json, JsonObject

Section = TypeVar("Section")


class Label(NamedTuple):
    """One label of the repository. `color` is six hexadecimal digits or empty."""

    name: str
    color: str = ""
    description: str = ""


class Budgets(NamedTuple):
    """How many effects a run may have; None is no limit."""

    effects_per_run: int | None = None
    effects_per_subject: int | None = None


class Execution(NamedTuple):
    """When plans may be applied.

    `apply_branches`: names or globs; empty means the repository's default branch. `grace_period` is a duration as
    written: how long a human's change wins. `enforce_since` is an ISO 8601 date, None where nothing is said.
    """

    apply_branches: tuple[str, ...] = ()
    grace_period: str = "24h"
    paused: bool = False
    enforce_since: str | None = None


class Issues(NamedTuple):
    """The issues of a sweep: those opened at `created_after` (ISO 8601) or later, all where it is None."""

    created_after: str | None = None


class Identity(NamedTuple):
    """The accounts that the tool acts as: its login, the number of its GitHub App, and the logins of other accounts
    that it acts as elsewhere."""

    login: str | None = None
    app_id: int | None = None
    also: tuple[str, ...] = ()

    @property
    def is_named(self) -> bool:
        """Whether it says who the account of the token is."""
        return self.login is not None or self.app_id is not None

    def to_json(self) -> dict[str, object]:
        """What is set, in the form of `viewer` in a payload."""
        given = {"login": self.login, "app_id": self.app_id, "also": list(self.also)}
        return {name: value for name, value in given.items() if value}


class State(NamedTuple):
    """Where state is kept between runs: at most one of the two. `directory` is a path that can be opened."""

    directory: str | None = None
    git_ref: str | None = None


class SourceHost(NamedTuple):
    """A server that gates may ask for measurements. `token_env`: the variable with its token, None for none."""

    url: str
    token_env: str | None = None


class Duplicates(NamedTuple):
    """The search for duplicates: the file of its index, and the model for semantic search."""

    database: str | None = None
    embed: str | None = None


class Models(NamedTuple):
    """How models are asked; `models/models_config.py` says what is taken where a setting is None or empty."""

    mode: str | None = None
    cassettes: str | None = None
    chain: tuple[str, ...] = ()
    budget: Mapping[str, Json] = {}
    tasks: Mapping[str, Json] = {}


def _read(section: Callable[..., Section], written: Json) -> Section:
    """A section out of its JSON object; lists become tuples."""
    settings = as_object(written) or {}
    return section(
        **{
            key: tuple(as_texts(value)) if isinstance(value, list) else value
            for key, value in settings.items()
        }
    )


def read_labels(listed: Json) -> tuple[Label, ...]:
    """The labels of a list of `{name, color?, description?}`."""
    return tuple(_read(Label, label) for label in as_objects(listed))


def _section(name: str, section: Callable[..., Section]) -> cached_property[Section]:
    """The attribute of a `Config` with one section; what is not set has its default."""
    return cached_property(lambda config: _read(section, config._data.get(name)))


def _texts(name: str) -> cached_property[tuple[str, ...]]:
    """The attribute of a `Config` with a list of texts, empty where it is not declared."""
    return cached_property(lambda config: tuple(as_texts(config._data.get(name))))


def _named(name: str) -> cached_property[Mapping[str, JsonObject] | None]:
    """The attribute of a `Config` with named objects, each of whose kinds has settings of its own."""
    return cached_property(
        lambda config: cast("Mapping[str, JsonObject] | None", as_object(config._data.get(name)))
    )


def _divide_limit(name: str, limit: Json, parts: int) -> Json:
    """A share of a limit for models, written as `rulewright.yaml` writes it."""
    if name == "time":
        from rulewright.policy.quantity import parse_duration

        return f"{parse_duration(str(limit)) / parts:.6f}s"
    number = cast("float", limit)
    return max(1, int(number) // parts) if name == "tokens" else number / parts


class Config:
    """`rulewright.yaml`, with paths that can be opened and the label file read. None means not declared: anything goes.

    It is made of JSON data that the schema allows. A section is read from it when it is first used.
    """

    def __init__(self, data: Mapping[str, Json] | None = None) -> None:
        self._data = data or {}

    policies = _texts("policies")
    channels = _named("channels")
    """Name → settings (`github/channels.py`)."""
    budgets = _section("budgets", Budgets)
    execution = _section("execution", Execution)
    issues = _section("issues", Issues)
    identity = _section("identity", Identity)
    state = _section("state", State)
    duplicates = _section("duplicates", Duplicates)
    providers = _named("providers")
    """Name → settings of a model provider (`models/providers.py`)."""
    plugins = _texts("plugins")

    @cached_property
    def source_hosts(self) -> Mapping[str, SourceHost]:
        """Name → server that gates may ask."""
        sources = as_object(self._data.get("sources")) or {}
        hosts = as_object(sources.get("hosts")) or {}
        return {
            name: SourceHost(host) if isinstance(host, str) else _read(SourceHost, host)
            for name, host in hosts.items()
        }

    @cached_property
    def labels(self) -> tuple[Label, ...] | None:
        return read_labels(self._data["labels"]) if "labels" in self._data else None

    @cached_property
    def models(self) -> Models | None:
        return _read(Models, self._data["models"]) if "models" in self._data else None

    @property
    def model_tasks(self) -> Mapping[str, Json]:
        """Name → task that `call` names."""
        return {} if self.models is None else self.models.tasks

    @cached_property
    def fields(self) -> Mapping[str, tuple[str, ...]] | None:
        """Field of the project board → its options."""
        fields = as_object(self._data.get("fields"))
        return None if fields is None else {name: tuple(as_texts(fields[name])) for name in fields}

    @cached_property
    def milestones(self) -> tuple[str, ...] | None:
        return tuple(as_texts(self._data["milestones"])) if "milestones" in self._data else None

    def to_json(self) -> JsonObject:
        """The data that it is made of, with only what was declared."""
        return {**self._data}

    def divide_model_budget(self, processes: int) -> Config:
        """The same with an equal share of the budget for models, for one of several processes of a run."""
        models = as_object(self._data.get("models")) or {}
        budget = as_object(models.get("budget"))
        if budget is None or processes < 2:
            return self
        shares: JsonObject = {name: _divide_limit(name, limit, processes) for name, limit in budget.items()}
        return Config({**self._data, "models": {**models, "budget": shares}})

    def without_enforcement_date(self) -> Config:
        """The same without `execution.enforce_since`."""
        execution = {**(as_object(self._data.get("execution")) or {})}
        execution.pop("enforce_since", None)
        return Config({**self._data, "execution": execution})
