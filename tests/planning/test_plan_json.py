"""A plan's file is input like any other: its hashes name all of it, its effects are such as actions plan, or it is
refused with one message."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rulewright.actions.table import ACTIONS
from rulewright.cli import apply as command
from rulewright.cli.connection import GitHubOptions
from rulewright.cli.main import main
from rulewright.planning.plan_json import content_sha256, plan_json, read_plan
from rulewright.policy.canonical import canonical_json, digest
from rulewright.policy.diagnostics import RulewrightError, UsageError
from rulewright.policy.json_schema.bundled_schema import acceptor, bundled_validator, load_schema
from rulewright.policy.strict_json import decode_utf8, parse_strictly

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rulewright.actions.plan import Plan

    Change = Callable[[dict[str, Any]], object]

RULES = """
templates: { notice: "Hello {{ author }}." }
rules:
  - id: a
    when: { state: open }
    then:
      - add_labels: [x, y]
      - remove_labels: severity/low
      - assign: octocat
      - set_title: { text: Another title }
      - set_milestone: v1
      - comment: notice
      - set_field: { project: 1, field: Status, value: Done }
      - notify: { channel: oncall, text: look }
      - set_output: { name: state, value: { fact: state } }
      - create_issue: { title: Another, body: Text, key: once, labels: [bug] }
      - warn: Careful
      - fail: No
  - id: b
    when: { state: open }
    then: [ { set_label: { group: area, value: high } }, { close: not_planned } ]
"""
NAMED = ("action", "target", "arguments", "rule", "preconditions", "key")


@pytest.fixture(scope="module")
def planned_once() -> dict[str, Plan]:
    return {}


@pytest.fixture
def made(planned: Any, planned_once: dict[str, Plan]) -> Plan:
    if "plan" not in planned_once:
        planned_once["plan"] = planned(RULES)
    return planned_once["plan"]


@pytest.fixture
def document(made: Plan) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(canonical_json(plan_json(made)))
    # What a budget holds back, what is only observed, and notes are part of it too.
    for part, action in (("held_back", "add_labels"), ("observed", "remove_labels")):
        found[part] = [one for one in found["effects"] if one["action"] == action]
        found["effects"] = [one for one in found["effects"] if one["action"] != action]
    found["notes"] = [{"rule": "p0/a", "action": "close", "reason": "the subject is closed"}]
    found["conflicts"] = [
        {"field": "label:x", "target": "octo-org/demo#3", "rules": ["p0/a", "p0/b"], "message": "no"}
    ]
    return sealed(found)


def sealed(document: dict[str, Any]) -> dict[str, Any]:
    """With both hashes computed anew, as somebody does who means it."""
    effects = [{name: effect.get(name) for name in NAMED} for effect in document["effects"]]
    named = {"effects": effects, "policies": document["policies"], "event_sha256": document["event_sha256"]}
    document["hash"] = digest(named)
    document["content_sha256"] = content_sha256(document)
    return document


def of(document: dict[str, Any], action: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["effects"] if one["action"] == action)
    return found


def test_a_sealed_plan_is_read(document: dict[str, Any]) -> None:
    assert plan_json(read_plan(document)) == document


def test_the_hash_keeps_its_members_and_the_content_hash_has_all(document: dict[str, Any]) -> None:
    before = document["hash"], document["content_sha256"]
    document["notes"] = []
    after = sealed(document)
    assert (after["hash"] == before[0], after["content_sha256"] == before[1]) == (True, False)


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan["held_back"].clear(),
        lambda plan: plan["held_back"][0].update(target="octo-org/demo#4"),
        lambda plan: plan["observed"].clear(),
        lambda plan: plan["notes"][0].update(reason="nothing"),
        lambda plan: plan["conflicts"].clear(),
        lambda plan: plan["predicted"].update(state="open"),
        lambda plan: plan["effects"][0].update(also=["p0/c"]),
        lambda plan: plan["effects"][0].update(round=7),
        lambda plan: plan.update(rounds=7),
        lambda plan: plan.update(models={}),
        lambda plan: plan["policies"].update(p0="0" * 64),
        lambda plan: plan["effects"].pop(),
        lambda plan: plan.update(content_sha256="0" * 64),
        lambda plan: plan.update(hash="0" * 64),
    ],
)
def test_nothing_of_a_plan_can_be_changed_unnoticed(document: dict[str, Any], change: Change) -> None:
    change(document)
    with pytest.raises(UsageError, match="was changed after it was made"):
        read_plan(document)


def test_a_plan_of_an_older_version_is_made_again(document: dict[str, Any]) -> None:
    del document["content_sha256"]
    with pytest.raises(UsageError, match="`content_sha256`: an older version") as caught:
        read_plan(document)
    assert caught.value.hint == "Make the plan again."


EVIL = "a\nPATH=/evil"


def mask_of(plan: dict[str, Any], start: int, end: int) -> dict[str, Any]:
    """A mask of the body of the plan's subject, with everything that it needs."""
    arguments = {
        "fact": "pii",
        "fields": ["issue.body"],
        "findings": [{"field": "issue.body", "start": start, "end": end, "type": "email"}],
        "masked": {"issue.body": "0" * 64},
    }
    proof = {"kind": "text_sha256", "value": {"field": "issue.body", "sha256": "0" * 64}}
    return {**of(plan, "close"), "action": "mask", "arguments": arguments, "preconditions": [proof]}


