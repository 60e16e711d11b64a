from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.models.api.chat_request import PARAMETERS
from rulewright.models.providers import PROVIDERS
from rulewright.policy.config import Config, Execution, Identity, Label
from rulewright.policy.config_reader import find_config, load_config, read_config
from rulewright.policy.diagnostics import PolicyError
from rulewright.policy.json_schema.bundled_schema import load_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HEAD = "apiVersion: rulewright/v1\nkind: Config\n"


def loaded(folder: Path, text: str) -> tuple[Config | None, list[tuple[str, int, int]]]:
    (folder / "rulewright.yaml").write_text(HEAD + text)
    config, diagnostics, _ = load_config(folder)
    return config, [(one.code, one.span.line, one.span.column) for one in diagnostics]


def test_everything(tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text("- { name: bug, color: d73a4a }\n- name: docs\n")
    config, found = loaded(
        tmp_path,
        """
policies: [rules, more/policy.yaml]
labels: labels.yaml
channels: { security: { kind: slack, url_env: SLACK_URL, private: true }, run: { kind: log } }
budgets: { effects_per_run: 100 }
execution: { apply_branches: [main, "release/*"], grace_period: 48h, paused: true, enforce_since: 2026-01-05 }
issues: { created_after: "2026-01-05T09:00:00Z" }
identity: { login: robot, also: ["triage-app[bot]"] }
state: { directory: .rulewright }
providers: { local: { kind: local, model: minilm } }
plugins: ["acme.facts:owner"]
fields: { Status: [Backlog, Ready] }
milestones: [v1]
""",
    )
    assert found == []
    assert config is not None
    assert config.policies == (str(tmp_path / "rules"), str(tmp_path / "more/policy.yaml"))
    assert config.labels == (Label("bug", "d73a4a"), Label("docs"))
    assert config.channels is not None
    assert set(config.channels) == {"security", "run"}
    assert (config.budgets.effects_per_run, config.budgets.effects_per_subject) == (100, None)
    assert config.execution == Execution(("main", "release/*"), "48h", True, "2026-01-05")
    assert config.issues.created_after == "2026-01-05T09:00:00Z"
    assert config.identity == Identity("robot", None, ("triage-app[bot]",))
    assert config.state.directory == str(tmp_path / ".rulewright")
    assert config.fields == {"Status": ("Backlog", "Ready")}
    assert (config.plugins, config.milestones) == (("acme.facts:owner",), ("v1",))
    data = config.to_json()
    assert data["labels"] == [{"name": "bug", "color": "d73a4a"}, {"name": "docs"}]
    assert json.loads(json.dumps(data)) == data


def test_the_earlier_name_of_apply_branches_is_read_with_a_warning(tmp_path: Path) -> None:
    config, found = loaded(tmp_path, "execution: { protected_branches: [trunk] }")
    assert config is not None
    assert config.execution.apply_branches == ("trunk",)
    assert config.to_json()["execution"] == {"apply_branches": ["trunk"]}
    assert found == [("RW884", 3, 14)]
    config, found = loaded(
        tmp_path, "execution: { protected_branches: [trunk], apply_branches: [main], paused: false }"
    )
    assert config is not None
    assert config.to_json()["execution"] == {"apply_branches": ["main"], "paused": False}
    assert found == [("RW884", 3, 14)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("execution: { enforce_since: 2026-02-30 }", (3, 29)),
        ("execution: { enforce_since: soon }", (3, 29)),
        ("execution: { enforce_since: '05.01.2026' }", (3, 29)),
        ("issues: { created_after: 2026-13-01 }", (3, 26)),
        ("issues: { created_after: 30d }", (3, 26)),
    ],
)
def test_a_date_that_is_none(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    config, found = loaded(tmp_path, text)
    assert (config, found) == (None, [("RW885", *place)])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("execution: { grace_period: 99999999999999w }", (3, 28)),
        (f"execution: {{ grace_period: {'9' * 57}d }}", (3, 28)),
        ("execution: { apply_branches: [main, refs/heads/main] }", (3, 37)),
        ("execution: { apply_branches: ['['] }", (3, 31)),
        ("execution: { apply_branches: ['a[b]c['] }", (3, 31)),
        ("execution: { apply_branches: ['!main'] }", (3, 31)),
        ("state: { git_ref: refs/x..y }", (3, 19)),
        ("state: { git_ref: refs/x.lock }", (3, 19)),
        ("state: { git_ref: refs/heads/ }", (3, 19)),
        ("state: { git_ref: refs/.x/y }", (3, 19)),
        ("state: { git_ref: 'refs/x@{1}' }", (3, 19)),
    ],
)
def test_a_setting_that_could_never_take_effect(tmp_path: Path, text: str, place: tuple[int, int]) -> None:
    config, found = loaded(tmp_path, text)
    assert (config, found) == (None, [("RW886", *place)])


