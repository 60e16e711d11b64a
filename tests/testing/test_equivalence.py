"""What is called equivalent is: no event tells the mutant from the policy."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures import nodes
from rulewright.program.closures import build_closure
from rulewright.program.frame import Frame
from rulewright.program.nodes import Position
from rulewright.testing.equivalence import explain_equivalence
from rulewright.testing.leaves import find_leaves, replace_node

PATHS = ("a", "b", "c")
SAFE = frozenset(range(len(PATHS)))
VALUES = st.sampled_from([None, 0, 1, "x", "y", True, [], ["x"]])


def match(p, name, value, on_missing):
    return nodes.match(PATHS[p], p, name, value, on_missing=on_missing)


LEAVES = st.one_of(
    st.builds(
        match,
        st.integers(0, 2),
        st.sampled_from(["eq", "ne", "contains"]),
        st.sampled_from(["x", "y"]),
        st.sampled_from([None, None, True, False]),
    ),
    st.builds(match, st.integers(0, 2), st.sampled_from(["exists", "missing"]), st.booleans(), st.none()),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.builds(
        nodes.group,
        st.sampled_from(["all", "any", "none"]),
        st.lists(inner, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


def frame(values):
    return Frame(
        dict(zip(PATHS, values, strict=True)), "", [lambda f, name=name: f[name] for name in PATHS], {}
    )


@settings(max_examples=200)
@given(TREES, st.booleans(), st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=8), st.data())
def test_sound(tree, truth, events, data):
    leaf = data.draw(st.sampled_from(list(find_leaves(tree))))
    if explain_equivalence(tree, leaf, truth, SAFE) is None:
        return
    mutant = replace_node(tree, leaf.path, nodes.constant(truth))
    for values in events:
        assert build_closure(tree)(frame(values)) is build_closure(mutant)(frame(values))


def one(p, name="eq", value="x"):
    return match(p, name, value, None)


def group(op, *parts):
    return nodes.group(op, parts, Position(2, 1))


def reasons(tree):
    return [
        explain_equivalence(tree, leaf, truth, SAFE) for leaf in find_leaves(tree) for truth in (True, False)
    ]


def test_independent_leaves_matter():
    assert reasons(group("all", one(0), one(1))) == [None] * 4


def test_equal_conditions_are_named():
    found = reasons(group("all", one(0), one(0)))
    assert found == ["line 1 has the same condition", None, "line 1 has the same condition", None]


def test_what_the_rest_decides():
    tree = group("any", one(0), group("all", one(0), one(1)))
    decided = "the result is the same for all 16 possible outcomes of its conditions"
    assert reasons(tree) == [None, None, None, "line 1 has the same condition", decided, decided]


def test_presence_is_shared_by_the_leaves_of_a_path():
    tree = group("all", one(0, "exists", True), one(0))
    # A missing value makes the second unknown, so the first still tells false from unknown.
    assert reasons(tree)[0] is None


def test_too_many_leaves_are_not_judged():
    many = group("all", *(match(0, "eq", str(number), None) for number in range(12)))
    assert set(reasons(many)) == {None}
