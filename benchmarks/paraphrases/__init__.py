"""Reports made up from tables: paraphrases of one incident, and alike reports of others. Seeded, so repeatable.

    corpus = generate("held_out", seed=7, incidents=400)

An incident is a component, a symptom, a trigger and a value. Its reports say it in other words, in another form
(prose, headings, a log with a stack trace), by another person. For most incidents there are hard negatives: the
same component with another symptom, the same symptom in another component, all the same but for the value. What is
opened again and again, such as the notes of a weekly meeting, is never the same: its title names the day or a number.

The tables of the two splits share no component, no symptom, no trigger, no value and no heading.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["Corpus", "filler", "generate", "tables"]

START = datetime(2024, 1, 1, tzinfo=UTC)


class Incident(NamedTuple):
    """Places in the tables."""

    component: int
    symptom: int
    trigger: int
    value: tuple[int, int]


class Recurring(NamedTuple):
    """Of what recurs: its place in the table, and which time it is."""

    series: int
    time: int


class Corpus(NamedTuple):
    """`issues` in the order of their creation; `same`: id → the incident it reports."""

    issues: tuple[dict[str, Any], ...]
    same: dict[int, Incident | Recurring]

    def earlier(self, number: int) -> set[int]:
        """The earlier reports of the same incident."""
        return {
            other for other, incident in self.same.items() if other < number and incident == self.same[number]
        }


def tables(split: str) -> dict[str, list[list[str]]]:
    """Section → lines → wordings."""
    out: dict[str, list[list[str]]] = {}
    for line in (Path(__file__).parent / f"{split}.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            section = out.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("# "):
            section.append(line.split(" | "))
    return out


def generate(split: str, *, seed: int, incidents: int = 400, every: float = 3600.0) -> Corpus:
    """Reports of `incidents` incidents and of those that look alike, `every` seconds one."""
    rng = random.Random(f"{split} {seed}")
    world = tables(split)
    wanted: list[Incident | Recurring] = []
    for _ in range(incidents):
        one = incident(rng, world)
        # Most issues are reported once.
        wanted += [one] * rng.choices((1, 2, 3, 4), (50, 32, 12, 6))[0]
        if rng.random() < 0.75:
            wanted += rng.sample(neighbours(rng, world, one), rng.randint(1, 3))
    series = len(world["recurring"])
    wanted += [Recurring(number % series, number // series) for number in range(incidents // 10)]
    rng.shuffle(wanted)
    issues, same = [], {}
    for number, one in enumerate(wanted, 1):
        issues.append(report(rng, world, one, number, every))
        same[number] = one
    return Corpus(tuple(issues), same)


def incident(rng: random.Random, world: dict[str, list[list[str]]]) -> Incident:
    kind = rng.randrange(len(world["values"]))
    return Incident(
        rng.randrange(len(world["components"])),
        rng.randrange(len(world["symptoms"])),
        rng.randrange(len(world["triggers"])),
        (kind, rng.randrange(len(world["values"][kind]))),
    )


def neighbours(rng: random.Random, world: dict[str, list[list[str]]], one: Incident) -> list[Incident]:
    """Alike and not the same."""
    kind, value = one.value
    return [
        one._replace(symptom=other(rng, len(world["symptoms"]), one.symptom)),
        one._replace(component=other(rng, len(world["components"]), one.component)),
        one._replace(value=(kind, other(rng, len(world["values"][kind]), value))),
        one._replace(trigger=other(rng, len(world["triggers"]), one.trigger)),
    ]


def other(rng: random.Random, count: int, than: int) -> int:
    return (than + rng.randrange(1, count)) % count


class Words(NamedTuple):
    """One choice of wordings for an incident."""

    component: str
    symptom: str
    trigger: str
    value: str
    name: str
    file: str


def wordings(rng: random.Random, world: dict[str, list[list[str]]], one: Incident) -> Words:
    names = world["components"][one.component]
    return Words(
        rng.choice(names[:2] if rng.random() < 0.85 else names[2:3]),
        rng.choice(world["symptoms"][one.symptom]),
        rng.choice(world["triggers"][one.trigger]),
        rng.choice(QUOTES).format(world["values"][one.value[0]][one.value[1]]),
        names[2],
        names[3],
    )


def report(
    rng: random.Random,
    world: dict[str, list[list[str]]],
    one: Incident | Recurring,
    number: int,
    every: float,
) -> dict[str, Any]:
    created = START + timedelta(seconds=every * number + rng.randrange(60))
    title, body = write_recurring(world, one) if isinstance(one, Recurring) else told(rng, world, one)
    return {
        "id": number,
        "title": slip(rng, title[:1].upper() + title[1:]),
        "body": slip(rng, body),
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def write_recurring(world: dict[str, list[list[str]]], one: Recurring) -> tuple[str, str]:
    """Title and body: the same every time but for the day, the week or the number."""
    title, body = world["recurring"][one.series]
    day = START + timedelta(days=7 * one.time + one.series)
    forms = (
        f"{day:%Y-%m-%d}",
        f"{day.day} {day:%B %Y}",
        f"{day:%G-W%V}",
        str(one.time + 1),
        f"{day:%b} {day.day}",
    )
    return title.replace("%", forms[one.series % len(forms)]), body


def told(rng: random.Random, world: dict[str, list[list[str]]], one: Incident) -> tuple[str, str]:
    """Title and body of a report of an incident."""
    # Some report twice, or paste what they saw elsewhere: the wording is the incident's own then.
    copied = random.Random(repr(one)) if rng.random() < 0.3 else rng
    words = wordings(copied, world, one)
    title = copied.choice(TITLES)(words)
    said = wordings(copied, world, one)
    body = rng.choice(BODIES)(rng, world, said)
    if rng.random() < 0.3:
        body = f"{body}\n\n{trace(rng, said, one)}"
    if rng.random() < 0.2:
        # Several causes end in one code, so a code alone proves nothing.
        codes = world["codes"]
        body = f"{body}\n\n{codes[(one.component * 7 + one.symptom) % len(codes)][0]}"
    if rng.random() < 0.25:
        body = f"{body}\n\n{log(rng, world, rng.randint(3, 25))}"
    return title, body


QUOTES = (*["{}"] * 6, "'{}'", "`{}`", '"{}"')
"""How people write a value: most as it is."""

TITLES: tuple[Callable[[Words], str], ...] = (
    lambda w: f"{w.component} {w.symptom} {w.trigger} ({w.value})",
    lambda w: f"{w.component}: {w.symptom} {w.trigger}, {w.value}",
    lambda w: f"[{w.name}] {w.symptom} {w.trigger} {w.value}",
    lambda w: f"{w.trigger}, {w.component} {w.symptom}",
    lambda w: f"{w.symptom} in {w.component} with {w.value}",
    lambda w: f"{w.component} {w.symptom} {w.trigger}",
)


def prose(rng: random.Random, world: dict[str, list[list[str]]], w: Words) -> str:
    said = [
        rng.choice(
            (
                f"The {w.component} {w.symptom} {w.trigger}. I use {w.value}.",
                f"{w.trigger.capitalize()} I see this with {w.value}: {w.component} {w.symptom}.",
                f"Problem with the {w.component} and {w.value}: {w.symptom}. It happens {w.trigger}.",
            )
        )
    ]
    said += [line[0] for line in rng.sample(world["chatter"], rng.randint(1, 4))]
    rng.shuffle(said)
    return " ".join(said)


def headed(rng: random.Random, world: dict[str, list[list[str]]], w: Words) -> str:
    heads = [line[0] for line in world["headings"]]
    system = rng.choice(world["systems"])[0]
    return (
        f"{heads[0]}\n1. use {w.component} with {w.value}\n2. wait {w.trigger}\n\n{heads[1]}\n{w.symptom}\n\n"
        f"{heads[2]}\nit should work\n\n{heads[3]}\n{system}, version {rng.randint(1, 9)}.{rng.randint(0, 20)}"
    )


def terse(rng: random.Random, world: dict[str, list[list[str]]], w: Words) -> str:
    return f"{w.symptom}, {w.value}. {rng.choice(world['chatter'])[0]}"


BODIES = (prose, prose, headed, terse)


def trace(rng: random.Random, w: Words, one: Incident) -> str:
    """A stack trace: its functions are the incident's, its lines and addresses the build's."""
    own = random.Random(repr(one))
    functions = [f"{own.choice(VERBS)}{own.choice(NOUNS)}" for _ in range(4)]
    if w.file.endswith(".java"):
        frames = [f"\tat org.acme.{w.name}.{f}({w.file}:{rng.randint(20, 900)})" for f in functions]
        frames.append("\tat java.lang.Thread.run(Thread.java:748)")
        return "\n".join(["java.lang.IllegalStateException", *frames])
    frames = [
        f"#{n} 0x{rng.getrandbits(40):012x} in {w.name}::{f} (this=0x{rng.getrandbits(32):x})"
        f" at {w.file}:{rng.randint(20, 900)}"
        for n, f in enumerate(functions)
    ]
    return "\n".join(
        [*frames, f"#4 0x{rng.getrandbits(40):012x} in main () at main.cpp:{rng.randint(20, 90)}"]
    )


VERBS = ("load", "store", "update", "paint", "flush", "resolve", "append", "merge", "open", "apply")
NOUNS = ("Entry", "Buffer", "State", "Node", "Range", "Header", "Cursor", "Page", "Record", "Lock")


def log(rng: random.Random, world: dict[str, list[list[str]]], lines: int) -> str:
    out = []
    for _ in range(lines):
        line = rng.choice(world["log"])[0]
        while "%" in line:
            line = line.replace("%d", str(rng.randint(1, 28)), 1) if "%d" in line else line
            line = line.replace("%x", f"{rng.getrandbits(40):010x}", 1)
        out.append(line)
    return "\n".join(out)


def slip(rng: random.Random, text: str) -> str:
    """Now and then two letters change places."""
    if len(text) < 12 or rng.random() > 0.15:
        return text
    at = rng.randrange(2, len(text) - 3)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :] if text[at : at + 2].isalpha() else text


def filler(count: int, *, seed: int, first: int = 1, words: int = 120) -> Iterator[dict[str, Any]]:
    """Issues of random words with a natural distribution (Zipf), to fill an index up to `count`."""
    rng = random.Random(f"filler {seed}")
    letters = "aeioubcdfghlmnprstv"
    vocabulary = ["".join(rng.choices(letters, k=rng.randint(3, 10))) for _ in range(60_000)]
    weights = [0.0]
    for rank in range(1, len(vocabulary) + 1):
        weights.append(weights[-1] + 1 / rank)
    cumulative = weights[1:]
    for number in range(first, first + count):
        some = rng.choices(vocabulary, cum_weights=cumulative, k=rng.randint(words // 3, words * 5 // 3) + 8)
        created = START + timedelta(seconds=300.0 * number)
        yield {
            "id": number,
            "title": " ".join(some[:8]),
            "body": " ".join(some[8:]),
            "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