LOCAL = "kind: local, model: m"
SURE = "classify: { labels: [one, two], min_margin: 0.1 }"
API = "kind: api, base_url: 'https://models.example.com/v1', model: m"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("providers: { x: { kind: lcal, model: m } }", ("RW205", 3, 25)),
        ("providers: { x: { kind: Api, base_url: 'https://a.example', model: m } }", ("RW205", 3, 25)),
        ("providers: { x: { kind: local } }", ("RW202", 3, 17)),
        ("providers: { x: { kind: local, model: m, contxt: 512 } }", ("RW203", 3, 42)),
        ("providers: { x: { kind: local, model: m, timeout: soon } }", ("RW206", 3, 51)),
        ("providers: { x: { kind: local, model: m, base_url: 'https://a.example' } }", ("RW203", 3, 42)),
        ("providers: { x: { kind: examples, model: m } }", ("RW203", 3, 35)),
        (f"providers: {{ x: {{ {API}, timout: 3s }} }}", ("RW203", 3, 83)),
        (f"providers: {{ x: {{ {API}, price: {{ promt: 1 }} }} }}", ("RW203", 3, 92)),
        (f"providers: {{ here: {{ {API} }} }}\nmodels: {{ chain: [her] }}", ("RW318", 4, 19)),
        ("models: { chain: [here] }", ("RW318", 3, 19)),
        ("models: { tasks: { a: { classify: { labels: [one, two] }, chain: [b] } } }", ("RW318", 3, 67)),
        ("models: { tasks: { a: { extract: { schema: { type: objekt } } } } }", ("RW319", 3, 44)),
        (f"providers: {{ here: {{ {API} }} }}\nmodels: {{ budget: {{ cost: 1 }} }}", ("RW886", 3, 14)),
        (f"providers: {{ x: {{ {API}, price: {{}} }} }}\nmodels: {{ budget: {{ cost: 1 }} }}", ("RW886", 3, 14)),
        ("providers: { x: { kind: api, base_url: 'http://a.example', model: m, key_env: K } }", ("RW886", 3, 40)),
    ],
)  # fmt: skip
def test_models_that_could_never_answer_and_limits_that_could_never_bind(
    tmp_path: Path, text: str, found: tuple[str, int, int]
) -> None:
    assert loaded(tmp_path, text) == (None, [found])


@pytest.mark.parametrize(
    ("providers", "rest"),
    [
        (f"x: {{ {API}, omit: [logprobs] }}", ""),
        (f"x: {{ {API}, omit: [top_logprobs] }}", ""),
        (f"x: {{ {API}, probabilities: false }}, l: {{ {LOCAL} }}", ", chain: [x]"),
        (f"x: {{ {API}, probabilities: false }}, y: {{ {API}, omit: [logprobs] }}", ""),
    ],
)
def test_a_minimum_that_no_provider_can_meet(tmp_path: Path, providers: str, rest: str) -> None:
    text = f"providers: {{ {providers} }}\nmodels: {{ tasks: {{ a: {{ {SURE}{rest} }} }} }}"
    assert loaded(tmp_path, text) == (None, [("RW886", 4, 57)])


