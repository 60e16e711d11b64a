"""RW1xx: bytes and YAML."""

from __future__ import annotations

from rulewright.policy.codes.code import Code

# ruff's formatter is off here, so that an entry stays five or six short lines.
# fmt: off
READING: tuple[Code, ...] = (
    Code(
        "RW101", "yaml-syntax", "The text is not YAML.",
        why="Nothing can be read from this document until it is.",
        example="a: \"b\" c",
        fix="Correct the line; the message says what the parser met there.",
    ),
    Code(
        "RW102", "unclosed-quote", "A quote that opens is never closed.",
        why="Everything after it becomes part of the text.",
        example="title: 'crash",
        fix="Close the quote. Inside single quotes, '' is one quote.",
    ),
    Code(
        "RW103", "not-utf-8", "The file is not UTF-8.",
        why="In another encoding the same bytes are other characters.",
        fix="Save the file as UTF-8.",
    ),
    Code(
        "RW104", "binary-file", "The file is not text.",
        why="It holds a NUL byte, which no YAML or JSON file has.",
        fix="Name YAML or JSON files only.",
    ),
    Code(
        "RW105", "control-character", "A control character stands in the text.",
        why="It is invisible to reviewers and can change what a terminal shows.",
        fix="Remove it. In double quotes it can be written as `\\x` and two digits.",
    ),
    Code(
        "RW106", "file-too-large", "The file has more than 5,000,000 bytes, or a document 500,000 values.",
        why="Reading is bounded, so that a pull request cannot exhaust the runner.",
        fix="Split the file and join the parts with `include:`.",
    ),
    Code(
        "RW107", "too-deep", "Values are nested deeper than 64 levels.",
        why="Reading is bounded, so that a pull request cannot exhaust the runner.",
        example="[[[[[[[[…]]]]]]]]",
        fix="Flatten the value.",
    ),
    Code(
        "RW108", "alias-expansion", "Aliases expand to more than 100,000 values.",
        why="A few lines of nested aliases can stand for billions of values.",
        example="a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]  # and so on",
        fix="Use fewer aliases inside anchors.",
    ),
    Code(
        "RW109", "too-many-documents", "A file has more than 1,000 documents.",
        why="Reading is bounded, so that a pull request cannot exhaust the runner.",
        fix="Split the file.",
    ),
    Code(
        "RW110", "tab-indentation", "A tab stands where YAML wants blanks.",
        why="How wide a tab is differs by editor, so YAML forbids it in indentation.",
        example="when:\n\tissue.state: open",
        fix="Indent with blanks.",
    ),
    Code(
        "RW111", "duplicate-key", "A key stands twice in one mapping.",
        why="One of the two values would silently be lost.",
        example="mode: enforce\nmode: observe",
        fix="Rename or remove one of them.",
    ),
    Code(
        "RW112", "key-not-text", "A key is not text.",
        why="`1`, `true`, `null`, lists and mappings cannot be keys in JSON, nor in the schemas. In files that are "
            "none of ours they are read as text.",
        example="1: first",
        fix="Quote the key.",
    ),
    Code(
        "RW113", "merge-key", "A merge key (`<<`) is used.",
        why="YAML 1.2 has none, and tools disagree on what it does to duplicate keys. In files that are none of ours "
            "it is merged, where its value is a mapping or a list of mappings.",
        example="rule:\n  <<: *base",
        fix="Write the keys out, or share templates, lists and facts by `include:`.",
    ),
    Code(
        "RW114", "tag", "A tag such as `!foo` or `!!python/object` is used.",
        why="Tags ask a reader to build something other than plain data. In files that are none of ours they are "
            "passed over; a standard one such as `!!int` must fit its value.",
        example="value: !secret token",
        fix="Remove the tag; quote the value if the exclamation mark is text.",
    ),
    Code(
        "RW115", "unknown-alias", "An alias has no anchor before it.",
        why="`*name` stands for the value that `&name` marks, earlier in the same document.",
        example="labels: *bugs",
        fix="Define the anchor, or quote the value if it is a glob.",
    ),
    Code(
        "RW116", "recursive-alias", "An alias stands inside its own anchor.",
        why="The value would contain itself without end.",
        example="a: &a [*a]",
        fix="Write the value out.",
    ),
    Code(
        "RW117", "unquoted-version", "A version without quotes is read as a number.",
        why="`3.10` is the number 3.1: the zero is lost.",
        example="python: 3.10",
        fix="Quote a version; drop the zero of a number.",
    ),
    Code(
        "RW118", "yaml-1-1-boolean", "`yes`, `no`, `on`, `off`, `y` or `n` stands as a value.",
        why="It is a boolean for readers of YAML 1.1 and text in YAML 1.2.",
        example="required: yes",
        fix="Write `true` or `false`, or quote the text.",
    ),
    Code(
        "RW119", "leading-zero", "A number begins with a zero.",
        why="`012` is ten for readers of YAML 1.1 and twelve in YAML 1.2.",
        example="count: 012",
        fix="Drop the zero, or quote the text.",
    ),
    Code(
        "RW120", "lone-surrogate", "An escape is half of a surrogate pair.",
        why="It is no character; it cannot be written to any file or sent to any server.",
        example="emoji: \"\\ud83d\"",
        fix="Write the character itself, or `\\U` with eight digits.",
    ),
    Code(
        "RW121", "unclosed-bracket", "A bracket is not closed, or closed by another one.",
        why="Everything after it becomes part of the list or mapping.",
        example="labels: [bug, security",
        fix="Close the bracket; quote a text that holds `,`, `[`, `]`, `{` or `}`.",
    ),
    Code(
        "RW122", "bad-indentation", "The indentation of a line fits no line above.",
        why="Indentation says what belongs together.",
        example="rules:\n  - id: a\n when: {}",
        fix="Align the line with the keys it belongs to.",
    ),
    Code(
        "RW123", "missing-blank", "A blank is missing after a colon.",
        why="`key:value` is one text, not a key and a value.",
        example="mode:enforce",
        fix="Write `mode: enforce`.",
    ),
    Code(
        "RW124", "unquoted-indicator", "A value begins with a character that has a meaning in YAML.",
        why="`@`, `` ` ``, `%`, `*` and `&` cannot begin a plain value.",
        example="owner: @acme/triage",
        fix="Quote the value.",
    ),
    Code(
        "RW125", "unquoted-template", "A template without quotes begins a YAML mapping.",
        why="`{` opens a mapping, so `{{ x }}` is a mapping with a mapping as its key.",
        example="title: {{ issue.title }}",
        fix="Quote the whole value.",
    ),
    Code(
        "RW126", "unquoted-colon", "A value without quotes holds `: `.",
        why="`: ` begins the value of a new key.",
        example="title: Bug: login fails",
        fix="Quote the whole value.",
    ),
    Code(
        "RW127", "json-syntax", "The text is not JSON.",
        why="A file whose name ends with `.json` is read by the rules of JSON.",
        example="{\"a\": 1,}",
        fix="Correct the place; the message says what is expected there.",
    ),
    Code(
        "RW128", "empty-file", "The file holds no document.",
        why="It is empty, or all comments: perhaps not what was meant.",
        example="# nothing yet",
        fix="Remove the file, or write a document.",
    ),
    Code(
        "RW129", "number-out-of-range", "A number is too large.",
        why="It has no exact counterpart in a computer's arithmetic.",
        example="limit: 1e999",
        fix="Quote it if it is text.",
    ),
    Code(
        "RW130", "unknown-escape", "An escape in double quotes that YAML does not know.",
        why="A backslash begins an escape in double quotes, so patterns need it twice.",
        example="regex: \"\\d+\"",
        fix="Write `\\\\` for a backslash, or use single quotes.",
    ),
    Code(
        "RW140", "include-missing", "An included file does not exist or cannot be read.",
        why="What it defines would be missing.",
        example="include: [../common/tempaltes.yaml]",
        fix="Correct the path; it is relative to the file that names it.",
    ),
    Code(
        "RW141", "include-cycle", "Files include each other in a circle.",
        why="No order exists in which they could be read.",
        example="# a.yaml\ninclude: [b.yaml]\n# b.yaml\ninclude: [a.yaml]",
        fix="Move what both need into a third library.",
    ),
    Code(
        "RW142", "include-outside", "An include leaves the repository.",
        why="A policy in a pull request must not read files of the machine it runs on.",
        example="include: [/etc/passwd]",
        fix="Move the file into the repository and name it by a relative path.",
    ),
    Code(
        "RW143", "include-conflict", "One name is defined twice, differently.",
        why="Which one holds would depend on the order of the files.",
        example="include: [a.yaml, b.yaml]  # both define the template `notice`",
        fix="Rename one of them, or include only one file.",
    ),
    Code(
        "RW144", "include-not-library", "An included file is not a library.",
        why="Only documents of `kind: Library` can be included.",
        example="include: [other-policy.yaml]",
        fix="Move templates, lists and facts into a document of `kind: Library`.",
    ),
)
# fmt: on
