"""Write the generated pages of docs/ anew, or say which are stale: `python docs/generate.py [--check]`.

Generated: in engine/rulewright/policy/schemas/, from their declarations, fact.schema.json, the matchers of
condition.schema.json and what the schemas say of actions and of kinds of policy; from those schemas all of schemas/,
for editors and other tools, format.md and events.md; cli.md from the commands, facts.md, actions.md and functions.md
from their tables, errors/ and gate-codes/ from the tables of codes, images/rooms.svg from the imports of the engine;
and, outside docs/, what this repository takes from the files of `rulewright init`: its configuration, its labels and
its issue forms.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pages import (
    action_schemas,
    actions,
    cli,
    errors,
    events,
    facts,
    format_page,
    functions,
    gate_codes,
    kinds,
    matchers,
    published_schemas,
    rooms,
)

from rulewright.cli.starter import Setup, starters
from rulewright.policy import fact_sources

DOCS = Path(__file__).resolve().parent
SCHEMAS = DOCS.parent / "engine" / "rulewright" / "policy" / "schemas"
PUBLISHED = DOCS.parent / "schemas"


def pages() -> dict[Path, str]:
    """Every generated file: path → text."""
    found = {
        "actions.md": actions.markdown(),
        "cli.md": cli.markdown(),
        "events.md": events.markdown(),
        "facts.md": facts.markdown(),
        "format.md": format_page.markdown(SCHEMAS),
        "functions.md": functions.markdown(),
        "images/rooms.svg": rooms.draw(),
        **{f"errors/{name}": text for name, text in errors.markdown().items()},
        **{f"gate-codes/{name}": text for name, text in gate_codes.markdown().items()},
    }
    published = {PUBLISHED / name: text for name, text in published_schemas.texts(SCHEMAS).items()}
    return {**{DOCS / name: text for name, text in found.items()}, **schemas(), **published, **taken()}


def schemas() -> dict[Path, str]:
    """What is generated of the engine's own schemas: path → text."""
    facts = f"{json.dumps(fact_sources.fact_schema(), indent=2, ensure_ascii=False)}\n"
    conditions = SCHEMAS / "condition.schema.json"
    return {
        **{SCHEMAS / name: text for name, text in action_schemas.texts(SCHEMAS).items()},
        **{SCHEMAS / name: text for name, text in kinds.texts(SCHEMAS).items()},
        SCHEMAS / "fact.schema.json": facts,
        conditions: matchers.with_matchers(conditions),
    }


def taken() -> dict[Path, str]:
    """What this repository takes from the files that `rulewright init` writes."""
    parts, setup = ("config", "labels", "forms"), Setup(project=1)
    return {DOCS.parent / one.path: one.data.decode() for one in starters(parts, setup)}


def stale(wanted: dict[Path, str]) -> list[Path]:
    """Files that differ, are missing, or belong to a code or an action that is gone."""
    differing = [
        path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text
    ]
    folders = (
        (DOCS / "errors", "*.md"),
        (DOCS / "gate-codes", "*.md"),
        (SCHEMAS / "action", "*.json"),
        (PUBLISHED, "**/*.json"),
    )
    present = [path for folder, pattern in folders for path in folder.glob(pattern)]
    return sorted([*differing, *(path for path in present if path not in wanted)])


def main() -> int:
    """Write what is stale; with --check only name it, and return 1 when there is any."""
    check = "--check" in sys.argv[1:]
    if not check:
        for path, text in schemas().items():
            path.write_text(text, "utf-8")  # format.md and what is in schemas/ are made from them
    wanted = pages()
    found = stale(wanted)
    for path in found:
        name = path.relative_to(DOCS.parent).as_posix()
        if check:
            print(f"stale: {name}")
        elif path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
            print(f"wrote {name}")
        else:
            path.unlink()
            print(f"removed {name}")
    if check and found:
        print("write them anew with: make docs")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
