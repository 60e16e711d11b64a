"""docs/format.md: the reference of the format, from the schemas, the vocabulary and the truth values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pages.table import cell, code, keys, names_of
from rulewright.policy import event_catalog as vocabulary
from rulewright.program.truth import ERROR, all_of, any_of, negate, word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rulewright.program.truth import Truth

__all__ = ["markdown"]

Schema = dict[str, Any]

HEAD: Final = """\
# The format

This page is made from the JSON Schemas in `schemas/`. `rulewright schema --install DIR` hands them to an editor;
a line `# yaml-language-server: $schema=PATH` at the top of a file names its schema.

A policy is one YAML document; a file may hold several, separated by `---`. A key that the schema does not know is
an error. YAML is read as version 1.2; duplicate keys, unquoted versions such as `1.10` and aliases that explode are
errors with their place.

| kind | what it is |
|---|---|
"""

CONDITIONS: Final = """\
A condition is a mapping `path: matcher`. Several paths in one mapping, or several matchers on one path, mean all of
them. A path is a JMESPath expression over the facts; its functions are in [functions.md](functions.md).
A bare scalar means equality, a bare list membership. A value is a literal or `{fact: path}`.

```yaml
when:
  all:
    - issue.state: open
    - labels: { contains: bug }
    - author: { not_in: [mona, hubot] }
    - age: { gt: 14d }
    - none: [ title: { glob: "*WIP*" } ]
```

### Short names

| name | what it is |
|---|---|
| `title`, `body`, `state` | of the subject: the issue, pull request or discussion of the event |
| `author` | the login of who opened the subject |
| `labels` | the names of the subject's labels |
| `age` | how long ago the subject was created, a duration |
| `sender` | the login of who caused the event |
| `comments` | the subject's comments, as far as they were gathered |
| `now` | the moment of the decision |
| `lists.NAME` | a list of this policy or of an included one |

A named fact of `let:` comes before a short name, and a short name before the payload.
"""

MISSING: Final = """\
### Missing values

Absent and null are both *missing*. `[]` and `''` are values. A missing value, NaN or a value of the wrong type makes
a matcher *unknown*; so does a negated matcher on a missing value: `ne` and `not_in` do not hold for what is not
there. `exists` and `missing` are never unknown. `on_missing: false` (or `true`) beside a matcher says what a missing
value means instead. It is not allowed in SLOGate and Promotion.

A rule whose condition is unknown is *undetermined*. In Triage and Grooming it does nothing and is reported. In
SLOGate and Promotion it blocks. A `skip` that is unknown ends the policy as undetermined.

### Truth

A condition is true, false, unknown or error. `none` is `any`, negated.
"""

QUANTITIES: Final = """\
### Quantities

| written | means |
|---|---|
| `300ms` `10s` `5m` `24h` `14d` `2w` `1h30m` | a duration; `m` is a minute; there are no months and years |
| `100B` `10kB` `10MB` `4KiB` `2MiB` | a size; `kB` is 1,000 bytes, `KiB` 1,024 |
| `10%` `99.9%` | a ratio |
| `2026-01-05` `2026-01-05T09:00:00Z` | a moment, for `older_than` and `newer_than`; without an offset it is UTC |

