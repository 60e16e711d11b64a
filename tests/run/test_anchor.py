"""A tip that was kept elsewhere shows what the chain alone cannot: a journal written anew, or cut at its end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from rulewright.cli.main import main
from rulewright.policy.diagnostics import UsageError
from rulewright.run.anchor import Anchor, describe_tip, format_tip, parse_anchor
from rulewright.run.hash_chain import Head, seal_contents

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rulewright.run.hash_chain import Line

    Verify = Callable[..., tuple[int, str, str]]


def lines(*names: str) -> tuple[Line, ...]:
    return seal_contents(
        [{"kind": "run", "at": "2026-01-05T09:00:00Z", "repository": name} for name in names]
    )


@pytest.fixture
def verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Verify:
    """`rulewright journal verify` of these lines: exit code, stdout, stderr."""

    def run(written: tuple[Line, ...], *words: str) -> tuple[int, str, str]:
        file = tmp_path / "journal.jsonl"
        file.write_bytes(b"".join(line.data() for line in written))
        code = main(["journal", "verify", str(file), *words])
        out, err = capsys.readouterr()
        return code, out, err

    return run


WRITTEN = lines("a/a", "a/b", "a/c")
TIP = f"2:{WRITTEN[2].hash}"


def test_the_tip_is_printed_in_the_form_that_anchor_takes(verify: Verify) -> None:
    code, out, _ = verify(WRITTEN)
    assert (code, out) == (0, f"3 records, chain verified; tip {TIP}\n")
    code, out, _ = verify(WRITTEN, "--format", "json")
    assert json.loads(out)["tip"] == TIP
    assert verify(WRITTEN, "--anchor", TIP)[0] == 0


def test_a_journal_without_records_has_no_tip(verify: Verify) -> None:
    assert verify(())[:2] == (0, "0 records, chain verified; tip none\n")
    assert format_tip(Head()) is None
    assert describe_tip(Head()) is None


def test_a_journal_that_went_on_still_has_the_anchor(verify: Verify) -> None:
    code, out, _ = verify(lines("a/a", "a/b", "a/c", "a/d"), "--anchor", TIP)
    assert code == 0
    assert "record 2 is the anchor" in out


@pytest.mark.parametrize(
    ("written", "why"),
    [
        pytest.param(WRITTEN[:2], "it ends after 2 records, and had record 2", id="cut"),
        pytest.param(WRITTEN[:1], "it ends after 1 record, and had record 2", id="cut to one"),
        pytest.param((), "it ends after 0 records, and had record 2", id="emptied"),
        pytest.param(lines("a/a", "a/b", "a/x"), "record 2 is ", id="last record written anew"),
        pytest.param(lines("a/x", "a/b", "a/c"), "record 2 is ", id="written anew"),
        pytest.param(lines("a/x", "a/b", "a/c", "a/d"), "record 2 is ", id="written anew and gone on"),
    ],
)
def test_a_journal_that_lost_the_anchor_is_refused(
    verify: Verify, written: tuple[Line, ...], why: str
) -> None:
    assert verify(written)[0] == 0, "the chain alone does not show it"
    code, out, err = verify(written, "--anchor", TIP)
    assert (code, out) == (1, "")
    assert f"error: The journal does not match the anchor: {why}" in err
    code, out, _ = verify(written, "--anchor", TIP, "--format", "json")
    found = json.loads(out)
    assert (code, found["intact"], found["anchored"]) == (1, True, False)
    assert why in found["why"]
    assert verify(written, "--anchor", TIP, "--format", "github")[1].startswith("::error ")


def test_a_broken_chain_is_told_first(verify: Verify) -> None:
    code, out, err = verify((WRITTEN[0], WRITTEN[2]), "--anchor", TIP, "--format", "json")
    found = json.loads(out)
    assert (code, found["intact"], found["anchored"], found["place"]) == (1, False, False, 1)
    assert "Record 1 of the journal" in err


@pytest.mark.parametrize(
    "text",
    ["", "2", ":", "2:", "2:abc", f"-1:{'0' * 64}", f"02:{'0' * 64}", f"2:{'A' * 64}", f"2:{'0' * 64}\n"],
)
def test_what_is_no_anchor(verify: Verify, text: str) -> None:
    code, _, err = verify(WRITTEN, "--anchor", text)
    assert code == 2
    assert "--anchor is not a journal tip" in err
    assert "SEQ:HASH" in err


def test_an_anchor_is_of_one_journal(tmp_path: Path, verify: Verify) -> None:
    verify(WRITTEN)
    file = str(tmp_path / "journal.jsonl")
    assert main(["journal", "verify", file, file, "--anchor", TIP]) == 2


def test_a_tip_goes_through_text_and_back() -> None:
    text: Any = format_tip(WRITTEN[2].head)
    assert text == TIP
    assert describe_tip(WRITTEN[2].head) == f"journal tip {TIP}"
    assert parse_anchor(text) == Anchor(2, WRITTEN[2].hash)
    with pytest.raises(UsageError):
        parse_anchor(text[:-1])
