"""The picture of the engine's packages: docs/images/rooms.svg, from the imports in the source.

A box is a package with the first sentence of its docstring. An arrow leads from a package to one that it imports;
imports that follow from other arrows are left out (transitive reduction). Rows are layers: a package stands one row
above the highest one that it imports.
"""

from __future__ import annotations

import ast
from html import escape
from pathlib import Path
from textwrap import wrap
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parents[2]
ENGINE: Final = ROOT / "engine" / "rulewright"
INTERFACE: Final = ROOT / "tui" / "rulewright_tui"

WIDTH: Final = 1300
BOX: Final = (250, 96)
GAP: Final = (30, 34)
MARGIN: Final = 20
STYLE: Final = """\
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.name { font-weight: 600; font-size: 15px }
rect { fill: #f6f8fa; stroke: #8c959f }
path { fill: none; stroke: #57606a; stroke-width: 1.3 }
marker path { fill: #57606a; stroke: none }
.sheet { fill: #ffffff; stroke: none }"""


class Place(NamedTuple):
    """Where a box stands: the left edge and the top, in pixels."""

    left: int
    top: int


def read_imports() -> dict[str, set[str]]:
    """Package → the packages of the engine that its modules import, imports for types included."""
    folders = {folder.name: folder for folder in ENGINE.iterdir() if (folder / "__init__.py").is_file()}
    folders["tui"] = INTERFACE
    imports: dict[str, set[str]] = {name: set() for name in folders}
    for name, folder in folders.items():
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("rulewright."):
                    target = node.module.split(".")[1]
                    if target in folders and target != name:
                        imports[name].add(target)
    return {name: targets for name, targets in imports.items() if targets or name != "tui"}


def reduce_imports(imports: dict[str, set[str]]) -> dict[str, set[str]]:
    """The imports that do not follow from others."""

    def reachable(name: str, without: str) -> set[str]:
        seen: set[str] = set()
        pending = [target for target in imports[name] if target != without]
        while pending:
            target = pending.pop()
            if target not in seen:
                seen.add(target)
                pending.extend(imports[target])
        return seen

    return {
        name: {target for target in targets if target not in reachable(name, target)}
        for name, targets in imports.items()
    }


def assign_rows(imports: dict[str, set[str]]) -> dict[str, int]:
    """Package → its row, 0 for packages that import no other. Raises ValueError for a circle."""
    rows: dict[str, int] = {}
    while len(rows) < len(imports):
        ready = [name for name, targets in imports.items() if name not in rows and targets <= rows.keys()]
        if not ready:
            raise ValueError(f"packages import each other: {sorted(imports.keys() - rows.keys())}")
        for name in ready:
            rows[name] = 1 + max((rows[target] for target in imports[name]), default=-1)
    return rows


def read_summary(name: str) -> str:
    """The first sentence of a package's docstring."""
    folder = INTERFACE if name == "tui" else ENGINE / name
    docstring = ast.get_docstring(ast.parse((folder / "__init__.py").read_text("utf-8"))) or ""
    summary = docstring.partition("\n\n")[0].replace("\n", " ").partition(". ")[0]
    return summary.rstrip(".")


def place_boxes(rows: dict[str, int], arrows: dict[str, set[str]]) -> tuple[dict[str, Place], int]:
    """Where the boxes stand, and the height of the picture; row 0 is at the bottom.

    The boxes of a row are in the order of the mean position of the boxes below that they point to, so that fewer
    arrows cross.
    """
    top = max(rows.values())
    places: dict[str, Place] = {}

    def mean_target(name: str) -> tuple[float, str]:
        lefts = [places[target].left for target in arrows[name]]
        return (sum(lefts) / len(lefts) if lefts else WIDTH / 2), name

    for number in range(top + 1):
        names = sorted((name for name, row in rows.items() if row == number), key=mean_target)
        width = len(names) * BOX[0] + (len(names) - 1) * GAP[0]
        left = (WIDTH - width) // 2
        for position, name in enumerate(names):
            places[name] = Place(
                left + position * (BOX[0] + GAP[0]), MARGIN + (top - number) * (BOX[1] + GAP[1])
            )
    return places, 2 * MARGIN + (top + 1) * (BOX[1] + GAP[1]) - GAP[1]


def draw_box(name: str, place: Place) -> str:
    """One package: its name and at most three lines of what it is."""
    lines = wrap(read_summary(name), 36, max_lines=4, placeholder=" …")
    texts = [f'<text class="name" x="{place.left + 10}" y="{place.top + 18}">{escape(name)}</text>']
    texts += [
        f'<text x="{place.left + 10}" y="{place.top + 36 + 15 * number}">{escape(line)}</text>'
        for number, line in enumerate(lines)
    ]
    box = f'<rect x="{place.left}" y="{place.top}" width="{BOX[0]}" height="{BOX[1]}" rx="6"/>'
    return "\n".join((box, *texts))


def draw_arrow(start: Place, end: Place, lane: int) -> str:
    """An arrow from the bottom of a box to the top of a lower one; past rows between them on the side `lane`."""
    x1, y1 = start.left + BOX[0] // 2, start.top + BOX[1]
    x2, y2 = end.left + BOX[0] // 2, end.top - 2
    if y2 - y1 <= GAP[1]:
        middle = (y1 + y2) // 2
        return f'<path marker-end="url(#head)" d="M{x1} {y1} C{x1} {middle} {x2} {middle} {x2} {y2}"/>'
    side = MARGIN // 2 + 10 * lane if lane % 2 else WIDTH - MARGIN // 2 - 10 * lane
    x1 += BOX[0] // 3 * (1 if side > x1 else -1)
    x2 += BOX[0] // 3 * (1 if side > x2 else -1)
    low, high = y1 + GAP[1], y2 - GAP[1]
    return (
        f'<path marker-end="url(#head)" d="M{x1} {y1} C{x1} {y1 + 20} {side} {y1} {side} {low} '
        f'L{side} {high} C{side} {y2} {x2} {y2 - 20} {x2} {y2}"/>'
    )


def draw() -> str:
    """The picture as SVG."""
    imports = read_imports()
    rows = assign_rows(imports)
    reduced = reduce_imports(imports)
    places, height = place_boxes(rows, reduced)
    lanes = 0
    arrows = []
    for name, targets in sorted(reduced.items()):
        for target in sorted(targets):
            if rows[name] - rows[target] > 1:
                lanes += 1
            arrows.append(draw_arrow(places[name], places[target], lanes))
    boxes = [draw_box(name, place) for name, place in sorted(places.items())]
    head = (
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z"/></marker>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="The packages of the engine and what each imports">\n<style>\n{STYLE}\n</style>\n'
        f'<defs>{head}</defs>\n<rect class="sheet" width="{WIDTH}" height="{height}"/>\n'
        + "\n".join((*arrows, *boxes))
        + "\n</svg>\n"
    )
