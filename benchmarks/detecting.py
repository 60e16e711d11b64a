"""Detection against detect-secrets and Presidio's pattern recognisers: over the same text, in the same run.

Texts and look-alikes come from `corpus.py`. Presidio is given the recognisers of the six types that both know, and no
language model. Each side takes the text as it likes it best: detect-secrets a file, the others one text at a time.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from corpus import Text, scores, texts
from measure import Row, in_turns

from rulewright.detection import make_detector

ROOT = Path(__file__).resolve().parent.parent
SHARED = ("email", "phone", "card", "iban", "ssn", "ip")
NAMES = {
    "EMAIL_ADDRESS": "email",
    "PHONE_NUMBER": "phone",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
}
HOSTILE = {
    "digits": "1234567890",
    "@": "a@",
    "dots": "1.",
    "base64": "QUJD+/",
    "words": "password=a ",
    "names": "password=",
    "quoted names": 'password="',
    "%41": "%41",
    "\\u0041": "\\u0041",
    "&#65;": "&#65;",
    "backslashes": "\\",
    "broken words": "wo\nrd",
    "joined literals": '"a"+',
    "prefixes": "ghp_",
    "broken prefixes": "ghp_\n",
    "headers": "eyJhbGciOiJub25lIn0.",
    "combining marks": "a\u0301",
}

Spans = list[tuple[str, int, int]]


def rows() -> Iterator[Row]:
    pages = [page.read_text("utf-8") for page in sorted((ROOT / "docs").rglob("*.md"))]
    some = [text.text for text in texts(1, 20)]
    # Prose with something in it here and there, as issues are: one text of the corpus after each kilobyte.
    prose = "\n\n".join(pages)
    parts = [
        f"{prose[at : at + 1000]}\n{some[number % len(some)]}\n"
        for number, at in enumerate(range(0, len(prose), 1000))
    ]
    whole = "".join(parts)
    size = len(whole.encode()) / 1e6
    ours, presidio = make_detector(), recognisers()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "issues.txt"
        file.write_text(whole, "utf-8")
        best = in_turns(
            {
                "ours": lambda: ours(whole),
                "presidio": lambda: [presidio(part) for part in parts],
                "detect-secrets": lambda: secrets_in(str(file)),
            },
            turns=3,
            warm=1,
        )
    for name, seconds in best.items():
        yield Row(f"{name}: {size:.2f} MB of issues", size / seconds, "MB/s")
    yield Row("speed ÷ detect-secrets", best["detect-secrets"] / best["ours"], "x", 20, "higher")
    yield Row("speed ÷ Presidio's recognisers", best["presidio"] / best["ours"], "x", 1, "higher")
    yield from quality(ours, presidio)
    yield from curve(ours)


def quality(ours: Callable[[str], tuple[object, ...]], presidio: Callable[[str], Spans]) -> Iterator[Row]:
    """F1 on the corpus for the types that both know: on sentences that hold something, and with all look-alikes."""
    corpus = list(texts(2, 100))
    known = [text for text in corpus if not text.spans or text.spans[0][0] in SHARED]
    for name, chosen in (("sentences", [t for t in known if t.spans]), ("with look-alikes", known)):
        mine = scores([(text, spans_of(ours, text)) for text in chosen])
        theirs = scores([(text, presidio(text.text)) for text in chosen])
        for kind in SHARED:
            title = f"{name}: F1 of {kind} (Presidio {theirs[kind][2]:.2f})"
            yield Row(title, mine[kind][2], "", theirs[kind][2], "higher")
        mean, other = (sum(each[kind][2] for kind in SHARED) / len(SHARED) for each in (mine, theirs))
        yield Row(f"{name}: mean F1 (Presidio {other:.2f})", mean, "", other, "higher")
    every = scores([(text, spans_of(ours, text)) for text in corpus])
    least = min(every, key=lambda kind: every[kind][2])
    yield Row(f"least F1 of {len(every)} types ({least})", every[least][2], "", 0.9, "higher")


def spans_of(run: Callable[[str], tuple[object, ...]], text: Text) -> Spans:
    return [(f.type, f.start, f.end) for f in run(text.text) if f.confidence >= 0.5]  # type: ignore[attr-defined]


def curve(run: Callable[[str], tuple[object, ...]]) -> Iterator[Row]:
    """How time grows with hostile text: ten times the text takes about ten times the time, not a hundred."""
    for name, unit in HOSTILE.items():
        seconds = []
        for size in (1_000, 10_000, 100_000, 1_000_000, 10_000_000):
            text = (unit * (size // len(unit) + 1))[:size]
            begin = time.perf_counter()
            run(text)
            seconds.append(time.perf_counter() - begin)
        shown = " ".join(f"{each * 1e3:.3g}" for each in seconds)
        yield Row(f"10 MB ÷ 1 MB of {name} (ms from 1 KB on: {shown})", seconds[-1] / seconds[-2], "x", 30)


def recognisers() -> Callable[[str], Spans]:
    """Presidio's pattern recognisers, called one by one."""
    os.environ.setdefault("TLDEXTRACT_CACHE", tempfile.mkdtemp())
    logging.disable(logging.CRITICAL)
    from presidio_analyzer import predefined_recognizers as known

    names = ("Email", "Phone", "CreditCard", "Iban", "UsSsn", "Ip")
    found = [getattr(known, f"{name}Recognizer")() for name in names]

    def run(text: str) -> Spans:
        return [
            (NAMES[one.entity_type], one.start, one.end)
            for each in found
            for one in each.analyze(text, each.supported_entities, None)
        ]

    return run


def secrets_in(file: str) -> object:
    """detect-secrets with its default plugins over a file."""
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    found = SecretsCollection()
    with default_settings():
        found.scan_file(file)
    return found
