"""`starts_with`, `ends_with`, `words`: what a text has. On a list, what one of its texts has."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from rulewright.policy.characters import is_mark
from rulewright.program.matchers.matcher import Matcher, never
from rulewright.program.matchers.witness import AnyAtom, Atom, value_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rulewright.program.matchers.matcher import Test
    from rulewright.program.matchers.witness import Group, Witness
    from rulewright.program.nodes import MatchNode
    from rulewright.program.truth import Truth

    TextTest = Callable[[str], bool]


def text_test(make: Callable[[str, MatchNode], TextTest]) -> Callable[[object, MatchNode], Test]:
    """The tests of one text, or of several of which one is enough."""

    def build(operand: object, node: MatchNode) -> Test:
        wanted = operand if isinstance(operand, list) else [operand]
        texts = [item for item in wanted if isinstance(item, str)]
        if len(texts) != len(wanted):
            return never
        tests = [make(text, node) for text in texts]
        return _test_of_one(tests[0]) if len(tests) == 1 else _test_of_any(tests)

    return build


def _test_of_one(holds: TextTest) -> Test:
    def test(value: Any) -> Truth:
        if value.__class__ is str:
            return holds(value)
        if value.__class__ is list:
            for item in value:  # noqa: SIM110 (`any` would make a generator: half the cost)
                if item.__class__ is str and holds(item):
                    return True
            return False
        return None

    return test


def _test_of_any(tests: Sequence[TextTest]) -> Test:
    def test(value: object) -> Truth:
        if isinstance(value, str):
            return any(holds(value) for holds in tests)
        if isinstance(value, list):
            return any(holds(item) for item in value if isinstance(item, str) for holds in tests)
        return None

    return test


def text_witness(
    make: Callable[[Group, str], Atom | None],
) -> Callable[[object, MatchNode], Witness | None]:
    """The witnesses of texts of which one is enough; None where `make` has no atom for one of them."""

    def build(operand: object, node: MatchNode) -> Witness | None:
        group: Group = (value_key(node), "many")
        texts = operand if isinstance(operand, list) else [operand]
        atoms = [make(group, text) for text in texts if isinstance(text, str)]
        known = tuple([atom for atom in atoms if atom is not None])
        return AnyAtom(known) if known and len(known) == len(texts) else None

    return build


def _edge_atom(kind: Literal["prefix", "suffix"]) -> Callable[[Group, str], Atom | None]:
    return lambda group, text: Atom(group, kind, text) if text else None


def _words_test(phrase: str, node: MatchNode) -> TextTest:
    """Whether a phrase stands in a text with no letter, digit or underscore beside it, of whatever script."""
    begins, ends = _is_of_word(phrase[0]), _is_of_word(phrase[-1])

    def holds(text: str) -> bool:
        start = text.find(phrase)
        while start >= 0:
            end = start + len(phrase)
            before = begins and start > 0 and _is_of_word(text[start - 1])
            after = ends and end < len(text) and _is_of_word(text[end])
            if not before and not after:
                return True
            start = text.find(phrase, start + 1)
        return False

    return holds


def _is_of_word(character: str) -> bool:
    return character.isalnum() or character == "_" or (not character.isascii() and is_mark(character))


text_matcher = partial(Matcher, family="text", mismatch="no_match")

TEXT: tuple[Matcher, ...] = (
    text_matcher(
        "starts_with",
        "starting with",
        text_test(lambda start, node: lambda text: text.startswith(start)),
        witness=text_witness(_edge_atom("prefix")),
    ),
    text_matcher(
        "ends_with",
        "ending with",
        text_test(lambda end, node: lambda text: text.endswith(end)),
        witness=text_witness(_edge_atom("suffix")),
    ),
    text_matcher("words", "with the words", text_test(_words_test)),
)
