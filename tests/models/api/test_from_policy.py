"""From a policy to a fact and back: the chain behind `classify:` and its like, over real HTTP and over cassettes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.compile.loader import load
from rulewright.detection.masking import mask_text
from rulewright.evaluate.evaluator import evaluate
from rulewright.evaluate.explain import explain
from rulewright.events.model import Absent
from rulewright.facts.gather import gather
from rulewright.facts.model_tasks import NO_PROVIDER
from rulewright.facts.save import dump_facts, load_facts
from rulewright.planning.plan_json import plan_json, read_plan
from rulewright.planning.planner import plan
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import PolicyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from rulewright.events.model import Facts

NOW = "2026-01-05T09:00:00Z"
POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team, description: First look. }
on: [issues.opened]
let:
  severity:
    label_group: severity
    otherwise:
      classify: { input: [title, body], labels: { high: a crash, low: cosmetic }, min_probability: 0.6 }
      otherwise:
        choose:
          - { value: high, when: { title: { regex: '(?i)crash' } } }
rules:
  - id: severity
    description: Severity by model, else by words.
    when: { severity: { in: [high, low] } }
    then: [ set_label: { group: severity, value: { fact: severity } } ]
"""
CONFIG = """\
apiVersion: rulewright/v1
kind: Config
policies: [rules]
"""


@pytest.fixture
def decide(tmp_path: Path) -> Callable[..., Facts]:
    """The facts of one opened issue; `policy` and `config` are texts of files."""

    def decided(config: str = "", policy: str = POLICY, **issue: Any) -> Facts:
        (tmp_path / "rulewright.yaml").write_text(CONFIG + config)
        (tmp_path / "rules").mkdir(exist_ok=True)
        (tmp_path / "rules" / "intake.yaml").write_text(policy)
        program = load(tmp_path / "rules", cache=False)
        subject = {"number": 1, "state": "open", "title": "It hangs", "body": "x", "labels": [], **issue}
        payload = {"action": "opened", "issue": subject, "repository": {"full_name": "octo-org/demo"}}
        facts = gather(program, payload, now=NOW)
        decided.decision = evaluate(program, facts)  # type: ignore[attr-defined]
        return facts

    return decided


def provider(served: Any, more: str = "") -> str:
    return f"providers: {{ cloud: {{ kind: api, base_url: '{served.base_url}', model: small }} }}\n{more}"


def logged(**chances: float) -> dict[str, Any]:
    from math import log

    top = [{"token": label, "logprob": log(chance)} for label, chance in chances.items()]
    rows = [{"token": '{"label":"', "top_logprobs": []}, {"token": next(iter(chances)), "top_logprobs": top}]
    return {"logprobs": {"content": rows}}


def test_without_providers_the_words_of_the_policy_speak(decide: Any) -> None:
    facts = decide(title="A crash")
    assert facts.absent == {"severity": Absent(NO_PROVIDER)}
    made = plan(decide.decision)
    assert [effect.arguments["label"] for effect in made.effects] == ["severity/high"]
    assert made.models == {"severity": {"tier": "heuristic", "reason": NO_PROVIDER, "value": "high"}}


def test_nobody_knows_and_nothing_is_done(decide: Any) -> None:
    decide(title="It hangs")
    made = plan(decide.decision)
    assert (made.effects, made.models["severity"]["tier"]) == ((), "none")


def test_a_label_is_not_asked_for(decide: Any) -> None:
    facts = decide(labels=[{"name": "severity/low"}])
    assert (dict(facts.absent), dict(facts.provenance)) == ({}, {})


def test_a_model_answers_and_its_provenance_goes_all_the_way(decide: Any, served: Any) -> None:
    served.says('{"label":"high"}', **logged(high=0.8, low=0.2))
    facts = decide(provider(served))
    assert facts.values == {"severity": "high"}
    told = facts.provenance["severity"]
    assert (told["tier"], told["model"], told["margin"]) == ("api", "small", 0.6)
    assert told["probabilities"] == {"high": 0.8, "low": 0.2}
    assert "latency_ms" not in str(told)
    assert load_facts(dump_facts(facts)) == facts
    made = plan(decide.decision)
    assert made.models["severity"]["value"] == "high"
    assert read_plan(plan_json(made)) == made
    assert plan_json(made._replace(models={}))["hash"] == made.hash


