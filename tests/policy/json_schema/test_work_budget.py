"""The work of checking with somebody else's schema: bounded by counting, the same everywhere, and right below that."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft201909Validator, Draft202012Validator

from rulewright.cli.main import main
from rulewright.policy.document import read_documents
from rulewright.policy.json_schema.patterns import matches, pattern_cost, pattern_fault
from rulewright.policy.json_schema.user_schema import MOST_PARTS, UserSchema
from rulewright.policy.json_schema.work_budget import MOST_UNITS, canonical

pytestmark = pytest.mark.slow

TOO_MUCH = "validation against the schema takes more than 400,000 steps"
OBJECTS = [{"a": number, "b": {"c": number}} for number in range(6000)]
TOO_DEEP = "validation against the schema is nested more than 200 keywords deep"
DRAFTS = {
    4: "http://json-schema.org/draft-04/schema#",
    7: "http://json-schema.org/draft-07/schema#",
    2019: "https://json-schema.org/draft/2019-09/schema",
}


def chain(link: Callable[[Any], Any], length: int = 27, **more: Any) -> dict[str, Any]:
    """`length` definitions, each of which refers to the next as `link` says."""
    definitions: dict[str, Any] = {f"d{n}": link({"$ref": f"#/$defs/d{n + 1}"}) for n in range(length)}
    return {"$defs": {**definitions, f"d{length}": {"type": "string"}}, "$ref": "#/$defs/d0", **more}


def of_draft(draft: int, schema: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(schema)
    return {"$schema": DRAFTS[draft], **json.loads(text.replace("$defs", "definitions"))}


def told(schema: Any, value: Any) -> list[str]:
    (document,), _ = read_documents("x.json", json.dumps(value).encode())
    ready = UserSchema.of(schema)
    first = [one.message for one in ready.check(document, document.data)]
    left = ready.budget.left if ready.budget is not None else 0
    assert [one.message for one in ready.check(document, document.data)] == first
    assert (ready.budget.left if ready.budget is not None else 0) == left
    return first


@pytest.mark.slow
@pytest.mark.parametrize(
    ("schema", "value"),
    [
        pytest.param(chain(lambda r: {"allOf": [r, r]}), "x", id="allOf"),
        pytest.param(chain(lambda r: {"anyOf": [r, r]}), 3, id="anyOf"),
        pytest.param(chain(lambda r: {"oneOf": [r, r]}), "x", id="oneOf"),
        pytest.param(chain(lambda r: {"not": {"allOf": [r, r]}}), "x", id="not"),
        pytest.param(chain(lambda r: {"if": r, "then": r, "else": r}), "x", id="if"),
        pytest.param(
            chain(lambda r: {"dependentSchemas": {"a": r, "b": r}}), {"a": 1, "b": 1}, id="dependentSchemas"
        ),
        pytest.param(
            chain(lambda r: {"dependentSchemas": {"a": r, "b": r}}, unevaluatedProperties=False),
            {"a": 1, "b": 1},
            id="unevaluatedProperties",
        ),
        pytest.param(
            chain(lambda r: {"allOf": [r, r]}, unevaluatedItems=False), [1, 2], id="unevaluatedItems"
        ),
        pytest.param(
            chain(
                lambda r: {"properties": {"a": r}, "patternProperties": {"a": r}, "additionalProperties": r}
            ),
            json.loads('{"a": ' * 27 + "1" + "}" * 27),
            id="properties by name and pattern",
        ),
        pytest.param(
            chain(lambda r: {"items": r, "contains": r}, 18),
            json.loads("[" * 18 + '"x"' + "]" * 18),
            id="contains",
        ),
        pytest.param(
            {"allOf": [{"items": {"$ref": "#"}}] * 2},
            json.loads("[" * 40 + "]" * 40),
            id="a reference to itself",
        ),
        pytest.param(
            {"$dynamicAnchor": "n", "allOf": [{"items": {"$dynamicRef": "#n"}}] * 2},
            json.loads("[" * 40 + "]" * 40),
            id="dynamic",
        ),
        pytest.param(of_draft(7, chain(lambda r: {"allOf": [r, r]})), "x", id="draft 7"),
        pytest.param(of_draft(4, chain(lambda r: {"anyOf": [r, r]})), 3, id="draft 4"),
        pytest.param(
            {
                "$schema": DRAFTS[2019],
                "$recursiveAnchor": True,
                "anyOf": [{"items": {"$recursiveRef": "#"}}] * 2,
                "unevaluatedItems": False,
            },
            json.loads("[" * 40 + "]" * 40),
            id="recursive",
        ),
        pytest.param({"allOf": [{"uniqueItems": True}] * 500}, OBJECTS, id="uniqueItems over and over"),
        pytest.param({"items": {"enum": OBJECTS[:300]}}, [OBJECTS[299]] * 3000, id="enum"),
        pytest.param(
            {"$defs": {"c": {"const": OBJECTS[:900]}}, "allOf": [{"$ref": "#/$defs/c"}] * 600},
            OBJECTS[:900],
            id="const",
        ),
        pytest.param({"allOf": [{"type": "string"}] * 2000}, OBJECTS, id="a large value in every message"),
        pytest.param({"items": {"allOf": [{}] * 2000}}, [1] * 3000, id="schemas that say nothing"),
        pytest.param({"items": {"type": "string"}}, [1] * 60_000, id="very many errors"),
        pytest.param(
            {"propertyNames": {"allOf": [{"minLength": 1}] * 100}},
            {f"k{n}": 1 for n in range(5000)},
            id="names",
        ),
        pytest.param(
            {"patternProperties": {f"^{n}(a+)+": {} for n in range(2000)}},
            {f"k{n}": 1 for n in range(5000)},
            id="patterns by keys",
        ),
        pytest.param({"pattern": "(?!x)a*a*a*b"}, "a" * 4000, id="a pattern that backtracks"),
        pytest.param({"pattern": r"\p{L}{1,90}\p{N}{2}x"}, "é" * 600_000, id="a large automaton"),
        pytest.param(
            {"allOf": [{"pattern": r"\p{L}{1,90}x"}] * 300}, "é" * 30_000, id="a large automaton often"
        ),
        pytest.param({"pattern": "(?!x)" + "a?" * 30 + "a" * 30}, "a" * 30, id="optional parts"),
    ],
)
def test_too_much_work_is_told(schema: Any, value: Any) -> None:
    assert told(schema, value) == [TOO_MUCH]


@pytest.mark.parametrize(
    ("schema", "value", "messages"),
    [
        ({"uniqueItems": True}, OBJECTS, []),
        ({"uniqueItems": True}, [*OBJECTS, OBJECTS[7]], ["[6000]: a mapping appears twice"]),
        ({"uniqueItems": True}, [[n] for n in range(20_000)], []),
        ({"uniqueItems": True}, [n * (2**61 - 1) for n in range(20_000)], []),
        ({"uniqueItems": True}, [1, True, 1.5, "1", None, [1], {"a": 1}, [], {}], []),
        (
            {"uniqueItems": True},
            [{"a": 1}, {"a": 1.0}],
            ["contains an entry twice"],
        ),
        (chain(lambda r: {"allOf": [r, r]}, 8), "x", []),
        (
            {"items": {"properties": {"a": {"type": "integer", "minimum": 0}}, "required": ["a", "b"]}},
            OBJECTS,
            [],
        ),
        ({"patternProperties": {"^(a+)+$": {}}, "unevaluatedProperties": False}, {"a" * 40: 1}, []),
        (
            {"patternProperties": {"^(a+)+$": {}}, "unevaluatedProperties": False},
            {"a" * 40 + "!": 1},
            [f"unknown key `{'a' * 40}!`"],
        ),
        ({"pattern": r"^(?=.*[A-Z])(?=.*\d).{8,}$"}, "Abcdefgh1", []),
        ({"$ref": "#"}, 1, ["the schema refers to itself endlessly"]),
        ({"allOf": [{"$ref": "#"}, {"$ref": "#"}]}, 1, ["the schema refers to itself endlessly"]),
        (
            {"$ref": "#", "unevaluatedProperties": False},
            {"a": 1},
            ["the schema refers to itself endlessly"],
        ),
        (chain(lambda r: r, 300), "x", [TOO_DEEP]),
        (chain(lambda r: {"if": True, "then": r}, 300), "x", [TOO_DEEP]),
        (chain(lambda r: {"allOf": [r]}, 300, unevaluatedProperties=False), {"a": 1}, [TOO_DEEP]),
        (chain(lambda r: {"not": r}, 90), "x", []),
        ({"allOf": [{"items": {"$ref": "#"}}]}, json.loads("[" * 63 + "]" * 63), []),
        (
            {
                "$defs": {f"d{n}": {"$anchor": f"a{n}"} for n in range(900)},
                "allOf": [{"$ref": f"#a{n}"} for n in range(100)],
            },
            1,
            [],
        ),
    ],
)
def test_what_is_within_the_bounds_is_checked(schema: Any, value: Any, messages: list[str]) -> None:
    found = told(schema, value)
    assert [one.split("; did you")[0] for one in found] == messages


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        pytest.param({"$ref": "#"}, "the schema refers to itself endlessly", id="endless"),
        pytest.param(chain(lambda r: {"contains": r}, 300), None, id="a long chain that is not followed"),
        pytest.param(chain(lambda r: r, 300), TOO_DEEP, id="a long chain"),
    ],
)
def test_the_depth_of_the_call_does_not_matter(schema: Any, message: str | None) -> None:
    """Python's own limit, which every frame of the caller comes nearer to, is not what bounds the check."""

    def called_from(depth: int) -> list[str]:
        return told(schema, "x") if depth == 0 else called_from(depth - 1)

    assert {tuple(called_from(depth)) for depth in range(0, 100, 3)} == {(message,) if message else ()}


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ({"properties": {f"a{n}": {} for n in range(MOST_PARTS)}}, "the schema has more than 6,000 parts"),
        ({"enum": list(range(MOST_PARTS))}, "the schema has more than 6,000 parts"),
        (
            {"allOf": [{"pattern": f"{n}((a{{100}}){{100}}b{{90}}){{30}}"} for n in range(5)]},
            "patterns of the schema are too large",
        ),
        (
            {"allOf": [{"pattern": f"\\p{{L}}{{1,90}}\\p{{N}}{{{n}}}x"} for n in range(1, 91)]},
            "patterns of the schema are too large",
        ),
        (
            {"properties": {"a": {"allOf": [{"pattern": f"[\\p{{L}}_{n}]{{1,90}}"} for n in range(60)]}}},
            "patterns of the schema are too large",
        ),
        ({"pattern": "(?!x)(a{0,15})+b"}, "can take exponential time"),
        ({"pattern": "(?!x)(a?b?)*c"}, "can take exponential time"),
    ],
)
def test_a_schema_that_is_too_large_is_told(schema: Any, message: str) -> None:
    (found,) = told(schema, 1)
    assert message in found


