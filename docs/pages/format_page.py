"""docs/format.md: the reference of the format, from the schemas, the vocabulary and the truth values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pages.short_names import SHORT_NAMES
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

This page is generated from the JSON Schemas. `rulewright schema --install DIR` writes them to a folder for your editor;
a line `# yaml-language-server: $schema=PATH` at the top of a file names its schema.

A policy is one YAML document. A file can contain several, separated by `---`. Unknown keys are errors. Files are read
as YAML 1.2. Duplicate keys, unquoted versions such as `1.10`, and aliases that expand excessively are errors.

| kind | what it is |
|---|---|
"""

CONDITIONS: Final = """\
A condition is a mapping `path: matcher`. If a mapping contains several paths, or a path has several matchers, all of
them must hold. A path is a JMESPath expression over the facts; [functions.md](functions.md) lists its
functions. A scalar instead of a matcher means `eq`, and a list means `in`. A value is a literal or `{fact: path}`.

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
{short_names}
| `lists.NAME` | A list of this policy or of an included one. |

A fact under `let:` overrides a short name, and a short name overrides a key of the payload.
"""

MISSING: Final = """\
### Missing values

Absent values and null are both *missing*. `[]` and `''` are values. A matcher on a missing value, on NaN or on a value
of the wrong type is *unknown*. This includes the negated matchers: `ne` and `not_in` are unknown for a missing value.
`exists` and `missing` are never unknown. `on_missing: false` (or `true`) next to a matcher sets the result for a
missing value. It is not allowed in SLOGate and Promotion.

A rule whose condition is unknown is *undetermined*. In Triage and Grooming it does nothing and is reported. In
SLOGate and Promotion it blocks. A `skip` that is unknown ends the policy as undetermined.

### Truth

A condition is true, false, unknown or error. `none` is the negation of `any`.
"""

QUANTITIES: Final = """\
### Quantities

| written | means |
|---|---|
| `300ms` `10s` `5m` `24h` `14d` `2w` `1h30m` | a duration; `m` is a minute; there are no months and years |
| `100B` `10kB` `10MB` `4KiB` `2MiB` | a size; `kB` is 1,000 bytes, `KiB` 1,024 |
| `10%` `99.9%` | a ratio |
| `2026-01-05` `2026-01-05T09:00:00Z` | a time, for `older_than` and `newer_than`; UTC unless it has an offset |

Comparing a duration with a number without a unit is an error when the policy is loaded.
"""


def markdown(folder: Path) -> str:
    """The page. `folder` holds the schemas."""
    return "\n".join(_lines(folder)) + "\n"


def _read(folder: Path, name: str) -> Schema:
    text = (folder / f"{name}.schema.json").read_text("utf-8")
    # A reference of a schema to itself is replaced by its name, since the schemas are merged.
    found: Schema = json.loads(text.replace('"$ref": "#"', f'"$ref": "{name}.schema.json"'))
    return found


def _lines(folder: Path) -> Iterator[str]:
    policy, condition, fact = (_read(folder, name) for name in ("policy", "condition", "fact"))
    defs = policy["$defs"]
    kinds = policy["properties"]["kind"]["enum"]
    yield from HEAD.splitlines()
    for kind in kinds:
        yield f"| [`{kind}`](#{kind.lower()}) | {cell(defs[kind]['description'])} |"
    yield "| [`PolicyTest`](#policytest) | Test cases of a policy. |"
    yield "| [`Config`](#rulewrightyaml) | The configuration of a repository. |"
    yield "| [`Model`](#model) | The configuration of a local model. |"
    yield "| [`Measurement`](#measurement) | What `rulewright measure` measures for gates. |"
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
            yield f"Its head has only {_listed([f'`{key}`' for key in defs[kind]['properties']])}."
    parts = {"Rule": "rule", "Objective": "objective", "Artifact": "artifact", "Environment": "environment"}
    for title, name in {**parts, "Transition": "transition"}.items():
        yield from _section(f"## {title}", keys(defs[name], defs), defs[name]["description"])
    yield from _sources(defs)
    for title, prefix, about in (
        ("Requirement", "requires.", "A requirement of a transition."),
        ("Evidence", "evidence.", "`evidence` contains exactly one of these."),
    ):
        yield from ("", f"## {title}", "", about)
        for name in (name for name in defs if name.startswith(prefix)):
            found = keys(defs[name], defs)
            yield from _section(f"### {title}: {name.removeprefix(prefix)}", found, defs[name]["description"])
    yield from _conditions(condition)
    yield from (
        "",
        "## Named facts",
        "",
        "Each entry under `let:` has exactly one source. [facts.md](facts.md) lists what each source returns.",
    )
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
    about = "The source of the values of an objective: exactly one of the first keys, with optional details."
    yield from _section("## Source", [*(row.replace(" (required)", "", 1) for row in own), *rest], about)


def _conditions(condition: Schema) -> Iterator[str]:
    yield from ("", "## Conditions", "")
    rows = "\n".join(f"| `{name}` | {cell(description)} |" for name, description in SHORT_NAMES.items())
    yield from CONDITIONS.replace("{short_names}", rows).splitlines()
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
        "The events that `on:` can contain. An event without an action includes all its actions.",
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
    measurement = _read(folder, "measurement")
    defs = measurement["$defs"]
    yield from _section("## Measurement", keys(measurement, defs), measurement["description"])
    for name in (name for name in defs if name.startswith("probe.")):
        title = f"### Probe: {name.removeprefix('probe.')}"
        yield from _section(title, keys(defs[name], defs), defs[name]["description"])
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
