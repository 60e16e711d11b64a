"""Output that appears whole or not at all, and readers that go away."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TYPE_CHECKING

import pytest

from rulewright.cli.output import Output, append_summary, prepare, print_error
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path


class Failing(io.StringIO):
    """A stream that takes nothing any more, for the reason given."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.error = OSError(number, os.strerror(number))

    def write(self, text: str) -> int:
        raise self.error

    def flush(self) -> None:
        raise self.error


def test_streams_that_are_closed_are_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    prepare()
    with sys.stdout, sys.stderr:
        assert (sys.stdout.name, sys.stderr.name) == (os.devnull, os.devnull)
        assert sys.stdout.write("half of a pair: \ud800")


def test_a_reader_that_goes_away_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(errno.EPIPE))
    with Output() as out:
        out.write("a")
        assert out.closed
        out.write("b")


def test_a_reader_that_goes_away_at_the_end_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(errno.EPIPE))
    out = Output("-")
    with out:
        pass
    assert out.closed


def test_a_full_disk_behind_stdout_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(errno.ENOSPC))
    with (
        pytest.raises(SourceError, match=r"cannot write the output: No space left on device"),
        Output() as out,
    ):
        out.write("a")


def test_an_error_in_between_leaves_no_file(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    out = Output(str(target))
    out.__enter__()
    out.write("half")
    error = ZeroDivisionError()
    out.__exit__(type(error), error, None)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    target.write_text("old")
    with Output(str(target)) as out:
        out.write("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(tmp_path.iterdir()) == [target]


def test_a_device_is_written_to_directly(tmp_path: Path) -> None:
    """By way of a link, so that a mistake would replace no device of the machine."""
    target = tmp_path / "null"
    target.symlink_to(os.devnull)
    write_whole(str(target), b"data")
    assert target.is_symlink()


@pytest.mark.parametrize("place", ["missing/report.txt", "."])
def test_a_place_that_cannot_be_written_is_told(place: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot write") as raised:
        write_whole(str(tmp_path / place), b"data")
    assert raised.value.hint == "the file was not changed"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    target = tmp_path / "full"
    target.symlink_to("/dev/full")
    with pytest.raises(SourceError, match="No space left on device"):
        write_whole(str(target), b"x" * 100_000)
    assert list(tmp_path.iterdir()) == [target]


def test_the_summary_is_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "summary.md"
    target.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(target))
    append_summary("after\n")
    assert target.read_text() == "before\nafter\n"


def test_a_summary_that_cannot_be_written_is_a_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    append_summary("text")
    assert capsys.readouterr().err.startswith("warning: cannot write the job summary ")


def test_no_stderr_is_no_reason_to_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Failing(errno.EBADF)
    monkeypatch.setattr(sys, "stderr", stream)
    print_error("message", hint="hint")
    assert stream.getvalue() == ""
