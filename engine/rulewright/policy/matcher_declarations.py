"""The matchers of the format as plain data: what each takes beside it, and what is told about it to authors.

The properties of `matcher` in `policy/schemas/condition.schema.json` and the table of docs/format.md are made from it
(`docs/generate.py`). What a matcher does is in `program/matchers/`, what is checked of its operand at load in
`compile/operands/`, by the operand's form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from rulewright.policy.json_types import Json

OperandForm = Literal[
    "value", "values", "limit", "limits", "element", "elements", "texts", "patterns", "words", "length", "flag",
    "duration",
]  # fmt: skip
"""What stands beside a matcher.

| form | operand |
|---|---|
| `value`, `values` | one value, or a list of values |
| `limit`, `limits` | a number, quantity or moment; two of them |
| `element`, `elements` | an element of a list or a part of a text; a list of them |
| `texts`, `patterns`, `words` | a text, or a list of texts of which one is enough |
| `length` | a number, or comparisons with one |
| `flag` | true or false |
| `duration` | a quantity of time |

All but `limits`, `patterns`, `words`, `length` and `flag` may also be `{fact: PATH}`.
"""


class MatcherDeclaration(NamedTuple):
    """One matcher. `description` and `examples` (operands) are those of the schema and the docs.

    `null_hint`: what to write in place of the operand null. `of_length`: what it says of a number inside `length`.
    `for_lists`: the matcher to use where the value is a list, which this one does not take. `other_operand`: the
    matcher that takes a list of values where this one takes one, and the other way round.
    """

    operand: OperandForm
    description: str
    examples: tuple[Json, ...] = ()
    null_hint: str | None = None
    of_length: str | None = None
    for_lists: str | None = None
    other_operand: str | None = None


_QUANTITY: Final = "a number, or a quantity with its unit such as `14d`, `300ms`, `10%`."

MATCHER_DECLARATIONS: Final[dict[str, MatcherDeclaration]] = {
    "eq": MatcherDeclaration(
        "value",
        "Equal to this. Labels and logins are compared without case.",
        ("open",),
        null_hint="write `missing: true`, which matches absent and null",
        of_length="Exactly this many.",
        for_lists="contains",
        other_operand="in",
    ),
    "ne": MatcherDeclaration(
        "value",
        "Present, and not equal to this.",
        ("closed",),
        null_hint="write `exists: true`, which matches present, non-null values",
        of_length="Any number except this.",
        for_lists="contains_none",
        other_operand="not_in",
    ),
    "in": MatcherDeclaration(
        "values",
        "One of these.",
        (["open", "closed"],),
        of_length="One of these.",
        for_lists="contains_any",
        other_operand="eq",
    ),
    "not_in": MatcherDeclaration(
        "values",
        "Present, and none of these.",
        (["bot", "app"],),
        for_lists="contains_none",
        other_operand="ne",
    ),
    "gt": MatcherDeclaration(
        "limit",
        f"Greater than {_QUANTITY}",
        (0, "14d"),
        of_length="More than this.",
        for_lists="length",
    ),
    "gte": MatcherDeclaration(
        "limit",
        f"Greater than or equal to {_QUANTITY}",
        (1,),
        of_length="At least this many.",
        for_lists="length",
    ),
    "lt": MatcherDeclaration(
        "limit",
        f"Less than {_QUANTITY}",
        ("300ms",),
        of_length="Fewer than this.",
        for_lists="length",
    ),
    "lte": MatcherDeclaration(
        "limit",
        f"Less than or equal to {_QUANTITY}",
        ("1000ms",),
        of_length="At most this many.",
        for_lists="length",
    ),
    "between": MatcherDeclaration(
        "limits",
        "Between these limits, inclusive.",
        ([1, 5], ["1d", "14d"]),
        of_length="Between these limits, inclusive.",
        for_lists="length",
    ),
    "contains": MatcherDeclaration(
        "element",
        "The text contains this substring, or the list contains this element.",
        ("crash",),
        other_operand="contains_any",
    ),
    "contains_any": MatcherDeclaration(
        "elements",
        "Contains at least one of these.",
        (["manual-triage", "no-triage"],),
        other_operand="contains",
    ),
    "contains_all": MatcherDeclaration("elements", "Contains all of these.", (["Triaged", "Backlog"],)),
    "contains_none": MatcherDeclaration("elements", "Present, and contains none of these.", (["legal"],)),
    "starts_with": MatcherDeclaration("texts", "The text begins with this, or with one of these.", ("[P1]",)),
    "ends_with": MatcherDeclaration("texts", "The text ends with this, or with one of these.", (".md",)),
    "glob": MatcherDeclaration(
        "patterns",
        "The whole text matches this pattern, or one of these: `*` is any text, `?` one character, `{a,b}` one of "
        "several, brackets are literal. On a list: at least one element matches.",
        ("severity/*",),
    ),
    "path_glob": MatcherDeclaration(
        "patterns",
        "The whole path matches this pattern, or one of these: `*` and `?` stop at `/`, `**` crosses it, `**/x` is "
        "also `x`, `docs/` is everything below it. On a list: at least one element matches.",
        ("src/**/*.py",),
    ),
    "regex": MatcherDeclaration(
        "patterns",
        "This regular expression, or one of these, matches anywhere in the text (RE2 syntax).",
        ("(?i)out of memory",),
    ),
    "words": MatcherDeclaration(
        "words",
        "This word or phrase, or one of these, appears in the text without adjacent letters, digits or underscores, of "
        "any script.",
        ("écran noir",),
    ),
    "length": MatcherDeclaration(
        "length",
        "The number of characters or elements, or comparisons of it.",
        (0, {"gt": 3}),
    ),
    "exists": MatcherDeclaration("flag", "True: present and not null. False: absent or null."),
    "missing": MatcherDeclaration("flag", "True: absent or null. False: present and not null."),
    "older_than": MatcherDeclaration(
        "duration",
        "The time is longer ago than this duration.",
        ("14d",),
        for_lists="length",
    ),
    "newer_than": MatcherDeclaration(
        "duration",
        "The time is less long ago than this duration.",
        ("24h",),
        for_lists="length",
    ),
}
