"""`rulewright doctor` against the simulator: every kind of token, every verdict, all formats, nothing written."""

from __future__ import annotations

import json

import pytest

from github_simulator import Simulator
from rulewright.cli.main import main
from rulewright.run import connection

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: { name: intake, owner: team-triage, description: A policy. }
on: [issues.opened, schedule]
rules:
  - id: crash
    description: The title speaks of a crash.
    when: { title: { contains: crash } }
    then: [ { add_labels: [bug] }, ACTION ]
"""
BOARD = "{ set_field: { project: 1, field: Status, value: Todo } }"
AGENT = "{ assign: [copilot-swe-agent] }"
LABEL = "{ add_labels: [crash] }"
ADVISE = "{ notify: { channel: report, text: Look. } }"


@pytest.fixture
def sim():
    with Simulator() as running:
        running.repository(
            "octo-org/demo", collaborators={"hubot": "write", "mona": "read", "monalisa": "triage"}
        )
        yield running
    assert running.violations == []


@pytest.fixture
def doctor(sim, tmp_path, monkeypatch, capsys):
    """The exit code and the JSON for one action and one token."""
    for name in ("GITHUB_ACTIONS", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("GITHUB_API_URL", sim.api_url)
    monkeypatch.setattr(connection, "system_clock", lambda: sim.clock)
    monkeypatch.chdir(tmp_path)
    config = "apiVersion: rulewright/v1\nkind: Config\nchannels: { report: { kind: advisory } }\n"
    for name in ("SECURITY_URL", "ONCALL_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "rulewright.yaml").write_text(config)

    def run(action, token, *more, form="json", repo="octo-org/demo"):
        (tmp_path / "intake.yaml").write_text(POLICY.replace("ACTION", action))
        monkeypatch.setenv("GITHUB_TOKEN", token)
        code = main(["doctor", "intake.yaml", "--repo", repo, "--format", form, *more])
        captured = capsys.readouterr()
        assert token not in captured.out + captured.err
        assert not sim.writes
        return code, json.loads(
            captured.out
        ) if form == "json" and captured.out else captured.out + captured.err

    return run


def verdicts(found):
    return {need["permission"]: need["verdict"] for need in found["needs"]}


def test_a_persons_token_with_all_it_needs(doctor, sim):
    code, found = doctor(LABEL, sim.token("user", "hubot", scopes=["repo"]))
    assert (code, found["verdict"]) == (0, "allowed")
    assert verdicts(found) == {"issues": "allowed", "metadata": "allowed", "pull_requests": "allowed"}
    assert found["token"] == {
        "variable": "GITHUB_TOKEN",
        "kind": "classic",
        "login": "hubot",
        "named": False,
        "scopes": ["repo"],
        "unneeded_scopes": [],
    }
    assert found["job_permissions"] == {"contents": "read", "issues": "write", "pull-requests": "read"}


ADVICE = 'identity: { also: ["hubot"] }'


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_an_account_that_is_not_named_is_told_of(doctor, sim, tmp_path, form):
    def said(token):
        return " ".join(doctor(LABEL, token, form=form)[1].replace("\\", "").split())

    config = (tmp_path / "rulewright.yaml").read_text()
    assert ADVICE in said(sim.token("user", "hubot", scopes=["repo"]))
    assert "also:" not in said(sim.token("actions"))
    for identity, named in (
        ("also: [hubot]", True),
        ("login: Hubot", True),
        ("app_id: 3", True),
        ("login: mona", False),
    ):
        (tmp_path / "rulewright.yaml").write_text(f"{config}identity: {{ {identity} }}\n")
        assert (ADVICE not in said(sim.token("user", "hubot", scopes=["repo"]))) is named


def test_a_channel_that_is_not_declared_is_missing(doctor, sim, tmp_path):
    """Such a policy does not load; a program that was made otherwise has no other answer."""
    from rulewright.github.preflight import examine

    with connection.connect(
        "octo-org/demo",
        clock=sim.clock,
        environ={"GITHUB_TOKEN": sim.token("actions"), "GITHUB_API_URL": sim.api_url},
    ).client as client:
        found = examine(client, "octo-org/demo", (), {"nowhere": ("notify (a/b)",)}, {}, {})
    (channel,) = found.channels
    assert (channel.verdict, channel.reason) == ("missing", "not declared in rulewright.yaml")


def test_a_role_that_is_too_low(doctor, sim):
    code, found = doctor(LABEL, sim.token("user", "mona", scopes=["repo"]))
    issues = next(need for need in found["needs"] if need["permission"] == "issues")
    assert (code, issues["verdict"]) == (1, "missing")
    assert issues["reason"] == "the token's owner has the role read, but triage is needed"


def test_a_role_that_is_just_enough(doctor, sim):
    assert doctor(LABEL, sim.token("user", "monalisa", scopes=["repo"]))[0] == 0


def test_a_scope_that_is_missing_and_one_too_many(doctor, sim):
    code, found = doctor(BOARD, sim.token("user", "hubot", scopes=["repo", "delete_repo"]))
    projects = next(need for need in found["needs"] if need["permission"] == "projects")
    assert (code, projects["reason"]) == (1, "the token lacks the scope project")
    assert found["token"]["unneeded_scopes"] == ["delete_repo"]


def test_the_token_of_actions_has_no_projects(doctor, sim):
    sim.project("octo-org")
    code, found = doctor(BOARD, sim.token("actions"))
    assert (code, verdicts(found)["projects"], verdicts(found)["issues"]) == (1, "missing", "unknown")
    assert found["token"]["login"] == "github-actions[bot]"


def test_what_only_a_write_would_tell_is_unknown_and_no_failure(doctor, sim):
    code, found = doctor(LABEL, sim.token("actions"))
    assert (code, found["verdict"]) == (0, "unknown")
    assert verdicts(found) == {"issues": "unknown", "metadata": "allowed", "pull_requests": "allowed"}


def test_a_board_that_can_be_written(doctor, sim):
    sim.project("octo-org")
    code, found = doctor(BOARD, sim.token("user", "hubot"))
    assert (code, verdicts(found)["projects"]) == (0, "allowed")


def test_a_board_that_is_not_there(doctor, sim):
    code, found = doctor(BOARD, sim.token("user", "hubot"))
    projects = next(need for need in found["needs"] if need["permission"] == "projects")
    assert (code, projects["project"]) == (1, "1")
    assert "board 1 of octo-org not found" in projects["reason"]


@pytest.mark.parametrize(
    ("kind", "verdict"), [("user", "allowed"), ("app", "missing"), ("actions", "missing")]
)
def test_a_coding_agent_takes_a_persons_token(kind, verdict, doctor, sim):
    sim.repository("octo-org/agents", copilot=True, collaborators={"hubot": "write"})
    token = (
        sim.token(kind, "hubot", repositories=["octo-org/agents"])
        if kind == "actions"
        else sim.token(kind, "hubot")
    )
    code, found = doctor(AGENT, token, repo="octo-org/agents")
    assert (verdicts(found)["agents"], code) == (verdict, 0 if verdict == "allowed" else 1)


def test_a_coding_agent_that_is_not_switched_on(doctor, sim):
    _, found = doctor(AGENT, sim.token("user", "hubot"))
    assert "is enabled" in next(need for need in found["needs"] if need["permission"] == "agents")["reason"]


def test_the_token_of_actions_reports_no_vulnerability(doctor, sim):
    code, found = doctor(ADVISE, sim.token("actions"))
    assert (code, verdicts(found)["repository_advisories"]) == (1, "missing")


@pytest.mark.parametrize("private", ["another", "nowhere"])
def test_a_repository_that_cannot_be_seen(private, doctor, sim):
    sim.repository("octo-org/another", private=True)
    code, found = doctor(LABEL, sim.token("user", "stranger"), repo=f"octo-org/{private}")
    assert (code, set(verdicts(found).values())) == (1, {"missing"})
    assert "not found" in found["needs"][0]["reason"]


def test_what_an_app_may_not_read(doctor, sim):
    sim.repository("octo-org/closed", private=True)
    token = sim.token("app", permissions={"issues": "write"}, repositories=["octo-org/closed"])
    code, found = doctor(LABEL, token, repo="octo-org/closed")
    assert (code, verdicts(found)) == (
        1,
        {"issues": "unknown", "metadata": "allowed", "pull_requests": "missing"},
    )


def test_a_token_that_nobody_knows(doctor):
    code, found = doctor(LABEL, "ghp_" + "0" * 36)
    assert (code, found["verdict"]) == (1, "missing")
    assert found["token"]["login"] is None


@pytest.mark.parametrize("form", ["text", "markdown", "github"])
def test_every_format_says_what_is_missing_and_why(form, doctor, sim):
    code, shown = doctor(BOARD, sim.token("actions"), form=form)
    assert code == 1
    for words in (
        "projects: write (board 1)",
        "no access to projects",
        "issues: write",
        "known only after a write",
    ):
        assert words in shown
    if form != "github":
        assert "pull-requests: read" in shown


def test_a_report_in_actions_is_annotated_and_summed_up(doctor, sim, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    _, shown = doctor(BOARD, sim.token("actions"), form="github")
    assert shown.startswith("::error title=permission missing::")
    assert "::notice title=permission unknown::" in shown
    assert "| ✗ missing |" in (tmp_path / "summary").read_text()


def test_a_report_goes_to_a_file(doctor, sim, tmp_path):
    code, shown = doctor(LABEL, sim.token("user", "hubot"), "--output", "report.txt", form="text")
    assert (code, shown) == (0, "")
    assert "✓ allowed  issues: write" in (tmp_path / "report.txt").read_text()


def test_a_server_that_is_not_there(doctor):
    code, shown = doctor(LABEL, "ghp_" + "0" * 36, "--api-url", "http://127.0.0.1:9", form="text")
    assert code == 4
    assert "127.0.0.1:9 cannot be reached" in shown


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--api-url", "http://ghe.example"), "address"),
        (("--token-env", "NOTHING"), "no token"),
        (("--repo", "demo"), "not a repository"),
    ],
)
def test_what_is_missing_on_the_command_line(more, words, doctor, sim):
    code, shown = doctor(LABEL, sim.token("user", "hubot"), *more, form="text")
    assert code == 2
    assert words in shown


SECURITY = "{ kind: webhook, url_env: SECURITY_URL, private: true }"


@pytest.fixture
def told(doctor, sim, tmp_path):
    """The exit code and what is said of the one channel that a rule sends to, by its entry in rulewright.yaml."""

    def run(entry, *more, form="json"):
        (tmp_path / "rulewright.yaml").write_text(
            f"apiVersion: rulewright/v1\nkind: Config\nchannels: {{ report: {entry}, unused: {SECURITY} }}\n"
        )
        code, found = doctor(ADVISE, sim.token("user", "hubot", scopes=["repo"]), *more, form=form)
        return (code, found["channels"]) if form == "json" else (code, found)

    return run


@pytest.mark.parametrize(
    "entry", [SECURITY, "{ kind: email, smtp_env: SECURITY_URL, to: [a@example.org], private: true }"]
)
def test_a_private_channel_that_is_not_configured_is_missing(entry, told, monkeypatch):
    code, (channel,) = told(entry)
    assert (code, channel["verdict"], channel["for"]) == (1, "missing", ["notify (intake/crash)"])
    assert "SECURITY_URL is not set" in channel["reason"]
    scheme = "smtps" if "smtp_env" in entry else "https"
    for wrong in (
        "foo secret-part",
        f"{scheme}://[::1/secret-part",
        f"{scheme}://host:secret-part/",
        f"{scheme}x://host",
    ):
        monkeypatch.setenv("SECURITY_URL", wrong)
        code, (channel,) = told(entry)
        assert (code, "SECURITY_URL is not a URL" in channel["reason"]) == (1, True)
        assert "secret-part" not in channel["reason"]
    monkeypatch.setenv("SECURITY_URL", f"{scheme}://hooks.example.org/secret-part")
    code, (channel,) = told(entry)
    assert (code, channel["verdict"]) == (0, "allowed")
    assert "secret-part" not in channel["reason"]


def test_another_channel_that_is_not_configured_is_unknown_and_no_failure(told):
    code, (channel,) = told("{ kind: slack, url_env: ONCALL_URL }")
    assert (code, channel["verdict"]) == (0, "unknown")


def test_a_private_channel_that_everybody_can_read_is_missing(told, sim):
    sim.repository("octo-org/closed", private=True, collaborators={"hubot": "write"})
    code, (channel,) = told("{ kind: issue, repository: octo-org/demo, private: true }")
    assert (code, channel["reason"]) == (1, "octo-org/demo is public, but the channel is private")
    assert told("{ kind: issue, repository: octo-org/closed, private: true }")[0] == 0


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("text", "✗ missing  channel: report (webhook)"),
        ("text", "3 permissions: 3 allowed; 1 channel: 1 missing"),
        ("markdown", "| ✗ missing | channel: report (webhook) |"),
        ("github", "::error title=channel missing::channel: report (webhook): "),
    ],
)
def test_every_format_tells_of_channels(form, words, told):
    assert words in told(SECURITY, form=form)[1]


def test_a_policy_that_observes_needs_nothing_until_it_is_asked_as_if_it_enforced(doctor, sim, tmp_path):
    (tmp_path / "rulewright.yaml").write_text(
        f"apiVersion: rulewright/v1\nkind: Config\nchannels: {{ report: {SECURITY} }}\n"
    )
    observing = f"{LABEL}, {ADVISE} ]\nmode: observe #"
    code, found = doctor(observing, sim.token("user", "mona", scopes=["repo"]))
    assert (code, found["channels"]) == (0, [])
    code, found = doctor(observing, sim.token("user", "mona", scopes=["repo"]), "--enforce")
    assert (code, verdicts(found)["issues"], found["channels"][0]["verdict"]) == (1, "missing", "missing")
