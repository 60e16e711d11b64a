"""Emissions: they arrive, once where that can be known, and nothing of them gets where it does not belong."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from github_simulator import Simulator
from github_simulator.setup import RepositoryHandle
from rulewright.actions.plan import Effect
from rulewright.actions.port import NotReady
from rulewright.github.transport import Transport
from rulewright.policy.config import Config
from rulewright.policy.diagnostics import SourceError
from rulewright.run.connection import Connection
from rulewright.run.write_port import open_port

Connected = Callable[..., Connection]
Make = Callable[..., Effect]


def test_a_webhook_gets_the_message_with_its_key(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    number = repo.issue()
    channels = {"channels": {"oncall": {"kind": "webhook", "url": sim.hook_url("oncall"), "private": True}}}
    sent = effect("notify", number, channel="oncall", text="A secret stands in public.")
    sim.hooks.answers["oncall"] = [503, 429]
    assert open_port(connected(), Config(channels)).emit(sent) is True
    (delivery,) = sim.hooks.all
    assert delivery.key == sent.key
    assert delivery.body["text"] == "A secret stands in public."
    assert delivery.body["target"] == f"octo-org/demo#{number}"
    assert "authorization" not in {name.casefold() for name in delivery.headers}


def test_what_went_out_before_does_not_go_out_again(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    channels = {"channels": {"oncall": {"kind": "webhook", "url": sim.hook_url("oncall")}}}
    sent = effect("notify", repo.issue(), channel="oncall", text="text")
    assert open_port(connected(), Config(channels), sent={sent.key}.__contains__).emit(sent) is False
    assert sim.hooks.all == []


def test_a_refused_message_names_no_address(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    channels = {"channels": {"oncall": {"kind": "webhook", "url_env": "ONCALL"}}}
    sim.hooks.answers["secret-path"] = [403]
    connection = connected(ONCALL=sim.hook_url("secret-path"))
    with pytest.raises(SourceError, match="answered 403") as caught:
        open_port(connection, Config(channels)).emit(
            effect("notify", repo.issue(), channel="oncall", text="text")
        )
    assert "secret-path" not in f"{caught.value} {caught.value.hint}"


def test_an_address_that_is_not_set_is_said(
    repo: RepositoryHandle, connected: Connected, effect: Make
) -> None:
    channels = {"channels": {"oncall": {"kind": "slack", "url_env": "ONCALL"}}}
    with pytest.raises(NotReady, match=r"the channel `oncall` is not configured: .*ONCALL is not set"):
        open_port(connected(), Config(channels)).emit(
            effect("notify", repo.issue(), channel="oncall", text="text")
        )


def test_slack_markup_in_a_message_is_text(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    channels = {"channels": {"oncall": {"kind": "slack", "url_env": "ONCALL"}}}
    sent = effect("notify", repo.issue(), channel="oncall", text="<!channel> & <https://example.com|x>")
    open_port(connected(ONCALL=sim.hook_url("slack")), Config(channels)).emit(sent)
    assert "<" not in sim.hooks.all[0].body["text"]


def test_an_issue_is_opened_once(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    number = repo.issue()
    key = "0123456789abcdef"
    body = f"<!-- rulewright:issue:{key} -->\nLook at it."
    made = effect("create_issue", number, title="Follow up", body=body, labels=["bug"])._replace(key=key)
    assert open_port(connected(), Config()).emit(made) is True
    assert open_port(connected(), Config()).emit(made) is False
    titles = [shown["title"] for shown in repo.state().values()]
    assert titles.count("Follow up") == 1


def test_somebody_elses_issue_with_the_marker_does_not_silence_ours(
    repo: RepositoryHandle, connected: Connected, effect: Make
) -> None:
    key = "0123456789abcdef"
    body = f"<!-- rulewright:issue:{key} -->\nLook at it."
    number = repo.issue("Mine", body, author="octocat")
    made = effect("create_issue", number, title="Follow up", body=body)._replace(key=key)
    assert open_port(connected(), Config()).emit(made) is True


def test_an_issue_whose_answer_is_lost_is_opened_once(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator
) -> None:
    channels = {"channels": {"intake": {"kind": "issue", "labels": ["bug"]}}}
    sim.faults.script("error_after", method="POST", path="/repos/octo-org/demo/issues")
    open_port(connected(), Config(channels)).emit(
        effect("notify", repo.issue(), channel="intake", text="text")
    )
    assert len(repo.state()) == 2


def test_of_two_runs_that_open_an_issue_at_the_same_time_one_remains(
    repo: RepositoryHandle, connected: Connected, effect: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = f"<!-- rulewright:issue:{'0' * 16} -->\nLook at it."
    made = effect("create_issue", repo.issue(), title="Follow up", body=body)._replace(key="0" * 16)
    request, others = Transport.request, [open_port(connected(), Config())]

    def asked(this: Transport, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        if method == "POST" and url.endswith("/issues") and others:
            assert others.pop().emit(made) is True
        return request(this, method, url, *arguments, **named)

    monkeypatch.setattr(Transport, "request", asked)
    assert open_port(connected(), Config()).emit(made) is False
    shown = [(one["title"], one["state"], one["state_reason"]) for one in repo.state().values()][1:]
    assert shown == [("Follow up", "open", None), ("Follow up", "closed", "duplicate")]


def test_the_text_of_a_message_is_no_markdown(
    repo: RepositoryHandle, connected: Connected, effect: Make
) -> None:
    channels = {"channels": {"intake": {"kind": "issue"}}}
    open_port(connected(), Config(channels)).emit(
        effect("notify", repo.issue(), channel="intake", text="```\n@mona\n````")
    )
    body = repo.state()[2]["body"].splitlines()
    assert body[1:] == ["`````text", "```", "@mona", "````", "`````"]


@pytest.mark.parametrize("private", [True, False])
def test_a_private_channel_opens_issues_where_few_can_read(
    repo: RepositoryHandle, connected: Connected, effect: Make, sim: Simulator, private: bool
) -> None:
    intake = sim.repository("octo-org/intake", private=private, collaborators={"hubot": "admin"})
    channels = {"channels": {"intake": {"kind": "issue", "repository": "octo-org/intake", "private": True}}}
    sent = effect("notify", repo.issue(), channel="intake", text="text")
    repo.collaborator("hubot", "write")
    port = open_port(connected(GITHUB_TOKEN=sim.token("user", "hubot")), Config(channels))
    if private:
        assert port.emit(sent)
        assert len(intake.state()) == 1
    else:
        with pytest.raises(SourceError, match="octo-org/intake is public"):
            port.emit(sent)
        assert intake.state() == {}


def test_a_private_channel_is_no_log(repo: RepositoryHandle, connected: Connected, effect: Make) -> None:
    channels = {"channels": {"intake": {"kind": "log", "private": True}}}
    with pytest.raises(SourceError, match="a log is public"):
        open_port(connected(), Config(channels)).emit(
            effect("notify", repo.issue(), channel="intake", text="text")
        )


def test_a_log_line_is_one_line(
    repo: RepositoryHandle, connected: Connected, effect: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = {"channels": {"intake": {"kind": "log"}}}
    open_port(connected(), Config(channels)).emit(
        effect("notify", repo.issue(), channel="intake", text="a\n::error::b")
    )
    assert capsys.readouterr().err == "octo-org/demo#1: a : :error: :b\n"


def test_an_output_cannot_end_itself(
    repo: RepositoryHandle, connected: Connected, effect: Make, tmp_path: Path
) -> None:
    place = tmp_path / "output"
    value = "one\nrulewright-0\nname=two\nEOF"
    open_port(connected(GITHUB_OUTPUT=str(place)), Config()).emit(
        effect("set_output", repo.issue(), name="found", value=value)
    )
    first, *middle, last = place.read_text("utf-8").splitlines()
    assert first == f"found<<{last}"
    assert middle == value.split("\n")


class Mail(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    def handle(self) -> None:
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            word = line.split(b" ")[0].strip().upper()
            if word == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b""
                while (line := self.rfile.readline()) != b".\r\n":
                    text += line
                self.server.mails.append(text.decode())  # type: ignore[attr-defined]
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
            if word == b"QUIT":
                return


@pytest.fixture
def mails() -> Iterator[tuple[str, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mail) as server:
        server.daemon_threads = True
        server.mails = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_address[1]}", server.mails  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def channel(**more: Any) -> dict[str, Any]:
    return {
        "channels": {"security": {"kind": "email", "to": ["security@acme.test"], "smtp_env": "SMTP", **more}}
    }


def test_a_mail_is_one_message_with_one_subject_line(
    repo: RepositoryHandle, connected: Connected, effect: Make, mails: tuple[str, list[str]]
) -> None:
    address, received = mails
    sent = effect("notify", repo.issue(), channel="security", text="First\r\nBcc: everyone@acme.test\r\nlast")
    open_port(connected(SMTP=f"smtp://{address}"), Config(channel())).emit(sent)
    (mail,) = received
    head, _, text = mail.partition("\r\n\r\n")
    assert "To: security@acme.test" in head
    assert not [line for line in head.split("\r\n") if line.startswith("Bcc")]
    assert "Bcc: everyone@acme.test" in text
    assert sent.key in head


def test_no_password_is_sent_in_the_clear(
    repo: RepositoryHandle, connected: Connected, effect: Make, mails: tuple[str, list[str]]
) -> None:
    address, received = mails
    sent = effect("notify", repo.issue(), channel="security", text="text")
    with pytest.raises(SourceError, match="no encryption") as caught:
        open_port(connected(SMTP=f"smtp://mona:hunter2@{address}"), Config(channel())).emit(sent)
    assert "hunter2" not in str(caught.value)
    assert received == []