CHANGES: list[tuple[Change, str]] = [
    (lambda p: of(p, "set_output")["arguments"].update(name=EVIL), "the name of an output"),
    (lambda p: of(p, "set_output")["arguments"].update(name="a\n"), "the name of an output"),
    (lambda p: of(p, "set_output")["arguments"].update(name="a\r"), "the name of an output"),
    (lambda p: of(p, "set_output")["arguments"].update(name="a<<b"), "the name of an output"),
    (lambda p: of(p, "set_output")["arguments"].update(value={"a": 1}), "arguments.value"),
    (lambda p: of(p, "set_output")["arguments"].update(more=1), "unknown key `more`"),
    (lambda p: of(p, "assign")["arguments"].update(users="octocat"), "expected a list"),
    (lambda p: of(p, "assign")["arguments"].update(users=["a/b"]), "a login"),
    (lambda p: of(p, "assign")["arguments"].update(users=[]), "must not be empty"),
    (lambda p: of(p, "comment")["arguments"].update(marker=""), "a comment's marker"),
    (
        lambda p: of(p, "comment")["arguments"].update(marker="<!-- rulewright:p0/b -->"),
        "does not begin with",
    ),
    (
        lambda p: of(p, "comment")["arguments"].update(body="<!-- rulewright:p0/a -->\nno"),
        "is not of its `body`",
    ),
    (lambda p: of(p, "set_label")["arguments"].update(label="admin"), "is not its `group/value`"),
    (lambda p: of(p, "set_label")["arguments"].update(remove=["x\ny"]), "a label's name"),
    (lambda p: of(p, "create_issue").update(key="0" * 16), "is not its `key`"),
    (
        lambda p: of(p, "create_issue")["arguments"].update(body="text"),
        "the text of an issue after its marker",
    ),
    (lambda p: of(p, "notify")["arguments"].update(channel="a b"), "the name of a channel"),
    (lambda p: of(p, "notify")["arguments"].update(text=None), "expected text"),
    (lambda p: of(p, "close")["arguments"].update(reason="not planned"), "is not allowed here"),
    (lambda p: of(p, "close").update(target="octo-org/demo"), "an issue or a pull request"),
    (lambda p: of(p, "close").update(target="octo-org/demo#²"), "target"),
    (lambda p: of(p, "close").update(target="octo-org/demo#0000003"), "target"),
    (lambda p: p["effects"].append(mask_of(p, 7, 2)), "ends before it begins"),
    (lambda p: p["effects"].append(mask_of(p, 7, 7)), "ends before it begins"),
    (lambda p: p["effects"].append({**mask_of(p, 2, 7), "preconditions": []}), "the texts that it masks"),
    (lambda p: of(p, "close").update(target="../demo/x#1"), "target"),
    (lambda p: of(p, "warn").update(target="octo-org/demo#3\n::error::x"), "target"),
    (lambda p: of(p, "close").update(rule="p0/a\n"), "a rule's name"),
    (lambda p: of(p, "close").update(key="x"), "an effect's key"),
    (lambda p: of(p, "close").update(round=True), "round"),
    (lambda p: of(p, "close").update(round=10**400), "round"),
    (lambda p: of(p, "close").update(action="rm"), "`rm` is not allowed here"),
    (lambda p: of(p, "close").update(action=["close"]), "action"),
    (lambda p: of(p, "close").update(preconditions=[{"kind": "nothing"}]), "kind"),
    (lambda p: of(p, "close").update(preconditions=[{"kind": "label_absent"}]), "value"),
    (lambda p: of(p, "close").update(preconditions=[{"kind": "label_absent", "value": 3}]), "value"),
    (lambda p: of(p, "close").update(preconditions=[{"kind": "comment_is", "value": {}}]), "value"),
    (lambda p: of(p, "close").update(preconditions=[{"kind": "issue_open", "value": 1}]), "preconditions"),
    (lambda p: of(p, "close").update(preconditions=[{"kind": "any_of", "value": []}]), "value"),
    (lambda p: of(p, "close").update(preconditions=[{"kind": "any_of", "value": [{}]}]), "value"),
    (lambda p: of(p, "close").pop("preconditions"), "preconditions"),
    (lambda p: of(p, "close").pop("key"), "`key` is missing"),
    (lambda p: of(p, "close").pop("emission"), "`emission` is missing"),
    (lambda p: of(p, "close").update(emission=True), "`emission` is not that of its action"),
    (lambda p: of(p, "close").pop("target"), "target"),
    (lambda p: p.pop("notes"), "`notes` is missing"),
    (lambda p: p.pop("rounds"), "`rounds` is missing"),
    (lambda p: p["effects"].append(None), r"effects\[\d+\]"),
    (lambda p: p["held_back"][0]["arguments"].clear(), r"held_back\[0\]"),
    (lambda p: p["observed"][0]["arguments"].clear(), r"observed\[0\]"),
    (lambda p: p["conflicts"].append(3), r"conflicts\[1\]"),
    (lambda p: p["notes"].append({}), r"notes\[1\]"),
    (lambda p: p.update(models={"a": 3}), "models"),
    (lambda p: p.update(predicted=[]), "predicted"),
    (lambda p: p.update(rounds="1"), "rounds"),
    (lambda p: p.update(more=1), "unknown key `more`"),
    (lambda p: p["policies"].update(p0="x"), "policies"),
]


