"""Every command and snippet of README and docs is run, or says why it is not."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fixtures.modules import load_module

ROOT = Path(__file__).resolve().parent.parent.parent

snippets = load_module("docs_snippets", ROOT / "docs" / "snippets.py")

PAGES = [path for path in snippets.documents() if "errors" not in path.parts]
NOT_RUN = {
    "fetches a model of 25 MB, and needs labelled issues": 1,
    "needs the classifier trained above": 1,
    "needs a terminal": 3,
    "needs the model": 4,
    "needs GitHub": 24,
    "needs the network": 3,
    "installs into the checkout; CI runs both": 1,
    "installs into the reader's environment": 3,
    "runs the tests themselves": 1,
    "shows a mistake; the next block validates it": 1,
}
"""Reason → how many blocks. One more that is not run is a decision, not an accident."""

LANGUAGES = frozenset(("console", "json", "python", "sh", "text", "yaml"))
HEAD = {"apiVersion": "rulewright/v1", "metadata": {"name": "part"}, "on": ["issues"]}
CONFIG = "apiVersion: rulewright/v1\nkind: Config\n"
RULE = {"id": "part", "when": {"state": "open"}, "then": ["close"]}
OBJECTIVE = {"id": "part", "source": {"measurement": "part"}}
TRANSITION = {"id": "part", "to": "part", "requires": [{"soak": "1h"}]}
KINDS = {
    "Triage": {"rules": [RULE]},
    "SLOGate": {"objectives": [OBJECTIVE]},
    "Promotion": {"environments": {"part": {}}, "transitions": [TRANSITION]},
}
"""What a part of a policy is put into, to be held against the schema."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def problems(page: Path, folder: Path) -> list[str]:
    """What is wrong with the blocks of a page, run in order in one workspace."""
    place = snippets.Workspace(folder)
    found: list[str] = []
    for block in snippets.blocks(page):
        if "file" in block.notes:
            place.write(block.notes["file"], block.text)
        if "not run" in block.notes:
            if block.language == "yaml":
                YAML(typ="safe", pure=True).load(block.text)
            continue
        found += [f"{block.place}: {problem}" for problem in of_block(block, place)]
    if (folder / "parts").is_dir():  # the parts of policies, all in one run
        code, printed = place.run("rulewright validate --schema policy parts")
        found += [f"{name_of(page)}: {printed}"] if code else []
    return found


def of_block(block: Any, place: Any) -> list[str]:
    if block.language in ("console", "sh"):
        return of_commands(block, place)
    if block.language == "python":
        code, printed = place.python(block.text)
        return [printed] if code else []
    if block.language == "json":
        json.loads(block.text)
        return []
    if block.language == "yaml":
        return of_yaml(block, place)
    return []


def of_commands(block: Any, place: Any) -> list[str]:
    if block.language == "sh":
        commands = [(line, None) for line in block.text.splitlines() if line and not line.startswith("#")]
    else:
        commands = snippets.outputs(block.text)
    found = [] if commands else ["no command in it"]
    for number, (command, shown) in enumerate(commands, 1):
        wanted = int(block.notes.get("exits", 0)) if number == len(commands) else 0
        code, real = place.run(command)
        if code != wanted:
            found.append(f"{command}: exit code {code}, not {wanted}\n{real}")
        if shown is not None and not snippets.same(shown, real):
            found.append(f"{command}: prints\n{real}\ninstead of\n{shown}")
    return found


def of_yaml(block: Any, place: Any) -> list[str]:
    data = YAML(typ="safe", pure=True).load(block.text)
    if isinstance(data, dict) and "apiVersion" in data:
        if data["kind"] == "PolicyTest":  # its policy is found from where it stands
            return [] if "file" in block.notes else ["a test file needs <!-- file: PATH -->"]
        path = place.write(block.notes.get("file", f"block-{block.line}.yaml"), block.text)
        code, printed = place.run(f"rulewright validate {path.relative_to(place.folder)}")
        return [printed] if code else []
    if "file" in block.notes:  # not ours: a command of the page says what it is
        if Path(block.notes["file"]).name != "rulewright.yaml":
            return []
        whole = place.write(f"configs/line-{block.line}/rulewright.yaml", CONFIG + block.text)
        code, printed = place.run(f"rulewright validate {whole.relative_to(place.folder)}")
        return [printed] if code else []
    whole = completed(data)
    if whole is None:
        return ["neither a document nor a part of a policy"]
    place.write(f"parts/line-{block.line}.json", json.dumps(whole))
    return []


def completed(data: Any) -> dict[str, Any] | None:
    """A policy around a part of one: a list of entries, parts of an entry, or keys of the policy itself."""
    if isinstance(data, dict) and data.keys() <= {"when", "then", "stop"}:
        data = {"rules": [{**RULE, **data}]}
    if isinstance(data, list) and data and all(isinstance(entry, dict) for entry in data):
        first = data[0].keys()
        key = "objectives" if "source" in first else "transitions" if "to" in first else "rules"
        data = {key: data}
    if not isinstance(data, dict):
        return None
    fitting = (kind for kind, own in KINDS.items() if data.keys() & own.keys())
    kind = "Promotion" if "artifact" in data else next(fitting, "Triage")
    return {**HEAD, "kind": kind, **KINDS[kind], **data}


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_blocks_of_a_page_do_what_it_says(page: Path, tmp_path: Path) -> None:
    assert "\n".join(problems(page, tmp_path)) == ""


def test_what_is_not_run_is_counted_and_said() -> None:
    reasons = Counter(
        block.notes["not run"]
        for page in PAGES
        for block in snippets.blocks(page)
        if "not run" in block.notes
    )
    assert dict(reasons) == NOT_RUN


def test_every_block_says_its_language() -> None:
    wrong = [
        block.place
        for page in PAGES
        for block in snippets.blocks(page)
        if block.language not in LANGUAGES or block.notes.keys() - {"file", "exits", "not run"}
    ]
    assert wrong == []
    fences = [len(re.findall(r"^`{3,4}", page.read_text("utf-8"), re.MULTILINE)) for page in PAGES]
    assert fences == [2 * len(list(snippets.blocks(page))) for page in PAGES]


def test_every_link_leads_somewhere() -> None:
    """Links inside the repository: the file is there, and so is the heading."""
    wrong = []
    for page in snippets.documents():
        for link in re.findall(r"\]\(([^)\s]+)\)", shown_text(page)):
            if re.match(r"[a-z]+:", link):
                continue
            path, _, heading = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (heading and heading not in headings(target)):
                wrong.append(f"{name_of(page)}: {link}")
    assert wrong == []


def shown_text(page: Path) -> str:
    """The page without its code."""
    text = re.sub(r"^(`{3,4}).*?^\1$", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"`[^`\n]*`", "", text)


def headings(page: Path) -> set[str]:
    """The anchors that GitHub gives a page's headings."""
    lines = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in lines}


def test_a_difference_is_noticed() -> None:
    assert snippets.same("a\n…\nz\n", "a\nb\nc\nz\n")
    assert snippets.same("…\nz\n", "z\n")
    assert snippets.same("hash …\n", "hash 12\n")
    assert not snippets.same("a\n", "b\n")
    assert not snippets.same("a\n", "a\nb\n")
    assert not snippets.same("a.c\n", "abc\n")