@pytest.mark.slow
def test_a_budget_is_for_each_document() -> None:
    ready = UserSchema.of({"items": {"type": "integer"}})
    (document,), _ = read_documents("x.json", json.dumps([1] * 30_000).encode())
    assert all(ready.check(document, document.data) == () for _ in range(5))
    assert 0 < ready.budget.left < MOST_UNITS


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"type": "string"}, "x", True),
        ({"type": "string"}, 3, False),
        (chain(lambda r: {"allOf": [r, r]}), "x", False),
        ({"$ref": "#"}, "x", False),
        ({"$ref": "#/nowhere"}, "x", False),
        ({"type": 3}, "x", False),
    ],
)
def test_a_model_s_answer_is_checked_within_the_same_bounds(schema: Any, value: Any, fits: bool) -> None:
    assert UserSchema.of(schema).fits(value) is fits


@pytest.mark.parametrize("door", ["--schema", "$schema", "json_schema", "$ref"])
def test_every_door(tmp_path: Path, capsys: pytest.CaptureFixture[str], door: str) -> None:
    """What a pull request can bring: a schema beside the document, in it, or behind a reference."""
    hostile = chain(lambda r: {"allOf": [r, r]})
    (tmp_path / ".git").mkdir()
    (tmp_path / "hostile.json").write_text(json.dumps(hostile))
    document: dict[str, Any] = {"a": 1}
    words = ["validate", str(tmp_path / "document.json")]
    if door == "--schema":
        words += ["--schema", str(tmp_path / "hostile.json")]
    elif door == "$schema":
        document["$schema"] = "hostile.json"
    elif door == "json_schema":
        document["json_schema"] = hostile
    else:
        (tmp_path / "near.json").write_text(json.dumps({"properties": {"a": {"$ref": "hostile.json"}}}))
        document["$schema"] = "near.json"
    (tmp_path / "document.json").write_text(json.dumps(document))
    code = main(words)
    out, err = capsys.readouterr()
    assert code == 1, out + err
    assert TOO_MUCH in out + err


