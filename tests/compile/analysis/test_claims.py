"""What actions claim is read off their arguments as written, valid or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rulewright.compile.loader import check_paths

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: intake, owner: me, description: x }}
on: [issues.opened]
rules:
  - {{ id: broken, description: d, when: {{ title: x }}, then: [ {use} ] }}
  - {{ id: sound, description: d, when: {{ title: y }}, then: [ set_label: {{ group: severity, value: low }} ] }}
"""


@pytest.mark.parametrize(
    ("use", "code"),
    [
        ("set_label", "RW214"),
        ("set_label: high", "RW204"),
        ("set_label: { group: severity }", "RW202"),
        ("set_label: { value: high }", "RW202"),
        ("set_field: Ready", "RW204"),
        ("set_field: { project: 1 }", "RW202"),
        ("set_field: { value: Ready }", "RW202"),
        ("set_output: { value: x }", "RW202"),
        ("prune_comment: { key: x }", "RW202"),
        ("assign: { login: mona }", "RW202"),
    ],
)
def test_arguments_that_the_schema_refuses_are_reported_and_claim_nothing(
    tmp_path: Path, use: str, code: str
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(POLICY.format(use=use))
    codes = {found.code for found in check_paths([file]) if found.severity == "error"}
    assert code in codes
    assert all(found.startswith("RW2") for found in codes)
