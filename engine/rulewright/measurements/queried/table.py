"""The kinds of `source:` that can be asked, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rulewright.measurements.queried.access import Access
    from rulewright.measurements.reader import Reading, Selection
    from rulewright.policy.json_types import Json

    Querier = Callable[[Mapping[str, Json], Selection, Access], Reading | None]
    """(the mapping below the kind, the selection, access) → reading, or None for one that is read as a file. Raises
    UnusableSource."""

_PACKAGE: Final = "rulewright.measurements.queried"

QUERIERS: Final[Mapping[str, Querier]] = {
    "mlflow": lazily(f"{_PACKAGE}.mlflow_api", "query_mlflow"),
    "prometheus": lazily(f"{_PACKAGE}.prometheus_api", "query_prometheus"),
}
"""Kind → querier, imported at its first call."""