A duration against a bare number is an error at load.
"""


def markdown(folder: Path) -> str:
    """The page. `folder` holds the schemas."""
    return "\n".join(_lines(folder)) + "\n"


def _read(folder: Path, name: str) -> Schema:
    text = (folder / f"{name}.schema.json").read_text("utf-8")
    # A schema that means itself is told apart by its name.
    found: Schema = json.loads(text.replace('"$ref": "#"', f'"$ref": "{name}.schema.json"'))
    return found


def _lines(folder: Path) -> Iterator[str]:
    policy, condition, fact = (_read(folder, name) for name in ("policy", "condition", "fact"))
    defs = policy["$defs"]
    kinds = policy["properties"]["kind"]["enum"]
    yield from HEAD.splitlines()
    for kind in kinds:
        yield f"| [`{kind}`](#{kind.lower()}) | {cell(defs[kind]['description'])} |"
    yield "| [`PolicyTest`](#policytest) | Test cases beside a policy. |"
    yield "| [`Config`](#rulewrightyaml) | A repository's configuration. |"
    yield "| [`Model`](#model) | A model's configuration. |"
    shared = set.intersection(*(set(defs[kind]["properties"]) for kind in kinds if kind != "Library"))
    always = set.intersection(*(set(defs[kind]["required"]) for kind in kinds))
    head = {
        "properties": {**defs["Triage"]["properties"], "kind": policy["properties"]["kind"]},
        "required": sorted(always),
    }
    yield from _section("## The head of a policy", keys(head, defs, only=shared))
    yield ""
    asking = [f"`{kind}`" for kind in kinds if "on" in defs[kind]["required"]]
    yield f"`on` is required in {_listed(asking)}."
    for kind in kinds:
        yield from _section(f"## {kind}", keys(defs[kind], defs, without=shared), defs[kind]["description"])
        if kind == "Library":
            yield ""
            yield f"Of the head it has {_listed([f'`{key}`' for key in defs[kind]['properties']])}."
    parts = {"Rule": "rule", "Objective": "objective", "Artifact": "artifact", "Environment": "environment"}
    for title, name in {**parts, "Transition": "transition"}.items():
        yield from _section(f"## {title}", keys(defs[name], defs), defs[name]["description"])
    yield from _sources(defs)
    for title, prefix, about in (
        ("Requirement", "requires.", "What a transition asks for."),
        ("Evidence", "evidence.", "What `evidence` may name: exactly one of these."),
    ):
        yield from ("", f"## {title}", "", about)
        for name in (name for name in defs if name.startswith(prefix)):
            found = keys(defs[name], defs)
            yield from _section(f"### {title}: {name.removeprefix(prefix)}", found, defs[name]["description"])
    yield from _conditions(condition)
    yield from ("", "## Named facts", "", "An entry of `let:` has exactly one source.")
    for name in names_of(fact["$defs"]):
        found = keys(fact["$defs"][name], fact["$defs"])
        yield from _section(f"### Fact: {name}", found)
    yield from _events()
    yield from _others(folder)


def _sources(defs: Schema) -> Iterator[str]:
    """One table: the sources differ in their first key only."""
    names = [name.removeprefix("source.") for name in defs if name.startswith("source.")]
    own = [keys(defs[f"source.{name}"], defs, only={name})[0] for name in names]
    rest = keys(defs[f"source.{names[0]}"], defs, without=names)
    about = "Where an objective's values come from: exactly one of the first keys, and what goes with it."
    yield from _section("## Source", [*(row.replace(" (required)", "", 1) for row in own), *rest], about)


def _conditions(condition: Schema) -> Iterator[str]:
    yield from ("", "## Conditions", "")
    yield from CONDITIONS.splitlines()
    yield from _section("### Combining", keys(condition, {}))
    yield from ("", "### Matchers", "", "| matcher | holds when | example |", "|---|---|---|")
    for name, schema in condition["$defs"]["matcher"]["properties"].items():
        shown = ", ".join(code(cell(_flow(one))) for one in schema.get("examples", ()))
        yield f"| `{name}` | {cell(schema['description'])} | {shown} |"
    yield ""
    yield from MISSING.splitlines()
    yield from _truth()
    yield ""
    yield from QUANTITIES.rstrip("\n").splitlines()


def _truth() -> Iterator[str]:
    values: tuple[Truth, ...] = (True, False, None, ERROR)
    for name, combine in (("all", all_of), ("any", any_of)):
        yield ""
        yield f"| {name} | " + " | ".join(word(value) for value in values) + " |"
        yield "|---" * (len(values) + 1) + "|"
        for left in values:
            row = " | ".join(word(combine([left, right])) for right in values)
            yield f"| **{word(left)}** | {row} |"
    yield ""
    yield "| | " + " | ".join(word(value) for value in values) + " |"
    yield "|---" * (len(values) + 1) + "|"
    yield "| **not** | " + " | ".join(word(negate(value)) for value in values) + " |"


def _events() -> Iterator[str]:
    yield from (
        "",
        "## Events",
        "",
        "What `on:` may name. An event without an action stands for all its actions.",
    )
    yield from ("", "| event | actions |", "|---|---|")
    for name in vocabulary.event_names():
        actions = vocabulary.event_actions(name)
        shown = "any" if actions == ("*",) else ", ".join(f"`{action}`" for action in actions)
        yield f"| `{name}` | {shown} |"


def _others(folder: Path) -> Iterator[str]:
    for title, name in (("PolicyTest", "test"), ("rulewright.yaml", "config"), ("Model", "model")):
        schema = _read(folder, name)
        defs = schema.get("$defs", {})
        yield from _section(f"## {title}", keys(schema, defs), schema["description"])
        if name == "test":
            yield from _section("### Case", keys(defs["case"], defs), defs["case"]["description"])
    labels = _read(folder, "labels")
    found = keys(labels["$defs"]["label"], {})
    yield from _section("## Label file", found, labels["description"])


def _section(title: str, rows: list[str], about: str = "") -> Iterator[str]:
    yield from ("", title)
    if about:
        yield from ("", about)
    if rows:
        yield from ("", "| key | type | what it is |", "|---|---|---|", *rows)


def _listed(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)


def _flow(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
