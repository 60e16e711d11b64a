"""Code that is imported, and patterns that are compiled, when they are first used."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from rulewright.actions.table import ACTIONS
from rulewright.policy.actions.table import ACTION_DECLARATIONS, ACTION_NAMES
from rulewright.policy.lazy import defer_pattern


def test_a_lookup_imports_the_module_of_its_entry_alone() -> None:
    script = (
        "import sys\n"
        "from rulewright.policy.actions.table import ACTION_DECLARATIONS\n"
        "assert 'mask' in ACTION_DECLARATIONS and 'nothing' not in ACTION_DECLARATIONS\n"
        "ACTION_DECLARATIONS['close']\n"
        "print(*sorted(set(map('rulewright.policy.actions.{}'.format, ACTION_DECLARATIONS)) & set(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == "rulewright.policy.actions.close\n"


@pytest.mark.parametrize("name", ACTION_NAMES)
def test_each_name_has_a_declaration_and_a_behaviour(name: str) -> None:
    assert ACTION_DECLARATIONS[name].name == name
    assert ACTIONS[name].name == name


def test_the_order_is_that_of_the_names() -> None:
    assert tuple(ACTION_DECLARATIONS) == tuple(ACTIONS) == ACTION_NAMES
    assert len(ACTIONS) == len(ACTION_NAMES)


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nothing"):
        ACTIONS["nothing"]
    assert ACTIONS.get("nothing") is None


def test_a_pattern_is_compiled_when_it_is_first_used() -> None:
    broken = defer_pattern("(")
    with pytest.raises(re.error):
        broken.search("text")
    words = defer_pattern("[A-Z]+", re.IGNORECASE)
    assert words.findall("one, Two") == ["one", "Two"]
    assert (words.sub("x", "one"), words.pattern) == ("x", "[A-Z]+")
    assert defer_pattern(rb"\d").search(b"a1") is not None
