"""What a `detect` fact gets wrong is told at load, with its place."""

from __future__ import annotations

import pytest

from rulewright.compile.loader import check_paths

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: intake, owner: team-triage, description: First look at every new issue. }}
on: [issues.opened]
let:
  pii: {{ detect: pii, in: [issue.body], {} }}
rules:
  - id: found
    description: Something is in it.
    when: {{ pii.count: {{ gt: 0 }}, pii.suspected: {{ exists: true }} }}
    then: [ {{ mask: pii }} ]
"""


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ("allow: [octo.dev], kinds: [email, own], patterns: { own: 'x[0-9]+' }", []),
        ("kinds: [emial]", ["RW314"]),
        ("patterns: { email: x }", ["RW314"]),
        ("patterns: { 'Not this': x }", ["RW314"]),
        ("patterns: { own: '(?=x)' }", ["RW405"]),
        ("allow: ['{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}']", ["RW405"]),
    ],
)
def test_diagnostics(said, codes, tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY.format(said))
    assert [found.code for found in check_paths([tmp_path])] == codes


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [("detect: pii", "detect: [pii, phon]", "RW314"), ("[issue.body]", '["to_string(issue)"]', "RW315")],
)
def test_types_and_paths(before, after, code, tmp_path):
    (tmp_path / "policy.yaml").write_text(POLICY.format("kinds: [email]").replace(before, after))
    assert code in [found.code for found in check_paths([tmp_path])]
