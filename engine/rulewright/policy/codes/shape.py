"""RW2xx: schemas and shapes."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
SHAPE: tuple[Code, ...] = (
    Code(
        "RW201", "unknown-kind", "A document's `kind` is none that Rulewright knows.",
        why="The kind says which schema holds; nothing else can be checked without it.",
        example="kind: Triagee",
        fix="Take the kind that the message names.",
    ),
    Code(
        "RW202", "missing-key", "A key that must be there is missing.",
        why="Without it the document has no meaning, and a default would be a guess.",
        example="rules:\n  - id: crash\n    then: [close]",
        fix="Add the key; the hint says what it is for.",
    ),
    Code(
        "RW203", "unknown-key", "A key that the schema does not know.",
        why="A typo would silently switch a rule off, or broaden it.",
        example="rules:\n  - id: crash\n    whne: { title: x }",
        fix="Correct the key; the message names the nearest known one.",
    ),
    Code(
        "RW204", "wrong-type",
        "A value of the wrong type: text for a list, a mapping for text, nothing for something.",
        why="Reading it as something else would be a guess.",
        example="rules: close",
        fix="Write the type that the message asks for.",
    ),
    Code(
        "RW205", "value-not-allowed", "A value that is not in the closed list of allowed ones.",
        why="A value that nothing reads would have no effect.",
        example="mode: enforced",
        fix="Take one of the values in the hint.",
    ),
    Code(
        "RW206", "wrong-form",
        "Text that does not have the form it must have: a name, a hash, an event.",
        why="Names stand in paths, comments and URLs, where other characters change the meaning.",
        example="metadata: { name: My Policy }",
        fix="Write it in the form that the message asks for.",
    ),
    Code(
        "RW207", "more-than-one-action", "An entry of a list of actions holds several.",
        why="The order of actions matters, and a mapping has none.",
        example="then:\n  - add_labels: [bug]\n    comment: hello",
        fix="Write each action as its own entry.",
    ),
    Code(
        "RW208", "too-few",
        "An empty text, list or mapping, or one with too few entries.",
        why="A list that is empty by accident would match nothing, or everything.",
        example="on: []",
        fix="Add what is missing, or leave the key out.",
    ),
    Code(
        "RW209", "out-of-range", "A number outside the allowed range.",
        example="confidence: 1.5",
        fix="Take a number in the range that the message names.",
    ),
    Code(
        "RW210", "too-many", "A text, list or mapping with too many entries.",
        example="between: [1, 2, 3]",
        fix="Shorten it to what the message allows.",
    ),
    Code(
        "RW211", "repeated-entry",
        "A list holds the same entry twice where each must be different.",
        example="on: [issues.opened, issues.opened]",
        fix="Remove one of the two.",
    ),
    Code(
        "RW212", "wrong-format",
        "Text that is no valid date, address, URL or other format that the schema names.",
        example="url: not a url",
        fix="Write it in the format that the message names.",
    ),
    Code(
        "RW214", "unknown-action",
        "An action that Rulewright does not know, or one without the argument it needs.",
        why="A rule with a mistyped action would do nothing.",
        example="then: [ add_label: bug ]",
        fix="Take the action that the message names.",
    ),
    Code(
        "RW215", "unknown-matcher", "A matcher that Rulewright does not know.",
        why="A mistyped matcher would never match.",
        example="when: { title: { contain: crash } }",
        fix="Take the matcher that the message names.",
    ),
    Code(
        "RW216", "no-form-fits",
        "A value that fits none of several allowed forms, or more than one of forms that exclude each other.",
        fix="Compare with the forms in the schema.",
    ),
    Code(
        "RW217", "schema-violation", "A value that the schema refuses for a reason of its own.",
        fix="Read the schema's description of the value.",
    ),
    Code(
        "RW220", "invalid-schema", "The schema itself is not a valid JSON Schema, or asks for too much work.",
        why="Nothing can be checked against it, or not within a second or two.",
        example="json_schema: { type: text }",
        fix="Correct the schema at the place that the message names; combine no inner schema with itself.",
    ),
    Code(
        "RW221", "unresolved-reference", "A schema's `$ref` leads nowhere, or to the network.",
        why="What is checked must not depend on what a server answers today; nothing is ever fetched.",
        example="$ref: https://example.com/schema.json",
        fix="Copy the schema beside yours and refer to the file.",
    ),
    Code(
        "RW222", "unsafe-pattern",
        "A schema's pattern could take endless time on a hostile value.",
        why="One value could stop the whole run.",
        example="pattern: ^(a+)+$",
        fix="Write it without nested repetition, look-around and back-references.",
    ),
    Code(
        "RW223", "no-schema", "A file of no known shape that names no schema.",
        why="It was not checked at all.",
        example="colour: red",
        fix="Name a schema with `--schema`, `json_schema:` or `$schema`.",
    ),
    Code(
        "RW224", "schema-not-found", "The schema that a document names cannot be read.",
        why="The document was not checked.",
        example="$schema: missing.schema.json",
        fix="Correct the path; it counts from the document's folder.",
    ),
    Code(
        "RW225", "unknown-format-version", "A document's `apiVersion` is none that this version reads.",
        example="apiVersion: rulewright/v9",
        fix="Write `apiVersion: rulewright/v1`.",
    ),
    Code(
        "RW230", "duplicate-id",
        "Two rules, skips, objectives, transitions or cases of one policy have the same id.",
        why="Decisions, tests and explanations name them by id.",
        example="rules: [ {id: a, …}, {id: a, …} ]",
        fix="Rename one of them.",
    ),
    Code(
        "RW231", "duplicate-policy", "Two policies have the same name.",
        why="Plans, comments and journals name policies; one would hide the other.",
        example="metadata: { name: intake }",
        fix="Rename one of them.",
    ),
    Code(
        "RW232", "nothing-to-decide", "A condition or an objective that says nothing.",
        example="when: { title: { on_missing: false } }",
        fix="Add a matcher beside `on_missing`, a limit or a baseline to the objective.",
    ),
    Code(
        "RW233", "reserved-name",
        "A named fact or list has the name of something that conditions already know.",
        why="A condition could not tell which of the two it means.",
        example="let: { labels: { value: 1 } }",
        fix="Choose another name.",
    ),
    Code(
        "RW236", "no-policy", "The paths hold no policy.",
        why="A run without policies decides nothing, which is seldom what was meant.",
        fix="Name a folder or file with policies.",
    ),
)
# fmt: on