@pytest.mark.parametrize(("change", "message"), CHANGES)
def test_hashes_that_fit_do_not_make_a_plan(document: dict[str, Any], change: Change, message: str) -> None:
    change(document)
    with pytest.raises(UsageError, match=message) as caught:
        read_plan(resealed(document))
    assert "\n" not in caught.value.message


def test_every_action_has_a_shape_and_every_precondition_too() -> None:
    from rulewright.actions.preconditions import PRECONDITIONS

    shapes = load_schema("plan")["$defs"]
    assert {name.removeprefix("arguments_") for name in shapes if name.startswith("arguments_")} == set(
        ACTIONS
    )
    assert set(shapes["precondition"]["properties"]["kind"]["enum"]) == set(PRECONDITIONS)
    changing = {name for name, action in ACTIONS.items() if not action.emission}
    assert set(shapes["effect"]["allOf"][-1]["if"]["properties"]["action"]["enum"]) == changing


@pytest.fixture
def apply_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[bytes], tuple[int, str, bool]]:
    """`rulewright apply` of these bytes: exit code, stderr, and whether GitHub was about to be asked."""
    reached: list[bool] = []

    def connect(*_: Any, **__: Any) -> Any:
        reached.append(True)
        raise UsageError("nobody is there")

    monkeypatch.setattr(GitHubOptions, "connect", connect)
    monkeypatch.chdir(tmp_path)

    def run(data: bytes) -> tuple[int, str, bool]:
        reached.clear()
        (tmp_path / "plan.json").write_bytes(data)
        code = main(["apply", "plan.json", "--repo", "octo-org/demo"])
        return code, capsys.readouterr().err, bool(reached)

    return run


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "contains no plan"),
        (b"\n\n", "contains no plan"),
        (b"[]", "has no `hash`"),
        (b"{", "is not a plan: line 1, column 2"),
        ('{"hash": "x"}'.encode("utf-16"), "UTF-16"),
        ('{"hash": "x"}'.encode("utf-16-le"), "UTF-16"),
        ('{"hash": "x"}'.encode("utf-32-be"), "UTF-16"),
        (b"\x80abc", "byte 0 (0x80) is not UTF-8"),
        (b'{"hash": NaN}', "NaN is not a JSON number"),
        (b'{"hash": -Infinity}', "-Infinity is not a JSON number"),
        (b'{"hash": 1e999}', "the number 1e999 is out of range"),
        (b'{"hash": ' + b"9" * 5000 + b"}", "too many digits"),
        (b'{"hash": ' + b"[" * 200 + b"]" * 200 + b"}", "nested more than 100 levels"),
        (b"[" * 100_000, "nested more than 100 levels"),
        (b'{"hash": "x", "hash": "y"}', 'the key "hash" appears twice'),
        (b'{"hash": "x", "effects": [{"rule": "a", "rule": "b"}]}', 'the key "rule" appears twice'),
        (b'{"hash": "x"}', "an older version made it"),
        (b'{"hash": "x"}\n{', "plan.json, line 1: The plan has no `content_sha256`"),
    ],
)
def test_what_is_no_plan_is_told_in_one_line(apply_file: Any, data: bytes, message: str) -> None:
    code, err, reached = apply_file(data)
    assert (code, reached) == (2, False)
    assert message in err
    assert "unexpected" not in err
    assert len(err.splitlines()) <= 2