def test_the_chain_of_all_tasks_decides_whether_a_minimum_can_be_met(tmp_path: Path) -> None:
    providers = f"providers: {{ x: {{ {API}, omit: [logprobs] }}, l: {{ {LOCAL} }} }}"
    text = f"{providers}\nmodels: {{ chain: [NAME], tasks: {{ a: {{ {SURE} }} }} }}"
    assert loaded(tmp_path, text.replace("NAME", "x")) == (None, [("RW886", 4, 69)])
    assert loaded(tmp_path, text.replace("NAME", "l"))[1] == []


@pytest.mark.parametrize(
    ("providers", "rest"),
    [
        (f"x: {{ {API}, omit: [seed] }}", ""),
        (f"x: {{ {API}, probabilities: true }}", ""),
        (f"x: {{ {API}, omit: [logprobs] }}, l: {{ {LOCAL} }}", ""),
        (f"x: {{ {API}, omit: [logprobs] }}, l: {{ {LOCAL} }}", ", chain: [x, l]"),
    ],
)
def test_a_minimum_that_a_provider_may_meet(tmp_path: Path, providers: str, rest: str) -> None:
    text = f"providers: {{ {providers} }}\nmodels: {{ tasks: {{ a: {{ {SURE}{rest} }} }} }}"
    assert loaded(tmp_path, text)[1] == []


def test_settings_of_models_that_take_effect(tmp_path: Path) -> None:
    config, found = loaded(
        tmp_path,
        f"""
models: {{ chain: [far, near], budget: {{ cost: 1.5, tokens: 10 }}, tasks: {{ a: {{ embed: {{}}, chain: [near] }} }} }}
providers:
  far: {{ {API}, key_env: KEY, price: {{ prompt: 0, generated: 0 }} }}
  near: {{ kind: api, base_url: 'http://127.0.0.1:8080/v1', model: m, key_env: KEY, price: {{ prompt: 1 }} }}
  local: {{ kind: local, model: models/llama.yaml, context: 512, timeout: 90s, memory: 6GB, chat_template: llama-3 }}
  free: {{ kind: classifier, file: a.rwc }}
""",
    )
    assert found == []
    assert config is not None


def test_every_mapping_of_the_configuration_is_closed() -> None:
    """A misspelt key anywhere is an error: no mapping with settings takes others, unless its kind names them."""

    def open_mappings(schema: Any, at: str) -> Iterator[str]:
        if isinstance(schema, list):
            for number, item in enumerate(schema):
                yield from open_mappings(item, f"{at}/{number}")
        if not isinstance(schema, dict):
            return
        by_kind = any("if" in part for part in schema.get("allOf", ()))
        is_open = schema.get("additionalProperties") is not False
        if {"properties", "type"} <= schema.keys() and is_open and not by_kind:
            yield at
        for name, inner in schema.items():
            if name not in ("examples", "if"):
                yield from open_mappings(inner, f"{at}/{name}")

    assert list(open_mappings(load_schema("config"), "")) == []


def test_the_schema_knows_the_kinds_of_providers_and_their_parameters() -> None:
    kinds: Any = load_schema("config")["$defs"]
    assert set(kinds["provider"]["properties"]["kind"]["enum"]) == set(PROVIDERS)
    settings = kinds["api_provider"]["properties"]
    for names in (settings["omit"]["items"], settings["rename"]["propertyNames"]):
        assert tuple(names["enum"]) == PARAMETERS


def test_settings_that_look_odd_and_take_effect(tmp_path: Path) -> None:
    branches = "execution: { apply_branches: ['release/[0-9]*', v1.2, 'a-b'], grace_period: 36500d }"
    config, found = loaded(tmp_path, f"{branches}\nstate: {{ git_ref: refs/heads/rulewright }}")
    assert config is not None
    assert found == []


