"""`glob`, `path_glob`, `regex`: the form of a text. On a list, the form of one of its texts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rulewright.program.glob import GlobError, glob_matcher, path_glob_to_regex
from rulewright.program.matchers.text import text_matcher, text_test, text_witness
from rulewright.program.matchers.witness import Atom
from rulewright.program.pattern import build_searcher, path_glob_matcher, pattern_problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.program.matchers.matcher import Matcher
    from rulewright.program.matchers.witness import Group
    from rulewright.program.nodes import MatchNode


def _glob_problem(compile_glob: Callable[[str], object]) -> Callable[[str], str | None]:
    def problem(glob: str) -> str | None:
        try:
            compile_glob(glob)
        except GlobError as error:
            return str(error)
        return None

    return problem


def _glob_atom(group: Group, glob: str) -> Atom | None:
    """The longest literal piece of a glob without alternatives."""
    if any(mark in glob for mark in "{}\\"):
        return None
    pieces = glob.replace("?", "*").split("*")
    if len(pieces) == 1:
        return Atom(group, "eq", glob)
    if pieces[0]:
        return Atom(group, "prefix", pieces[0])
    if pieces[-1]:
        return Atom(group, "suffix", pieces[-1])
    longest = max(pieces, key=len)
    return Atom(group, "substring", longest) if longest else None


def _regex_test(pattern: str, node: MatchNode) -> Callable[[str], bool]:
    return build_searcher(f"(?i){pattern}" if node.folded else pattern)


def _regex_atom(group: Group, pattern: str) -> Atom | None:
    # On folded text the pattern itself would have to be folded, which is not sound.
    return None if group[0] < 0 else Atom(group, "regex", pattern)


PATTERN: tuple[Matcher, ...] = (
    text_matcher(
        "glob",
        "like",
        text_test(lambda glob, node: glob_matcher(glob)),
        witness=text_witness(_glob_atom),
        operand_problem=_glob_problem(glob_matcher),
    ),
    text_matcher(
        "path_glob",
        "like",
        text_test(lambda glob, node: path_glob_matcher(glob)),
        operand_problem=_glob_problem(path_glob_to_regex),
    ),
    text_matcher(
        "regex",
        "matching",
        text_test(_regex_test),
        case="pattern",
        witness=text_witness(_regex_atom),
        operand_problem=pattern_problem,
    ),
)