def test_explanations_say_at_the_condition_who_answered(decide: Any, served: Any) -> None:
    served.says('{"label":"high"}', **logged(high=0.8, low=0.2))
    decide(provider(served))
    tree = explain(decide.decision, "intake", "severity").tree
    assert tree.message == "severity: high, api small (0.80, margin 0.60)"
    decide(title="It hangs")
    tree = explain(decide.decision, "intake", "severity").tree
    assert tree.message == f"severity: no confident answer; {NO_PROVIDER}"
    decide(labels=[{"name": "severity/low"}])
    assert explain(decide.decision, "intake", "severity").tree.message is None


def test_an_unsure_model_gives_way_to_the_words_and_says_so(decide: Any, served: Any) -> None:
    served.says('{"label":"low"}', **logged(low=0.55, high=0.45))
    facts = decide(provider(served), title="A crash")
    assert facts.absent["severity"] == Absent("cloud: unsure: 0.550, below 0.6")
    found = plan(decide.decision).models["severity"]
    assert (found["tier"], found["value"]) == ("heuristic", "high")
    assert found["probabilities"] == {"low": 0.55, "high": 0.45}


def test_a_failed_provider_fails_the_run_only_where_nothing_stands_behind(decide: Any, served: Any) -> None:
    served.replies.append((401, {}, {}))
    assert not decide(provider(served)).absent["severity"].failed
    alone = POLICY.split("      otherwise:\n        choose")[0] + POLICY[POLICY.index("rules:") :]
    assert decide(provider(served), alone).absent["severity"].failed