def test_what_is_not_declared_restricts_nothing(tmp_path: Path) -> None:
    config, found = loaded(tmp_path, "")
    assert config is not None
    assert (config.to_json(), found) == ({"apiVersion": "rulewright/v1", "kind": "Config"}, [])
    declared = (
        config.labels,
        config.channels,
        config.models,
        config.providers,
        config.fields,
        config.milestones,
    )
    assert set(declared) == {None}


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("budget: {}", [(3, 1)]),
        ("state: { directory: a, git_ref: refs/x }", [(3, 8)]),
        ("labels: [{ name: bug }, { name: Bug }]", [(3, 33)]),
        ("labels: nowhere.yaml", [(3, 9)]),
        ("channels: { a: { kind: slak } }", [(3, 24)]),
        ("labels: [", [(3, 9)]),
        ("---\nkind: Config", [(4, 1)]),
    ],
)
def test_errors(tmp_path: Path, text: str, places: list[tuple[int, int]]) -> None:
    config, found = loaded(tmp_path, text)
    assert config is None
    assert [(line, column) for _, line, column in found] == places
    with pytest.raises(PolicyError):
        read_config(tmp_path)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("name: bug", 1),
        ("- { nam: bug }", 1),
        ("- {name: a}\n---\n- {name: b}", 1),
        ("", 2),
        ("- {name: a}\n- {name: A}", 1),
    ],
)
def test_errors_in_the_label_file(tmp_path: Path, text: str, number: int) -> None:
    (tmp_path / "labels.yaml").write_text(text)
    config, found = loaded(tmp_path, "labels: labels.yaml")
    assert config is None
    assert len(found) == number


def test_the_nearest_file_up_to_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rulewright.yaml").write_text(HEAD)
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert find_config(tmp_path / "a" / "b") == tmp_path / "rulewright.yaml"
    assert find_config(tmp_path / "a" / "policy.yaml") == tmp_path / "rulewright.yaml"
    (tmp_path / "a" / ".git").mkdir()
    assert find_config(tmp_path / "a" / "b") is None
    config, *rest = load_config(tmp_path / "a" / "b")
    assert config is not None
    assert (config.to_json(), rest) == ({}, [(), ()])
    monkeypatch.chdir(tmp_path)
    assert str(find_config()) == "rulewright.yaml"


def descriptions(schema: Any, path: str = "") -> list[str]:
    """Places of properties and definitions that say nothing of themselves."""
    missing = []
    if isinstance(schema, dict):
        for group in ("properties", "$defs"):
            for name, one in schema.get(group, {}).items():
                if path.endswith(("/if", "/then")) or "$ref" in one:
                    continue
                if "description" not in one and not path.endswith("/if"):
                    missing.append(f"{path}/{group}/{name}")
        for name, one in schema.items():
            missing += descriptions(one, f"{path}/{name}")
    elif isinstance(schema, list):
        for number, one in enumerate(schema):
            missing += descriptions(one, f"{path}/{number}")
    return missing


@pytest.mark.parametrize("name", ["config", "labels"])
def test_schemas_describe_everything_and_fit_their_examples(name: str) -> None:
    from rulewright.policy.document import read_documents
    from rulewright.policy.json_schema.check import check_document

    schema = load_schema(name)
    assert descriptions(schema) == []
    for example in schema["examples"]:
        (document,), _ = read_documents("f.json", json.dumps(example).encode())
        assert check_document(document, name) == ()


HOSTS = """
sources:
  hosts:
    prometheus: https://prometheus.example.com/base
    mlflow: { url: "http://127.0.0.1:5000", token_env: MLFLOW_TOKEN }
"""


def test_hosts_of_sources(tmp_path: Path) -> None:
    config, found = loaded(tmp_path, HOSTS)
    assert (config is not None, found) == (True, [])
    assert config is not None
    assert [host.url for host in config.source_hosts.values()] == [
        "https://prometheus.example.com/base",
        "http://127.0.0.1:5000",
    ]


@pytest.mark.parametrize(
    "host",
    [
        "prometheus.example.com",
        "https://reader:secret@example.com",
        "https://example.com/?token=secret",
        "{ token_env: T }",
        '{ url: "https://example.com", token: secret }',
        '{ url: "https://example.com", token_env: "a b" }',
    ],
)
def test_hosts_that_are_none(tmp_path: Path, host: str) -> None:
    config, found = loaded(tmp_path, f"sources: {{ hosts: {{ prometheus: {host} }} }}\n")
    assert config is None
    assert found
