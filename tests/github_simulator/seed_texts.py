"""What people write into issues: reports, requests and questions, put together from a seed."""

from __future__ import annotations

import random
from typing import NamedTuple

__all__ = ["SIZES", "Draft", "bug", "documentation", "question", "reworded", "wish"]

SIZES = ("xsmall", "small", "medium", "large", "epic")

PLACES = (
    "on startup",
    "when saving a chat",
    "after signing in",
    "during the nightly job",
    "on upload",
    "in search",
    "behind a proxy",
    "with two accounts",
    "on a slow network",
    "after an update",
)
PARTS = (
    "The app",
    "The chat window",
    "The worker",
    "The settings page",
    "The memory service",
    "The exporter",
    "The login form",
    "The scheduler",
    "The tray icon",
    "The vector store",
)
FAILURES = (
    ("crashes", "stops with an exception"),
    ("hangs", "never comes back"),
    ("loses data", "forgets what was entered"),
    ("shows the wrong date", "prints yesterday's date"),
    ("answers slowly", "takes more than ten seconds"),
    ("returns error 500", "fails with an internal error"),
    ("prints nothing", "leaves the screen empty"),
    ("asks twice", "repeats the same question"),
)
WISHES = (
    "dark mode",
    "an export to CSV",
    "keyboard shortcuts",
    "a quieter log",
    "a longer history",
    "offline use",
)
PAGES = ("installation", "configuration", "the REST API", "backups", "environments", "the command line")
TRACES = (
    'Traceback (most recent call last):\n  File "app/store.py", line {line}, in load\nStoreError: E{code}',
    "panic: runtime error: index out of range [{line}]\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:{line}",
    "TypeError: Cannot read properties of undefined (reading 'id')\n    at render (src/view.ts:{line}:{code})",
)


class Draft(NamedTuple):
    """An issue before it is opened. `topic`: what it is about, the same for those that repeat each other."""

    title: str
    body: str
    topic: tuple[str, ...]
    complete: bool = False


def bug(draw: random.Random) -> Draft:
    """A report with all, some or none of the required fields, in one of the three ways to write them."""
    part, place, failure = draw.choice(PARTS), draw.choice(PLACES), draw.choice(FAILURES)
    what = f"{part} {failure[0]} {place}"
    code = draw.randrange(100, 999)
    trace = draw.choice(TRACES).format(line=draw.randrange(10, 900), code=code)
    fields = {
        "Summary": f"{what}.",
        "Reproduction steps": f"1. Start version {draw.randrange(1, 5)}.{draw.randrange(10)}\n2. Wait\n\n"
        f"```\n{trace}\n```",
        "Expected behaviour": f"{part} works {place}.",
        "Actual behaviour": f"It {failure[1]}, with code {code}.",
        "Size estimate": draw.choice(SIZES),
    }
    complete = draw.random() < 0.4
    if not complete:
        for name in draw.sample(list(fields), draw.randrange(1, 4)):
            del fields[name]
    title = draw.choice(
        (what, f"[P{draw.randrange(4)}] {what}", f"[High Priority] {what}", f"Bug: {what.lower()}")
    )
    return Draft(title, _written(draw, fields), (part, place, failure[0], str(code)), complete)


def _written(draw: random.Random, fields: dict[str, str]) -> str:
    style = draw.randrange(3)
    if style == 0:
        return "\n".join(f"{name}: {' '.join(text.split())}" for name, text in fields.items())
    mark = "###" if style == 1 else draw.choice(("#", "##"))
    return "\n\n".join(f"{mark} {name}\n\n{text}" for name, text in fields.items())


def reworded(draw: random.Random, topic: tuple[str, ...]) -> Draft:
    """The same bug, told by somebody else."""
    part, place, failure, code = topic
    meaning = next(one[1] for one in FAILURES if one[0] == failure)
    title = draw.choice((f"{part} {meaning} {place}", f"{place.capitalize()}: {part.lower()} {failure}"))
    return Draft(
        title,
        f"Since the update {part.lower()} {meaning} {place}. It {failure} every time, code {code}.",
        topic,
    )


def wish(draw: random.Random) -> Draft:
    what = draw.choice(WISHES)
    body = f"It would help us to have {what}.\n\nSize estimate: {draw.choice(SIZES)}"
    return Draft(f"Enhancement request for {what}", body, ("wish", what))


def question(draw: random.Random) -> Draft:
    page = draw.choice(PAGES)
    return Draft(
        f"How does {page} work?", f"I read the page on {page} twice. What am I missing?", ("ask", page)
    )


def documentation(draw: random.Random) -> Draft:
    page = draw.choice(PAGES)
    return Draft(f"Docs: {page} is out of date", f"The page on {page} names an old flag.", ("docs", page))
