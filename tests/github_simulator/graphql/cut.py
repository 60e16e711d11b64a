"""GitHub's GraphQL schema, cut to what some documents ask for: what a checkout has without the whole of it.

    python tests/github_simulator/graphql/cut.py     # writes cut.graphql anew, after `make test-data`

Of objects and interfaces only the fields and arguments that are asked for stay, of unions with many members only those
that a document names; inputs and enums stay whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

__all__ = ["CUT", "cut"]

CUT: Final = Path(__file__).parent / "cut.graphql"
FEW: Final = 12
"""Members of an abstract type up to which all of them stay: GitHub may answer with any."""


def cut(schema: Any, text: str, documents: Iterable[str]) -> str:
    """The SDL of what the documents need. `text` is the SDL of `schema`, without descriptions."""
    import graphql as g

    fields: dict[str, set[str]] = defaultdict(set)
    arguments: dict[tuple[str, str], set[str]] = defaultdict(set)
    kept: set[str] = {schema.query_type.name, schema.mutation_type.name}

    def keep(kind: Any) -> None:
        named = g.get_named_type(kind)
        if named.name in kept or named.name.startswith("__"):
            return
        kept.add(named.name)
        if g.is_input_object_type(named):
            for one in named.fields.values():
                keep(one.type)
        if g.is_abstract_type(named):
            members = schema.get_possible_types(named)
            for one in members if len(members) <= FEW else ():
                keep(one)

    class Seen(g.Visitor):
        def enter_field(self, node: Any, *_: Any) -> None:
            parent, definition = info.get_parent_type(), info.get_field_def()
            if parent is None or definition is None or node.name.value.startswith("__"):
                return
            keep(parent)
            keep(definition.type)
            fields[parent.name].add(node.name.value)
            given = {one.name.value for one in node.arguments or ()}
            for name, argument in definition.args.items():
                if name in given or g.is_required_argument(argument):
                    arguments[parent.name, node.name.value].add(name)
                    keep(argument.type)

        def enter_inline_fragment(self, node: Any, *_: Any) -> None:
            keep(schema.type_map[node.type_condition.name.value])

        def enter_variable_definition(self, node: Any, *_: Any) -> None:
            keep(g.type_from_ast(schema, node.type))

    for document in documents:
        info = g.TypeInfo(schema)
        g.visit(g.parse(document), g.TypeInfoVisitor(info, Seen()))
    for name in sorted(kept):  # an object has what is asked of its interfaces
        for interface in getattr(schema.type_map[name], "interfaces", ()):
            if interface.name in kept:
                fields[name] |= fields[interface.name]
                for field in fields[interface.name]:
                    arguments[name, field] |= arguments[interface.name, field]
    out: dict[str, Any] = {}
    for node in g.parse(text, no_location=True).definitions:
        name = getattr(getattr(node, "name", None), "value", "")
        if name not in kept or node.kind.startswith("directive"):
            continue
        made = _narrowed(node, fields[name], arguments, kept)
        if name not in out:
            out[name] = made
        elif getattr(made, "fields", None):  # an extension
            out[name] = replace(out[name], fields=(*out[name].fields, *made.fields))
    for name, node in out.items():
        if node.kind == "object_type_definition" and not node.fields:
            # Something that may be answered, and of which nothing is asked but its name.
            first = next(one.ast_node for one in schema.type_map[name].fields.values() if not one.args)
            kept.add(g.get_named_type(schema.type_map[name].fields[first.name.value].type).name)
            out[name] = replace(node, fields=(replace(first, directives=()),))
    written = "\n\n".join(g.print_ast(out[name]) for name in sorted(out))
    return (
        f"# Written by cut.py out of GitHub's schema: what this project's documents ask for.\n\n{written}\n"
    )


def _narrowed(node: Any, fields: set[str], arguments: dict[tuple[str, str], set[str]], kept: set[str]) -> Any:
    kind, more = node.kind, {}
    if kind.startswith(("object_type", "interface_type")):
        more["interfaces"] = tuple(one for one in node.interfaces or () if one.name.value in kept)
        more["fields"] = tuple(
            _plain(
                one,
                arguments=tuple(
                    _plain(argument)
                    for argument in one.arguments or ()
                    if argument.name.value in arguments[node.name.value, one.name.value]
                ),
            )
            for one in node.fields or ()
            if one.name.value in fields
        )
    elif kind == "union_type_definition":
        more["types"] = tuple(one for one in node.types if one.name.value in kept)
    elif kind == "input_object_type_definition":
        more["fields"] = tuple(map(_plain, node.fields))
    elif kind == "enum_type_definition":
        more["values"] = tuple(map(_plain, node.values))
    return _plain(node, **more)


def _plain(node: Any, **more: Any) -> Any:
    return replace(node, directives=(), **more)


def main() -> None:
    import sys

    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from github_simulator.graphql.schema import schema, whole_text
    from rulewright.github.documents import DOCUMENTS

    CUT.write_text(cut(schema(), whole_text(), [one.text for one in DOCUMENTS.values()]), encoding="utf-8")


if __name__ == "__main__":
    main()
