"""The schemas in an editor: what yaml-language-server completes, explains and reports."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from tests.schemas.language_server import CARET, ROOT, LanguageServer, require_tools

from rulewright.cli.main import main
from rulewright.policy.actions.table import ACTION_DECLARATIONS
from rulewright.policy.document import read_documents
from rulewright.policy.files import data_folder
from rulewright.policy.json_schema.bundled_schema import BY_KIND, load_schema, schema_names
from rulewright.policy.json_types import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

FOLDER: Final = Path(__file__).parent
WHOLE_POLICIES: Final = ROOT / "tests" / "kinds" / "whole_policies"
KEY: Final = 10
"""The kind of a completion that is a key (`CompletionItemKind.Property`)."""
TEMPLATES: Final = {
    "rules": """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: intake }}
on: [issues]
rules:
  {rules}
""",
    "let": """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: intake }}
on: [issues]
let: {{ {let} }}
rules: [ {{ id: a, when: {{ title: x }}, stop: true }} ]
""",
    "source": """\
apiVersion: rulewright/v1
kind: SLOGate
metadata: {{ name: chat }}
on: [manual]
objectives:
  - id: a
    source: {source}
""",
    "requires": """\
apiVersion: rulewright/v1
kind: Promotion
metadata: {{ name: chat }}
environments: {{ production: {{}} }}
transitions:
  - id: a
    to: production
    requires: [ {requires} ]