def test_the_line_of_a_wrong_plan_is_named(apply_file: Any, document: dict[str, Any]) -> None:
    good = canonical_json(document)
    code, err, _ = apply_file(good + b"\n\n" + good.replace(b"Careful", b"Careless") + b"\n")
    assert code == 2
    assert "plan.json, line 3: The plan's `hash` does not name its content" in err


def test_a_plan_with_a_line_separator_in_a_text_is_one_line(
    apply_file: Any, document: dict[str, Any]
) -> None:
    """`splitlines` would cut it there."""
    document["notes"][0]["reason"] = "a\u2028b\x85c"
    line = canonical_json(sealed(document)) + b"\n"
    for data in (line, line + line, b"\xef\xbb\xbf" + line, json.dumps(document, indent=2).encode()):
        assert apply_file(data) == (2, "error: nobody is there\n", True)


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -1, 1.5, 1e300, 2.0, 0]),
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            "\ud800",
            "a\n",
            EVIL,
            "::set-output name=a::b",
            "\x00",
            "\u202e",
            "²",
            "x" * 2000,
            "octo-org/demo#3",
        ]
    ),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place of a JSON value, its own first."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in places(value, (*path, key)))]


@st.composite
def mutations(draw: st.DrawFn, document: dict[str, Any]) -> Any:
    """The document with one to three places replaced, taken out, repeated, renamed or swapped."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(document)[1:]))
        node = document
        try:
            for part in path[:-1]:
                node = node[part]
            how = draw(st.sampled_from(["replace", "remove", "add", "copy"]))
            if how == "remove":
                del node[path[-1]]
            elif how == "add":
                value = draw(VALUES)
                node.append(value) if isinstance(node, list) else node.update(
                    {draw(st.text(max_size=5)): value}
                )
            elif how == "copy":
                other: Any = document
                for part in draw(st.sampled_from(places(document)[1:])):
                    other = other[part]
                node[path[-1]] = copy.deepcopy(other)
            else:
                node[path[-1]] = draw(VALUES)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
    return document


@st.composite
def written(draw: st.DrawFn, value: Any) -> bytes:
    """The value as bytes, now and then in a way that no plan is written in."""
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    how = draw(st.sampled_from(["plain"] * 8 + ["bom", "utf-16", "twice", "nan", "cut", "deep", "many"]))
    if how == "twice":
        text = text.replace("{", '{"hash": "x", ', 1)
    elif how == "nan":
        text = text.replace("[]", "[NaN]", 1)
    elif how == "cut":
        text = text[: draw(st.integers(0, len(text)))]
    elif how == "deep":
        text = text.replace("[]", "[" * 3000 + "]" * 3000, 1)
    elif how == "many":
        text = f"{text}\n{text}"
    if how == "utf-16":
        return text.encode("utf-16", "surrogatepass")
    return (b"\xef\xbb\xbf" if how == "bom" else b"") + text.encode("utf-8", "surrogatepass")


def resealed(value: Any) -> Any:
    try:
        return sealed(value)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return value


def tried(read: Callable[[], Any]) -> tuple[Any, RulewrightError | None]:
    """What it gives, or the error that it raises on purpose."""
    try:
        return read(), None
    except RulewrightError as error:
        return None, error


FUZZ = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.slow
@FUZZ
@given(data=st.data())
def test_a_mutated_plan_is_refused_or_all_its_effects_fit(
    document: dict[str, Any], data: st.DataObject
) -> None:
    value = resealed(data.draw(mutations(document)))
    fits = acceptor("plan")(value)
    assert fits == (next(bundled_validator("plan").iter_errors(value), None) is None)
    plan, error = tried(lambda: read_plan(value))
    assert (plan is None) == (error is not None)
    assert plan is None or (fits and plan_json(plan)["content_sha256"] == value["content_sha256"])
    assert error is None or (error.exit_code == 2 and 0 < len(error.message) < 1000)


@pytest.mark.slow
@FUZZ
@given(data=st.data())
def test_a_mutated_file_never_ends_unexpectedly(
    apply_file: Any, document: dict[str, Any], data: st.DataObject
) -> None:
    value = data.draw(mutations(document))
    if data.draw(st.booleans()):
        value = resealed(value)
    content = data.draw(written(value))
    code, err, reached = apply_file(content)
    assert code == 2, err
    assert "unexpected" not in err
    if reached:
        for line in (content,) if b"\n" not in content else content.split(b"\n"):
            parsed = parse_strictly(decode_utf8(line))
            assert acceptor("plan")(parsed)
    else:
        plans, error = tried(lambda: command.read_plans("plan.json"))
        assert error.exit_code == 2 if error is not None else plans
