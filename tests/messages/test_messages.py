"""What is said of the mistakes that people make, as one page that a reader can judge: `messages.txt`.

`UPDATE_MESSAGES=1 pytest tests/messages` writes it anew.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from rulewright.cli.main import main
from rulewright.policy.document import read_documents

FOLDER = Path(__file__).parent
MISTAKES: list[dict[str, Any]] = read_documents("mistakes.yaml", (FOLDER / "mistakes.yaml").read_bytes())[0][
    0
].data
HEAD = """\
apiVersion: rulewright/v1
kind: Triage
metadata: {{ name: intake, owner: mona, description: First look. }}
on: [issues]
rules:
  - id: crash
    description: A crash.
    when: {when}
    then: {then}
"""


def text_of(mistake: dict[str, Any]) -> str:
    if "text" in mistake:
        return str(mistake["text"])
    return HEAD.format(when=mistake.get("when", "{ state: open }"), then=mistake.get("then", "[ close ]"))


def test_every_mistake_is_answered_as_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RULEWRIGHT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    page = []
    for mistake in MISTAKES:
        (tmp_path / "policy.yaml").write_text(text_of(mistake), encoding="utf-8")
        main(["validate", "policy.yaml"])
        said = capsys.readouterr()
        lines = [line for line in (said.out + said.err).splitlines() if line.strip()]
        page.append(f"## {mistake['name']}\n\n" + "\n".join(lines) + "\n")
    made = "\n".join(page)
    golden = FOLDER / "messages.txt"
    if os.environ.get("UPDATE_MESSAGES"):
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text("utf-8")