""",
}


def cases(name: str) -> list[Any]:
    """The cases of a file here, each with its name."""
    path = FOLDER / f"{name}.yaml"
    (document,), problems = read_documents(str(path), path.read_bytes(), any_yaml=True)
    assert problems == ()
    return [pytest.param(case, id=case["name"]) for case in document.data]


def with_schema(text: str, schema: str = "policy") -> str:
    """A text that names one of our schemas in its first line."""
    return f"# yaml-language-server: $schema={ROOT}/schemas/{schema}.schema.json\n{text}"


def text_of(case: dict[str, Any]) -> str:
    (key,) = case.keys() & {"text", *TEMPLATES}
    text = case[key] if key == "text" else TEMPLATES[key].format(**{key: case[key]})
    return with_schema(text, case.get("schema", "policy"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    require_tools()
    with LanguageServer(tmp_path_factory.mktemp("files")) as running:
        yield running


def offered(server: LanguageServer, text: str) -> dict[str, str]:
    """Label → the text that is inserted, of what is offered at the caret. Each can be read and used."""
    items = server.complete(text)
    has_colon = ":" in text.partition(CARET)[0].rpartition("\n")[2]  # then the server inserts none, in braces
    for item in items:
        assert "[object Object]" not in item["label"] + item["insertText"]
        assert "undefined" not in item["label"]
        if item["kind"] == KEY:
            assert has_colon or ":" in item["insertText"], item
            assert item["documentation"], item
    found = {item["label"]: item["insertText"] for item in items}
    assert found.items() == {(item["label"], item["insertText"]) for item in items}
    return found


@pytest.mark.parametrize("case", cases("completions"))
def test_a_completion(server: LanguageServer, case: dict[str, Any]) -> None:
    found = offered(server, text_of(case))
    assert set(case.get("among", ())) <= set(found)
    assert set(found) == set(case.get("offers", found))
    assert {label: found[label] for label in case.get("inserts", {})} == case.get("inserts", {})


def argument_names(schema: Any, root: Any) -> set[str]:
    """The keys of the mappings that an action takes as its argument."""
    if schema.get("$ref") == "#/$defs/fact":
        return {"fact"}
    alternatives = [one for one in schema.get("oneOf", ()) if set(one) != {"required"}]
    return set(schema.get("properties", ())).union(*(argument_names(one, root) for one in alternatives))


@pytest.mark.parametrize("name", ACTION_DECLARATIONS)
def test_the_arguments_of_an_action(server: LanguageServer, name: str) -> None:
    arguments = ACTION_DECLARATIONS[name].arguments
    text = f"kind: Triage\nrules:\n  - id: a\n    then:\n      - {name}:\n          {CARET}"
    assert set(offered(server, with_schema(text))) - {name} == argument_names(arguments, arguments)


@pytest.mark.parametrize("case", cases("hovers"))
def test_an_explanation(server: LanguageServer, case: dict[str, Any]) -> None:
    shown = server.explain(text_of(case)).replace("\\", "")
    assert [text for text in case["shows"] if text not in shown] == [], shown


def test_the_schemas_that_are_installed(server: LanguageServer) -> None:
    """A file names them relative to its folder, as the tutorial shows."""
    assert main(["schema", "--install", str(server.folder / "schemas")]) == 0
    text = (
        f"# yaml-language-server: $schema=schemas/policy.schema.json\nkind: Triage\nlet:\n  a: {{ d{CARET} }}"
    )
    assert {"detect", "duplicates"} <= set(offered(server, text))


def test_mistakes(server: LanguageServer) -> None:
    listed = [case.values[0] for case in cases("mistakes")]
    found = server.diagnose([text_of(case) for case in listed])
    for case, problems in zip(listed, found, strict=True):
        reported = sorted(
            f"{problem['range']['start']['line'] + 1}:{problem['range']['start']['character'] + 1} {problem['message']}"
            for problem in problems
        )
        patterns = [re.escape(text).replace("…", ".*") for text in case["reports"]]
        fits = len(reported) == len(patterns) and all(
            re.fullmatch(pattern, text) for pattern, text in zip(patterns, reported, strict=True)
        )
        assert fits, f"{case['name']}: {json.dumps(reported, indent=1, ensure_ascii=False)}"


def test_nothing_is_reported_of_what_is_shipped(server: LanguageServer) -> None:
    paths = [
        path
        for folder in (
            data_folder("rules"),
            data_folder("examples"),
            WHOLE_POLICIES,
        )
        for path in (*sorted(folder.rglob("*.yaml")), *sorted(folder.rglob("*.yml")))
        if "workflows" not in path.parts
    ]
    texts = {}
    for path in (*paths, ROOT / "rulewright.yaml", ROOT / "labels.yml"):
        schema = schema_of(path)
        if schema is not None:
            texts[path.relative_to(ROOT).as_posix()] = with_schema(path.read_text("utf-8"), schema)
    assert len(texts) > 40
    found = dict(zip(texts, server.diagnose(list(texts.values())), strict=True))
    assert {path: [one["message"] for one in problems] for path, problems in found.items() if problems} == {}


def schema_of(path: Path) -> str | None:
    """The name of the schema of a file, by its name or by the `kind` of its documents. None where it has none."""
    by_name = {"rulewright.yaml": "config", "labels.yml": "labels"}.get(path.name)
    documents = read_documents(str(path), path.read_bytes(), any_yaml=True)[0]
    kinds = {str(document.mapping.get("kind")) for document in documents if isinstance(document.data, dict)}
    return by_name or BY_KIND.get(kinds.pop() if len(kinds) == 1 else "")


def block(value: Any, indent: str = "") -> str:
    """A value as YAML in block style, the keys of mappings in their order."""
    if isinstance(value, dict) and value:
        return "".join(
            f"\n{indent}{json.dumps(key)}:{block(item, indent + '  ')}" for key, item in value.items()
        )
    if isinstance(value, list) and value:
        return "".join(f"\n{indent}- {block(item, indent + '  ').lstrip()}" for item in value)
    return f" {json.dumps(value)}"


def mappings_in(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every mapping of a value."""
    if isinstance(value, dict):
        yield path
    for key, item in (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        yield from mappings_in(item, (*path, key))


def key_names(schema: Any) -> set[str]:
    """Every key that a schema names, at any depth."""
    if isinstance(schema, list):
        return set().union(*map(key_names, schema))
    if not isinstance(schema, dict):
        return set()
    return set(schema.get("properties", ())).union(*map(key_names, schema.values()))


@pytest.mark.parametrize("path", sorted(WHOLE_POLICIES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_key_of_a_policy_is_offered_where_it_stands(server: LanguageServer, path: Path) -> None:
    """In a mapping without keys the first one, beside the first one all others; names of the author's own aside."""
    (document,), _ = read_documents(str(path), path.read_bytes())
    of_policies = [
        name for name in schema_names() if name in ("policy", "condition", "fact") or "action" in name
    ]
    named = set().union(*(key_names(load_schema(name)) for name in of_policies))
    missing = []
    for place in mappings_in(document.data):
        if place and place[-1] in ("let", "lists", "templates", "environments"):
            continue
        keys = sorted(value_at(document.data, place), key=lambda key: key != "kind")
        for present, wanted in (([], keys[:1]), (keys[:1], keys[1:])):
            whole = json.loads(json.dumps(document.data, default=str))
            at = whole
            for step in place:
                at = at[step]
            kept = {key: at[key] for key in present}
            at.clear()
            at.update({**kept, CARET: None})
            text = block(whole).replace(f"{json.dumps(CARET)}: null", CARET)
            found = offered(server, with_schema(text.lstrip("\n")))
            missing += [(place, key) for key in wanted if key in named and key not in found]
    assert missing == []
