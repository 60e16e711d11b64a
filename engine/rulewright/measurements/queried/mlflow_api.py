"""MLflow: `{mlflow: {host: NAME, experiment?, run?}}` over its REST API, and `{mlflow: {store: PATH, …}}` for a SQLite
file or an old file store.

`host` is one of `sources.hosts`, by name; `uri` may be its URL instead. `experiment` and `run` are ids or names. REST
API 2.0, as of MLflow 3.17.2: `experiments/get-by-name`, `experiments/search`, `runs/search`, `runs/get` and
`metrics/get-history`, by pages.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from rulewright.measurements.queried.access import describe_status
from rulewright.measurements.queried.mlflow_store import read_store
from rulewright.measurements.reader import Reading, UnusableSource
from rulewright.measurements.readers.json_text import parse_json
from rulewright.measurements.readers.label_selectors import list_some
from rulewright.measurements.readers.mlflow import (
    MetricPoint,
    MlflowRun,
    check_error,
    choose_runs,
    parse_history,
    parse_run,
    read_runs,
)
from rulewright.policy.json_types import as_array, as_object, as_objects, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.measurements.queried.access import Access
    from rulewright.measurements.reader import Selection
    from rulewright.policy.config import SourceHost
    from rulewright.policy.json_types import Json, JsonObject

DEFAULT_HOST: Final = "mlflow"
_API: Final = "/api/2.0/mlflow/"
_RUN_ID: Final = re.compile(r"[0-9a-f]{32}")
_PLAIN: Final = re.compile(r'[^"\\*?\[]+')
"""A name of a run that the server can search for; others are chosen from all runs."""
MOST_PAGES: Final = 100
MOST_RUNS: Final = 1000
PAGE: Final = 1000
_ABSENT: Final = 404


def query_mlflow(
    source: Mapping[str, Json], selection: Selection, access: Access, page: int = PAGE
) -> Reading | None:
    """The reading of a mapping below `mlflow:`; None for `{response: FILE}`, which is read as a file. `page`: how many
    entries an answer may have.

    Raises UnusableSource.
    """
    if "response" in source:
        return None
    experiment, run = (as_text(source.get(name)) or "" for name in ("experiment", "run"))
    path = as_text(source.get("store"))
    if path is not None:
        return read_store(access.find_path(path), selection, experiment, run)
    server = _Server(access, access.find_host(source.get("host", source.get("uri")), DEFAULT_HOST), page)
    chosen, warnings = choose_runs(server.list_runs(experiment, run, selection.select), run)
    if len(chosen) > MOST_RUNS:
        raise UnusableSource("unsuitable", f"{len(chosen)} runs match; {MOST_RUNS} are the most: name `run`")
    # A run of which the last value is not there has no history either.
    full = [
        each._replace(points=server.list_points(each.id, selection.select)) if each.points else each
        for each in chosen
    ]
    return read_runs(full, selection.select, warnings)


class _Server:
    """Asks one server of MLflow."""

    def __init__(self, access: Access, host: SourceHost, page: int) -> None:
        self._access = access
        self._host = host
        self._page = page

    def list_runs(self, experiment: str, run: str, key: str) -> list[MlflowRun]:
        """The runs that a policy names, of every status. Raises UnusableSource."""
        if _RUN_ID.fullmatch(run):
            answer = self._get("runs/get", {"run_id": run})
            return [parse_run(answer.get("run"), "run", key)]
        ids = [self._find_experiment(experiment)] if experiment else self._list_experiments(run)
        body: JsonObject = {"experiment_ids": [*ids], "run_view_type": "ALL", "max_results": self._page}
        if run and _PLAIN.fullmatch(run):
            body["filter"] = f'attributes.run_name = "{run}"'
        runs = [
            parse_run(each, f"runs[{number}]", key)
            for page in self._pages("runs/search", body)
            for number, each in enumerate(as_array(page.get("runs")) or [])
        ]
        if run and not runs:
            raise UnusableSource(
                "no_match", f"no run is named `{run[:80]}`{f' in {experiment}' if experiment else ''}"
            )
        return runs

    def _find_experiment(self, named: str) -> str:
        """The id of an experiment. Raises UnusableSource (`no_match`) with those that there are."""
        answer = self._access.get(self._host, f"{_API}experiments/get-by-name", {"experiment_name": named})
        if answer.status != _ABSENT:
            fields = as_object(self._read(answer.status, answer.body).get("experiment")) or {}
            return as_text(fields.get("experiment_id")) or ""
        experiments = self._search_experiments()
        if named in experiments:
            return named
        listed = list_some(experiments.values())
        raise UnusableSource("no_match", f"no experiment is `{named[:80]}`; there is {listed}")

    def _list_experiments(self, run: str) -> list[str]:
        """The ids of all experiments, for a run that is named; without one there has to be one experiment."""
        experiments = self._search_experiments()
        if run or len(experiments) == 1:
            return list(experiments)
        listed = list_some(experiments.values())
        raise UnusableSource("ambiguous", f"name `experiment` or `run`; there are the experiments {listed}")

    def _search_experiments(self) -> dict[str, str]:
        """Id → name of the active experiments."""
        body: JsonObject = {"max_results": self._page, "view_type": "ACTIVE_ONLY"}
        return {
            as_text(each.get("experiment_id")) or "": as_text(each.get("name")) or ""
            for page in self._pages("experiments/search", body)
            for each in as_objects(page.get("experiments"))
        }

    def list_points(self, run_id: str, key: str) -> tuple[MetricPoint, ...]:
        """The whole history of a metric of one run; empty where MLflow does not know it."""
        points: list[MetricPoint] = []
        token = ""
        for _ in range(MOST_PAGES):
            parameters = {"run_id": run_id, "metric_key": key, "max_results": str(self._page)}
            answer = self._get("metrics/get-history", parameters | ({"page_token": token} if token else {}))
            if answer:
                points += parse_history(answer, key, "metrics/get-history: ")
            token = as_text(answer.get("next_page_token")) or ""
            if not token:
                return tuple(points)
        raise _report_pages("metrics/get-history")

    def _pages(self, name: str, body: JsonObject) -> Iterator[JsonObject]:
        token = ""
        for _ in range(MOST_PAGES):
            data = json.dumps(body | ({"page_token": token} if token else {})).encode()
            answer = self._access.send(self._host, "POST", f"{_API}{name}", data)
            page = self._read(answer.status, answer.body)
            yield page
            token = as_text(page.get("next_page_token")) or ""
            if not token:
                return
        raise _report_pages(name)

    def _get(self, name: str, parameters: Mapping[str, str]) -> JsonObject:
        answer = self._access.get(self._host, f"{_API}{name}", parameters)
        return self._read(answer.status, answer.body)

    def _read(self, status: int, body: bytes) -> JsonObject:
        """The answer as an object. Raises UnusableSource: what MLflow says of an error, or the status."""
        try:
            answer = as_object(parse_json(body))
        except UnusableSource:
            if status == 200:
                raise
            answer = None
        check_error(answer or {})
        if status != 200:
            raise UnusableSource("unreadable", describe_status(status))
        if answer is None:
            raise UnusableSource("unreadable", "the answer is no object: is this MLflow?")
        return answer


def _report_pages(name: str) -> UnusableSource:
    return UnusableSource("unreadable", f"{name} has more than {MOST_PAGES} pages")
