"""Private vulnerability reports: the intake that nobody else reads."""

from __future__ import annotations

from github_simulator.call import Answer, Call, Refusal
from github_simulator.clock import stamp
from github_simulator.render import API, HTML, user_json
from github_simulator.rest.route import METADATA, Route

__all__ = ["ROUTES"]


def report(call: Call) -> Answer:
    """Needs "Repository security advisories: write" of a token, which a workflow's cannot have."""
    repository, fields = call.repository, call.fields
    if repository.private:
        raise Refusal(404, "Not Found")
    if not repository.private_reports:
        raise Refusal(403, "Private vulnerability reporting is disabled for this repository.")
    number = len(repository.reports) + 1
    name = f"GHSA-sim{number % 10}-{number:04x}-cccc"
    now = stamp(call.world.clock.now())
    repository.reports.append({"ghsa_id": name, "sender": call.who.account.login, **fields})
    return Answer(
        201,
        {
            "ghsa_id": name,
            "cve_id": None,
            "url": f"{API}/repos/{repository.full_name}/security-advisories/{name}",
            "html_url": f"{HTML}/{repository.full_name}/security/advisories/{name}",
            "summary": fields["summary"],
            "description": fields["description"],
            "severity": fields.get("severity"),
            "author": user_json(call.who.account),
            "publisher": user_json(call.who.account),
            "identifiers": [{"value": name, "type": "GHSA"}],
            "state": "triage",
            "created_at": now,
            "updated_at": now,
            "published_at": None,
            "closed_at": None,
            "withdrawn_at": None,
            "submission": {"accepted": False},
            "vulnerabilities": [],
            "cvss": {"vector_string": None, "score": None},
            "cwes": [],
            "cwe_ids": [],
            "credits": [],
            "credits_detailed": [],
            "collaborating_users": [],
            "collaborating_teams": [],
            "private_fork": None,
        },
    )


def enabled(call: Call) -> Answer:
    return Answer(200, {"enabled": call.repository.private_reports})


_REPOSITORY = "/repos/{owner}/{repo}"

ROUTES = (
    Route(
        "POST",
        f"{_REPOSITORY}/security-advisories/reports",
        report,
        (("repository_advisories", "write"),),
        creates=True,
    ),
    Route("GET", f"{_REPOSITORY}/private-vulnerability-reporting", enabled, METADATA),
)
