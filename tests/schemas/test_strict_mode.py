"""The schemas in the strict mode of ajv, with no option besides: it refuses what a schema says without effect."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.schemas.language_server import MODULES, NODE, ROOT, require_tools

from rulewright.policy.json_schema.bundled_schema import schema_names

pytestmark = pytest.mark.slow


def strict_mode(folder: Path) -> dict[str, str | None]:
    """Name of a schema below `folder` → what ajv says of it, None for nothing."""
    require_tools()
    script = Path(__file__).with_name("strict_mode.cjs")
    command = [NODE, script, MODULES, folder, *schema_names()]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def test_every_schema_passes() -> None:
    assert strict_mode(ROOT / "schemas") == dict.fromkeys(schema_names())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x-noun": "label"}, 'unknown keyword: "x-noun"'),
        ({"type": ["string", "object"]}, "allowUnionTypes"),
        ({"items": {"type": "object", "required": ["name"]}}, 'required property "name" is not defined'),
    ],
)
def test_a_schema_that_would_not_pass(change: dict[str, object], message: str, tmp_path: Path) -> None:
    folder = tmp_path / "schemas"
    shutil.copytree(ROOT / "schemas", folder)
    path = folder / "labels.schema.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **change}), "utf-8")
    assert message in str(strict_mode(folder)["labels"])
