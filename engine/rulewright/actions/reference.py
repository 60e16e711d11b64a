"""The page of the actions, made from table and schemas by `python -m rulewright.actions.reference`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.table import ACTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.actions.action import Action

_HEAD: Final = """\
# Actions

What a rule may do under `then:`. Each entry is the action's name, alone or with its arguments. This page is
made from the table of actions and their schemas.

An effect is planned only where the state lacks it: planning again after it was applied plans nothing. An
*emission* changes no state of the subject; it happens at least once, with a key by which receivers drop
repetitions.

Text may hold `{{ path }}`: the value of a fact. Every value is shown as text: Markdown and HTML in it are
escaped, a zero-width space breaks mentions, references and links, hidden characters are removed, long values
are cut. A value that is missing leaves the effect unplanned, and the plan says so. `{fact: path}` gives a
value as it is.

What a `mask` of the plan hides is hidden from every other text of that plan.

| action | changes | emission | undo |
|---|---|---|---|
"""
_UNDO: Final = {
    "add_labels": "removes them",
    "remove_labels": "adds them",
    "set_label": "the labels before",
    "close": "reopens",
    "reopen": "closes for the reason before",
    "assign": "unassigns them",
    "unassign": "assigns them",
    "set_title": "the title before",
    "set_field": "the value before, where it was known",
    "set_milestone": "the milestone before",
}


def markdown(schemas: Mapping[str, Mapping[str, Any]]) -> str:
    """The page. `schemas` is action → its schema."""
    rows = [_row(action) for action in ACTIONS.values()]
    sections = ["\n".join(_section(name, schemas[name])) for name in ACTIONS]
    return _HEAD + "\n".join(rows) + "\n\n" + "\n\n".join(sections) + "\n"


def _row(action: Action) -> str:
    touches = ", ".join(sorted(action.touches))
    return (
        f"| [`{action.name}`](#{action.name}) | {touches} | {'yes' if action.emission else ''} "
        f"| {_UNDO.get(action.name, '')} |"
    )


def _section(name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {name}"
    yield ""
    yield schema["description"]
    rows = list(_arguments(schema))
    if rows:
        yield ""
        yield "| argument | required | what it is |"
        yield "|---|---|---|"
        yield from rows
    yield ""
    yield "```yaml"
    yield "then:"
    for example in schema["examples"]:
        yield f"  - {name}" if example is None else f"  - {name}: {_flow(example)}"
    yield "```"


def _arguments(schema: Mapping[str, Any]) -> Iterator[str]:
    forms = [form for form in (schema, *schema.get("oneOf", ())) if form.get("properties")]
    for form in forms:
        required = set(form.get("required", ()))
        for argument, found in form["properties"].items():
            mark = "yes" if argument in required else ""
            yield f"| `{argument}` | {mark} | {found.get('description', '')} |"


def _flow(value: Any) -> str:
    """A value as YAML in flow style; what YAML would not read as plain text is quoted."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    if isinstance(value, str) and all(c.isalnum() or c in "_-/. " for c in value) and value[0].isalpha():
        return value
    return json.dumps(value, ensure_ascii=False)


def _main() -> None:
    from rulewright.policy.files import data_folder

    folder = data_folder("schemas") / "action"
    schemas = {name: json.loads((folder / f"{name}.schema.json").read_text("utf-8")) for name in ACTIONS}
    print(markdown(schemas), end="")


if __name__ == "__main__":
    _main()