def test_the_report_has_the_words_of_the_server_and_the_setting_that_helps(
    decide: Any, served: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from rulewright.cli.main import main

    said = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead"
    served.replies.append((400, {}, {"error": {"message": f"{said}.", "param": "max_tokens"}}))
    decide(provider(served))
    event = Path(__file__).resolve().parents[3] / "examples" / "events" / "issue-opened.json"
    assert main(["evaluate", str(tmp_path / "rules"), "--event", str(event), "--now", NOW]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert (
        f"cloud: status 400; the server says: {said}. Set `rename: {{ max_tokens: max_completion_tokens }}`"
        in text
    )


def test_a_cassette_stands_in_for_the_provider(
    decide: Any, served: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.says('{"label":"high"}', **logged(high=0.8, low=0.2))
    config = provider(served, "models: { mode: record }\n")
    recorded = decide(config)
    assert [file.suffix for file in (tmp_path / "rules" / "cassettes").iterdir()] == [".json"]
    asked = len(served.asked)
    monkeypatch.setenv("RULEWRIGHT_MODELS", "replay")
    replayed = decide(config)
    assert replayed.values == recorded.values
    assert replayed.provenance["severity"] == {
        **recorded.provenance["severity"],
        "provider": "cassette",
        "replayed": True,
    }
    missed = decide(config, title="Another one")
    assert missed.absent["severity"].text.startswith("failed: cassette: no cassette for `severity`")
    assert len(served.asked) == asked


def test_a_secret_in_a_report_does_not_leave(decide: Any, served: Any) -> None:
    secret = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    served.says('{"label":"high"}', **logged(high=0.9, low=0.1))
    decide(provider(served), body=f"My token is {secret}, and mona@octo-org.dev knows.")
    sent = served.asked[0][2]["messages"][1]["content"]
    assert secret not in sent
    assert "[masked]" in sent
    assert mask_text("nothing here") == "nothing here"


def test_a_task_is_defined_once_and_called_by_name(decide: Any, served: Any) -> None:
    served.says('{"label":"low"}')
    task = "{ classify: { input: [title], labels: [high, low] }, chain: [cloud] }"
    config = provider(served, f"models: {{ tasks: {{ severity: {task} }} }}\n")
    called = POLICY.replace(
        "classify: { input: [title, body], labels: { high: a crash, low: cosmetic }, min_probability: 0.6 }",
        "call: severity",
    )
    assert decide(config, called).values == {"severity": "low"}
    assert '"title": "It hangs"' in served.asked[0][2]["messages"][1]["content"]
    assert "body" not in served.asked[0][2]["messages"][1]["content"]


def test_a_call_of_a_task_that_is_not_defined_does_not_load(decide: Any, served: Any) -> None:
    config = provider(served, "models: { tasks: { other: { embed: {} } } }\n")
    called = POLICY.replace("labels: { high", "labels: { high").replace(
        "classify: { input: [title, body], labels: { high: a crash, low: cosmetic }, min_probability: 0.6 }",
        "call: severty",
    )
    with pytest.raises(PolicyError) as caught:
        decide(config, called)
    assert [one.code for one in caught.value.diagnostics] == ["RW318"]


def test_a_chain_names_providers(decide: Any, served: Any) -> None:
    with pytest.raises(PolicyError) as caught:
        decide(provider(served, "models: { chain: [clod] }\n"))
    (found,) = caught.value.diagnostics
    assert (found.code, found.message, found.hint) == (
        "RW318",
        "unknown provider `clod`",
        "did you mean `cloud`?",
    )


def test_other_kinds_of_tasks(decide: Any, served: Any) -> None:
    policy = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team, description: First look. }
on: [issues.opened]
let:
  version: { extract: { input: [body], schema: { type: object, properties: { version: { type: string } } } } }
  gist: { summarize: { input: [body], max_words: 5 } }
rules:
  - id: told
    description: What the report says.
    when: { version.version: { exists: true }, gist: { exists: true } }
    then: [ comment: { text: "Version {{ version.version }}: {{ gist }}" } ]
"""
    served.says('{"version": "1.2 @octocat"}')
    served.says("It hangs [here](http://x.example).")
    facts = decide(provider(served), policy)
    assert facts.values == {
        "version": {"version": "1.2 @octocat"},
        "gist": "It hangs [here](http://x.example).",
    }
    (effect,) = plan(decide.decision).effects
    assert "@octocat" not in effect.arguments["body"]
    assert "http://" not in effect.arguments["body"]
    assert "value" not in plan(decide.decision).models["gist"]


def test_questions_about_one_text_are_told_together(tmp_path: Path) -> None:
    from rulewright.facts.model_tasks import build_model_source
    from rulewright.program.named_facts import Need

    def need(name: str, *labels: str, paths: tuple[str, ...] = ("title",)) -> Need:
        return Need("p", name, "classify", {"classify": {"input": list(paths), "labels": list(labels)}})

    beside = (need("a", "x", "y"), need("b", "z", "w"), need("c", "q", "r", paths=("body",)))
    source = build_model_source(Config({"providers": {"m": {"kind": "api"}}}), str(tmp_path), beside)
    told = source._find_questions((("title", "title"),))
    assert [one.labels for one in told] == [(("x", ""), ("y", "")), (("z", ""), ("w", ""))]
    assert source._find_questions((("body", "body"),)) == ()


CASES = """\
apiVersion: rulewright/v1
kind: PolicyTest
policy: intake.yaml
cases:
  - id: model-says-high
    event: { fixture: issue-complete }
    expect: { rules: { severity: matched }, effects: [ { set_label: severity/high } ] }
  - id: nobody-is-asked
    event: { fixture: issue-complete, patch: { issue.labels: [severity/low] } }
    expect: { rules: { severity: matched }, effects: [] }
"""


def test_policy_tests_take_cassettes_and_say_how_to_record_them(
    tmp_path: Path, served: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from rulewright.cli.main import main

    (tmp_path / "rulewright.yaml").write_text(CONFIG + provider(served))
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "intake.yaml").write_text(POLICY)
    (tmp_path / "rules" / "intake.test.yaml").write_text(CASES)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RULEWRIGHT_MODELS", raising=False)
    assert main(["test", "rules"]) == 1
    out = capsys.readouterr().out
    assert "RULEWRIGHT_MODELS=record rulewright test" in out
    assert served.asked == []
    served.says('{"label":"high"}', **logged(high=0.9, low=0.1))
    monkeypatch.setenv("RULEWRIGHT_MODELS", "record")
    assert main(["test", "rules"]) == 0
    assert len(served.asked) == 1
    monkeypatch.delenv("RULEWRIGHT_MODELS")
    assert main(["test", "rules"]) == 0
    assert len(served.asked) == 1
