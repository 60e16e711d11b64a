"""The kinds of `source:` that are read from files, and the reader of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.policy.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.measurements.reader import Reader

_PACKAGE: Final = "rulewright.measurements.readers"

READERS: Final[Mapping[str, Reader]] = {
    "autocannon": lazily(f"{_PACKAGE}.autocannon", "read_autocannon"),
    "csv": lazily(f"{_PACKAGE}.csv_table", "read_csv"),
    "dvc": lazily(f"{_PACKAGE}.dvc", "read_dvc"),
    "great-expectations": lazily(f"{_PACKAGE}.great_expectations", "read_great_expectations"),
    "json": lazily(f"{_PACKAGE}.json_document", "read_json"),
    "jsonl": lazily(f"{_PACKAGE}.json_lines", "read_json_lines"),
    "junit": lazily(f"{_PACKAGE}.junit", "read_junit"),
    "k6": lazily(f"{_PACKAGE}.k6", "read_k6"),
    "locust": lazily(f"{_PACKAGE}.locust", "read_locust"),
    "mlflow": lazily(f"{_PACKAGE}.mlflow", "read_mlflow"),
    "otlp": lazily(f"{_PACKAGE}.otlp", "read_otlp"),
    "prometheus": lazily(f"{_PACKAGE}.prometheus", "read_prometheus"),
    "pytest-benchmark": lazily(f"{_PACKAGE}.pytest_benchmark", "read_pytest_benchmark"),
}
"""Kind → reader, imported at its first call."""
