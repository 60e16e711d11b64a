"""One look at a value answers for the atoms of many rules: never fewer than those that are there."""

from __future__ import annotations

import pytest

from rulewright.program.index.probes import build_probe
from rulewright.program.matchers.witness import Atom

GROUP = (0, "many")
KEYS = ["a.b", "x\ny", "(", "\\d", "ß", "\ud800z", "x" * 1500, "crash", " #&~-"]


@pytest.mark.parametrize("kind", ["prefix", "suffix", "substring", "member", "eq"])
@pytest.mark.parametrize("beside", [[], [("substring", "needle")]], ids=["alone", "beside needles"])
def test_what_is_there_is_seen_before_and_after_the_automaton_is_built(
    kind: str, beside: list[tuple[str, str]]
) -> None:
    probe = build_probe(
        GROUP, [(Atom(GROUP, *atom), n) for n, atom in enumerate([*((kind, key) for key in KEYS), *beside])]
    )
    for _ in range(6):
        for number, key in enumerate(KEYS):
            text = {"prefix": f"{key} more", "suffix": f"more {key}", "eq": key}.get(kind, f"some {key} more")
            assert number in (probe(text) or ())
            assert number in (probe([7, key]) or ())


def test_prefixes_and_suffixes_are_told_from_what_stands_within() -> None:
    atoms = [("prefix", "ab"), ("suffix", "yz"), ("substring", "mm")]
    probe = build_probe(GROUP, [(Atom(GROUP, *atom), n) for n, atom in enumerate(atoms)])
    for _ in range(5):
        probe("warm")
    found = [sorted(probe(text) or ()) for text in ("ab", "xab yz\n", "x yz", "ammb", "x\nab", "none")]
    assert found == [[0], [], [1], [2], [], []]


def test_only_text_and_lists_are_judged() -> None:
    probe = build_probe(GROUP, [(Atom(GROUP, "prefix", "a"), 0), (Atom(GROUP, "substring", "b"), 1)])
    assert probe(5) is None
    assert probe(None) is None
    assert list(probe([5, None]) or ()) == []
