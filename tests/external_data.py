"""Data of other projects that tests read: `make test-data` fetches it from npm (.ci/test-data)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

__all__ = [
    "GRAPHQL_SCHEMA",
    "JMESPATH",
    "OPENAPI",
    "YAML",
    "fetched",
    "jmespath_files",
    "webhook_payloads",
    "yaml_files",
]

_FILES: Final = Path(__file__).resolve().parent.parent / ".ci" / "test-data" / "files"
OPENAPI: Final = _FILES / "rest-openapi.json"
"""GitHub's REST description, cut to the paths that the engine and the simulator use."""
GRAPHQL_SCHEMA: Final = _FILES / "schema.graphql"
_WEBHOOKS: Final = _FILES / "webhooks"
JMESPATH: Final = _FILES / "jmespath"
YAML: Final = _FILES / "yaml"


def fetched() -> bool:
    """Whether the data is there. Only the demo asks: it runs without; a test fails without."""
    return _FILES.is_dir()


def webhook_payloads() -> list[Path]:
    """Real payloads of the events that a policy can name, as `EVENT.ACTION.NUMBER.json`; ACTION may be empty.

    Raises FileNotFoundError when they were not fetched.
    """
    policy = Path(__file__).resolve().parent.parent / "engine" / "rulewright" / "policy"
    schema = policy / "schemas" / "event.schema.json"
    events = json.loads(schema.read_text("utf-8"))["x-events"]
    return [path for path in _files(_WEBHOOKS) if path.name.partition(".")[0] in events]


def jmespath_files() -> list[Path]:
    """The official JMESPath cases. Raises FileNotFoundError when they were not fetched."""
    return _files(JMESPATH)


def yaml_files() -> list[Path]:
    """The cases of YAML's test suite. Raises FileNotFoundError when they were not fetched."""
    return _files(YAML)


def _files(folder: Path) -> list[Path]:
    found = sorted(folder.glob("*.json"))
    if not found:
        raise FileNotFoundError(f"{folder} is empty: run `make test-data`")
    return found
