"""The page of the actions, from their declarations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from rulewright.policy.actions.table import ACTION_DECLARATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rulewright.policy.actions.declaration import ActionDeclaration

_HEAD: Final = """\
# Actions

The actions that a rule can list under `then:`. Each entry is the name of an action, alone or with arguments. This
page is generated from the table of actions and their schemas.

An effect is planned only if it changes the state, so planning again after it was applied plans nothing. A
*notification* or an *output* changes no state of the issue or pull request. It is delivered at least once, with a
key that lets receivers drop duplicates.

Text can contain `{{ path }}`, the value of a fact. Values are inserted as text: Markdown and HTML are escaped,
mentions, references and links are broken with a zero-width space, hidden characters are removed, and long values
are cut. If a value is missing, the effect is not planned, and the plan states this. `{fact: path}` uses a value
unchanged.

Text masked by a `mask` action is masked in all other texts of the plan.

| action | changes | emission | undo |
|---|---|---|---|
"""


def markdown() -> str:
    """The page."""
    rows = [_row(declaration) for declaration in ACTION_DECLARATIONS.values()]
    sections = ["\n".join(_section(declaration)) for declaration in ACTION_DECLARATIONS.values()]
    return _HEAD + "\n".join(rows) + "\n\n" + "\n\n".join(sections) + "\n"


def _row(declaration: ActionDeclaration) -> str:
    changes = ", ".join(sorted(declaration.changes))
    return (
        f"| [`{declaration.name}`](#{declaration.name}) | {changes} | {'yes' if declaration.emission else ''} "
        f"| {declaration.undo} |"
    )


def _section(declaration: ActionDeclaration) -> Iterator[str]:
    name = declaration.name
    yield f"## {name}"
    yield ""
    yield declaration.description
    rows = list(_arguments(declaration.arguments))
    if rows:
        yield ""
        yield "| argument | required | what it is |"
        yield "|---|---|---|"
        yield from rows
    yield ""
    yield "```yaml"
    yield "then:"
    for example in declaration.examples:
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