def test_costs_of_patterns() -> None:
    assert pattern_cost("a*b", 5000) == pattern_cost("(a+)+$", 5000) == 51
    assert pattern_cost("(?!x)a*b", 1000) == 1 + 2 * 1000**2 // 50
    assert pattern_cost("^(?!x)a*b", 1000) == 1 + 2 * 1000 // 50
    assert pattern_fault("(?!x)(a{2})*") is None
    assert pattern_cost(r"^[\p{L}\p{N} ._-]{1,8}$", 5000) == 51
    assert pattern_cost(r"\p{L}{1,90}x", 5000) == 15_001
    assert matches("(?!x)(a{2})*b", "aab")


SCALARS = st.sampled_from([None, True, False, 0, 1, 1.0, 1.5, "a", "b", ""])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


def schemas(items: Any) -> st.SearchStrategy[Any]:
    def build(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        several = st.lists(inner, min_size=1, max_size=2)
        named = st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
        return st.fixed_dictionaries(
            {},
            optional={
                "allOf": several, "anyOf": several, "oneOf": several, "not": inner, "if": inner, "then": inner,
                "else": inner, "properties": named, "patternProperties": named, "additionalProperties": inner,
                "dependentSchemas": named, "unevaluatedProperties": inner, "unevaluatedItems": inner,
                "contains": inner, "uniqueItems": st.booleans(), "items": items(inner),
                "required": st.just(["a"]), "$ref": st.just("#/$defs/d"),
            },
        )  # fmt: skip

    types = st.sampled_from(["string", "integer", "array", "object", "null"])
    leaf = (
        st.booleans()
        | st.fixed_dictionaries({"type": types})
        | st.fixed_dictionaries({"enum": st.lists(SCALARS)})
    )
    return st.recursive(leaf, build, max_leaves=8)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(schema=schemas(lambda inner: inner), definition=schemas(lambda inner: inner), value=JSON)
def test_the_counting_validator_agrees_with_jsonschema(schema: Any, definition: Any, value: Any) -> None:
    if not isinstance(schema, dict):
        return
    whole = {"$defs": {"d": without(definition)}, **schema}
    assert UserSchema.of(whole).fits(value) is Draft202012Validator(whole).is_valid(value)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(schema=schemas(lambda inner: inner | st.lists(inner, min_size=1, max_size=2)), value=JSON)
def test_it_agrees_for_2019_too(schema: Any, value: Any) -> None:
    whole = {"$schema": DRAFTS[2019], **without(schema)} if isinstance(schema, dict) else {}
    assume(not _is_misread(whole))
    assert UserSchema.of(whole).fits(value) is Draft201909Validator(whole).is_valid(value)


def _is_misread(node: Any) -> bool:
    """jsonschema takes the length of `items` where it looks for unevaluated ones, also where it is true or false."""
    if isinstance(node, dict):
        return isinstance(node.get("items"), bool) or any(map(_is_misread, node.values()))
    return isinstance(node, list) and any(map(_is_misread, node))


def without(node: Any) -> Any:
    """The schema without references, which would lead round in a circle."""
    if isinstance(node, dict):
        return {key: without(value) for key, value in node.items() if key != "$ref"}
    return [without(item) for item in node] if isinstance(node, list) else node


@settings(max_examples=300)
@given(one=JSON, other=JSON)
def test_equal_values_have_one_form(one: Any, other: Any) -> None:
    alike = Draft202012Validator({"const": one}).is_valid(other)
    assert (canonical(one) == canonical(other)) is alike
