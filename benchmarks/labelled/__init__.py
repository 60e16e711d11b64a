"""Labelled issues made up from tables: bug, feature or question, in five trackers with their forms. Seeded.

    world = generate("editor", seed=3, training=300, held_out=300)

They are as hard as public ones are for common classifiers, not by their words being like those, but by what is
wrong with them: titles that say nothing, bugs asked as questions, the wrong form, bodies that are empty or a log,
sentences of another kind among them, labels that somebody set in haste. A part of the wordings is never seen in
training. What a classifier reaches here orders classifiers; it is no figure for a public set.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["LABELS", "TRACKERS", "World", "generate"]

LABELS = ("bug", "feature", "question")
TRACKERS = ("ui", "learning", "editor", "ledger", "vision")
HASTY = 0.08
"""Labels that are another than the text's kind."""
BARE_TITLE = 0.2
"""Titles of the component and a thing alone."""
STRAY = 0.3
"""Sentences that belong to another kind."""
UNSEEN = 0.5
"""Wordings that are left out of training."""

FORMS: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "forms.json").read_text("utf-8"))
"""Tracker → kind → form, with places for the answer {k}, the text {p}, what was done {s}."""
FORM: dict[str, tuple[float, ...]] = {
    "bug": (0.55, 0.03, 0.07),
    "feature": (0.17, 0.3, 0.05),
    "question": (0.32, 0.08, 0.2),
}
"""How often a kind comes in the form of bug, feature, question; else in none."""
ANSWERS = {"bug": "Bug", "feature": "Feature Request", "question": "Others"}
LOG = '```\nTraceback (most recent call last):\n  File "main.py", line 12, in run\nRuntimeError: {t}\n```'
CODE = "```\nx = make({a})\nx.run()\n```"


class World(NamedTuple):
    """`{"id", "title", "body", "label"}` each."""

    training: list[dict[str, Any]]
    held_out: list[dict[str, Any]]


def sections(name: str) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / name).read_text("utf-8").splitlines():
        if line.startswith("[") and line.rstrip("]")[1:] and line.endswith("]") and "{" not in line:
            current = out.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("# "):
            current.append(line)
    return out


def generate(tracker: str, *, seed: int, training: int = 300, held_out: int = 300) -> World:
    """Issues of one tracker with labels in equal parts."""
    rng = random.Random(f"{tracker} {seed}")
    everything = sections("sentences.txt")
    seen = {name: rng.sample(lines, round(len(lines) * (1 - UNSEEN))) for name, lines in everything.items()}
    places = [line.split(" | ") for line in sections("places.txt")[tracker]]
    made = [
        [
            issue(rng, tables, places, tracker, LABELS[number % 3], f"{part}{number}")
            for number in range(count)
        ]
        for part, count, tables in (("t", training, seen), ("h", held_out, everything))
    ]
    for part in made:
        rng.shuffle(part)
    return World(*made)


def issue(
    rng: random.Random,
    tables: dict[str, list[str]],
    places: list[list[str]],
    tracker: str,
    label: str,
    name: str,
) -> dict[str, Any]:
    kind = rng.choice(LABELS) if rng.random() < HASTY else label
    components, doings, things, versions = places

    def filled(text: str) -> str:
        for slot, words in (("{c}", components), ("{v}", doings), ("{t}", things), ("{n}", versions)):
            text = text.replace(slot, rng.choice(words))
        return text

    if rng.random() < BARE_TITLE:
        title = filled(
            rng.choice(("{c} {t}", "{c}: {t}", "{t} in {c}", "{c} on {n}", "{v}: {t}", "{t} when {v}"))
        )
    else:
        title = filled(rng.choice(tables[f"{kind} title"]))
    if rng.random() < 0.3:
        title = title.lower()
    said = []
    for _ in range(rng.choices((0, 1, 2, 3, 5), (12, 22, 30, 24, 12))[0]):
        about = rng.choice(("any", *LABELS)) if rng.random() < STRAY else kind
        said.append(filled(rng.choice(tables[f"{about} body"])))
    log_share, code_share = {"bug": (0.3, 0.2), "feature": (0.03, 0.15), "question": (0.15, 0.3)}[kind]
    if rng.random() < log_share:
        said.append("\n" + filled(LOG) + "\n")
    if rng.random() < code_share:
        said.append("\n" + CODE.replace("{a}", rng.choice(things)) + "\n")
    paragraph = " ".join(said)
    form = rng.choices((*LABELS, ""), (*FORM[kind], 1 - sum(FORM[kind])))[0]
    body = paragraph
    if form:
        answer = ANSWERS[kind] if rng.random() < 0.8 else "Bug"
        body = filled(
            FORMS[tracker][form]
            .replace("{k}", answer)
            .replace("{s}", filled("{v}"))
            .replace("{p}", paragraph)
        )
    return {"id": name, "title": title[:1].upper() + title[1:], "body": body, "label": label}
