"""The journal: a chain that shows every change, free of secrets, and a memory folded out of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rulewright.actions.plan import Precondition
from rulewright.actions.port import RecordingPort
from rulewright.events.snapshot import Snapshot
from rulewright.planning.redaction import clean_content
from rulewright.policy.diagnostics import SourceError
from rulewright.run.apply import apply
from rulewright.run.hash_chain import ChainError, read_lines, seal_contents, verify_lines
from rulewright.run.journal import intent, record_of, records_of
from rulewright.run.state.files import DirectoryStore, FileStore
from rulewright.run.state.memory import Memory, after, memory_of
from rulewright.run.state.store import NoStore, lines_of
from rulewright.run.undo import undo

if TYPE_CHECKING:
    from rulewright.actions.plan import Plan

TARGET = "octo-org/demo#3"
START = Snapshot(title="Crash on start", body="b", state="open", labels=("severity/low",), comments=())
SECRET = "ghp_" + "0123456789abcdefghijABCDEFGHIJ" + "1bUIR8"
MAIL = "octavia.cat@octo-mail.dev"
RULES = """
templates: { notice: Hello. }
rules:
  - id: a
    when: { state: open }
    then:
      - add_labels: [x, y]
      - set_title: { text: Another title }
      - comment: notice
      - notify: { channel: oncall, text: look }
      - close: not_planned
