"""The page about scanning lists every type that is looked for."""

from __future__ import annotations

import re
from pathlib import Path

from rulewright.detection import TYPES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "scan.md"


def test_the_page_lists_every_type():
    section = PAGE.read_text("utf-8").partition("## Types")[2]
    assert set(TYPES) <= set(re.findall("`([a-z_]+)`", section))