"""


@pytest.fixture
def made(planned: Any) -> Plan:
    plan: Plan = planned(RULES)
    return plan


@pytest.fixture
def contents(made: Plan) -> list[dict[str, Any]]:
    done = apply(made, RecordingPort({TARGET: START}, "2026-01-05T09:00:00Z"))
    return [intent(made, "2026-01-05T09:00:00Z"), *(record.content() for record in done.records)]


def lines(store: Any) -> list[Any]:
    return list(lines_of(store.segments()))


def test_a_record_goes_to_json_and_back(contents: list[dict[str, Any]]) -> None:
    for content in contents[1:]:
        assert record_of(content).content() == content
    assert len(records_of(contents)) == len(contents) - 1


def test_every_change_of_a_file_shows(contents: list[dict[str, Any]]) -> None:
    data = [line.data() for line in seal_contents(contents)]
    assert [line.content for line in verify_lines(read_lines(b"".join(data)))] == contents
    for broken, place in (
        (data[1:], 0),
        ([*data[:2], *data[3:]], 2),
        ([data[1], data[0]], 0),
        ([*data[:2], data[2].replace(b'"applied"', b'"failed"')], 2),
        ([data[0], *data], 1),
        ([data[0], b"not json\n"], 1),
        ([data[0], b"{}\n"], 1),
        ([data[0], b'{"seq":1}\n'], 1),
    ):
        with pytest.raises(ChainError) as error:
            list(verify_lines(read_lines(b"".join(broken))))
        assert error.value.place == place


def test_segments_are_one_chain_and_follow_the_months(contents: list[dict[str, Any]], tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path / "state")
    store.append(contents[:2])
    store.append([{**content, "at": "2026-02-01T00:00:00Z"} for content in contents[2:4]])
    store.append([{**content, "at": "2026-01-31T23:59:59Z"} for content in contents[4:]])
    names = [Path(name).name for name, _ in store.segments()]
    assert names == ["2026-01.jsonl", "2026-02.jsonl"]
    assert [line.seq for line in lines(store)] == list(range(len(contents)))
    # Another process goes on from what stands there, and from the memory beside it.
    again = DirectoryStore(tmp_path / "state")
    assert again.memory() == after(Memory(), lines(store)) == store.memory()
    again.append(contents[:1])
    assert store.memory().head.seq == len(contents) + 1


@pytest.mark.parametrize("kind", ["directory", "file"])
def test_a_write_that_was_cut_off_is_taken_away(
    kind: str, contents: list[dict[str, Any]], tmp_path: Path
) -> None:
    store: Any = DirectoryStore(tmp_path) if kind == "directory" else FileStore(tmp_path / "journal.jsonl")
    store.append(contents[:2])
    (file,) = tmp_path.rglob("*.jsonl")
    with file.open("ab") as stream:
        stream.write(b'{"seq":2,"kind":"eff')
    assert len(lines(store)) == 2
    store.append(contents[2:3])
    assert [line.content["kind"] for line in lines(store)] == ["intent", "effect", "effect"]


def test_a_memory_that_was_not_written_is_made_up_for(contents: list[dict[str, Any]], tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.append(contents[:2])
    known = (tmp_path / "memory.json").read_bytes()
    store.append(contents[2:])
    whole = store.memory()
    (tmp_path / "memory.json").write_bytes(known)
    assert DirectoryStore(tmp_path).memory() == whole
    (tmp_path / "memory.json").write_bytes(b"{")
    assert DirectoryStore(tmp_path).memory() == whole


def test_a_memory_of_another_journal_is_refused(contents: list[dict[str, Any]], tmp_path: Path) -> None:
    store = DirectoryStore(tmp_path)
    store.append(contents)
    (file,) = tmp_path.rglob("*.jsonl")
    kept = file.read_bytes()
    file.write_bytes(b"".join(kept.splitlines(keepends=True)[:2]))
    with pytest.raises(ChainError):
        DirectoryStore(tmp_path).append(contents[:1])
    file.write_bytes(kept.replace(b'"kind":"intent"', b'"kind":"idle"'))
    with pytest.raises(ChainError):
        lines(DirectoryStore(tmp_path))


def test_a_place_that_takes_nothing_says_so(contents: list[dict[str, Any]], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match="cannot be read or written"):
        DirectoryStore(tmp_path / "file").append(contents)
    with pytest.raises(SourceError, match="cannot be read or written"):
        FileStore(tmp_path).memory()


def test_the_memory_knows_what_is_open_and_what_went_out(made: Plan) -> None:
    store = NoStore()
    at = "2026-01-05T09:00:00Z"
    memory = store.append([intent(made, at)])
    (found,) = memory.open.values()
    assert len(found["effects"]) == len(made.effects)
    records = apply(made, RecordingPort({TARGET: START}, at)).records
    for count, record in enumerate(records, 1):
        memory = store.append([record.content()])
        assert sum(len(one["effects"]) for one in memory.open.values()) == len(records) - count
    assert not memory.open
    assert list(memory.sent) == [effect.key for effect in made.effects if effect.action == "notify"]
    assert memory_of(json.loads(json.dumps(memory.as_json()))) == memory
    later = store.append(
        [{"kind": "run", "at": "2026-03-01T00:00:00Z", "repository": "octo-org/demo", "resume": 7}]
    )
    assert not later.sent
    assert later.resume == {"octo-org/demo": 7}


def test_what_failed_or_waits_stays_open_for_a_week_and_notifications_until_they_are_sent(made: Plan) -> None:
    store = NoStore()
    store.append([intent(made, "2026-01-05T09:00:00Z")])
    for status in ("failed", "held_back"):
        effect = made.effects[0]
        record = apply(made._replace(effects=(effect,)), RecordingPort({TARGET: START})).records[0]
        memory = store.append([record._replace(status=status).content()])
        assert sum(len(one["effects"]) for one in memory.open.values()) == len(made.effects)
    told = [effect for effect in made.effects if effect.action == "notify"]
    memory = store.append([{"kind": "run", "at": "2026-01-13T09:00:00Z", "repository": "o/r"}])
    (left,) = memory.open.values()
    assert [one["key"] for one in left["effects"]] == [effect.key for effect in told] != []
    for record in apply(made._replace(effects=tuple(told)), RecordingPort({TARGET: START})).records:
        memory = store.append([record.content()])
    assert not memory.open


def test_less_than_was_planned_settles_it_too(made: Plan) -> None:
    store = NoStore()
    store.append([intent(made, "2026-01-05T09:00:00Z")])
    port = RecordingPort({TARGET: START._replace(labels=("X",))}, "2026-01-05T09:00:00Z")
    for record in apply(made, port).records:
        memory = store.append([record.content()])
    assert not memory.open


def test_no_memory_out_of_something_else() -> None:
    assert memory_of(None) is None
    assert memory_of({"seq": 1}) is None
    assert memory_of({"seq": 1, "hash": "x", "sent": [], "open": {}, "resume": {}, "seen": {}}) is None


def test_secrets_are_masked_before_they_are_written(planned: Any, tmp_path: Path) -> None:
    plan = planned(
        "rules:\n  - id: a\n    when: { state: open }\n    then: [ set_title: Cleaned ]\n",
        title=f"Key {SECRET} of {MAIL}",
    )
    title = f"Key {SECRET} of {MAIL}"
    (effect,) = plan.effects
    assert [one.kind for one in effect.preconditions] == ["text_sha256"]  # the plan itself does not hold it
    plan = plan._replace(effects=(effect._replace(preconditions=(Precondition("title_is", title),)),))
    journal = apply(plan, RecordingPort({TARGET: START._replace(title=title)}))
    assert undo(journal.records).effects
    store = DirectoryStore(tmp_path)
    store.append([intent(plan, "2026-01-05T09:00:00Z"), *(record.content() for record in journal.records)])
    data = b"".join(data for _, data in store.segments())
    assert SECRET.encode() not in data
    assert MAIL.encode() not in data
    assert SECRET.encode() not in (tmp_path / "memory.json").read_bytes()
    (record,) = records_of(line.content for line in lines(store))
    assert record.masked == ("preconditions.0.value",)
    back = undo([record])
    assert back.effects == ()
    assert [note.reason for note in back.notes] == ["the previous value is masked in the journal"]


@given(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_hashes_of_our_own_stay_whole(name: str) -> None:
    content = {"kind": "effect", "arguments": {"sha256": name, "key": name[:16]}}
    assert clean_content(content) == content


def test_no_hash_that_proves_a_guess_of_a_short_secret_is_kept() -> None:
    guard = [{"kind": "text_sha256", "value": {"field": "issue.body", "sha256": "ab" * 32}}]
    assert "ab" * 32 not in json.dumps(clean_content({"kind": "effect", "preconditions": guard}))
