"""Two small tables of general English and of what programmers abbreviate. No word of any one product stands here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

__all__ = ["SAME", "STOP", "joined"]

STOP: Final = frozenset(
    ["a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before", "being", "but", "by", "can", "could", "did", "do", "does", "doing", "down", "during", "each", "either", "else", "ever", "few", "for", "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "i", "if", "in", "into", "is", "it", "its", "itself", "just", "like", "may", "me", "might", "more", "most", "much", "must", "my", "myself", "no", "nor", "now", "of", "off", "on", "once", "only", "or", "other", "our", "ours", "out", "over", "own", "per", "same", "she", "should", "so", "some", "such", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "though", "through", "thus", "to", "too", "under", "until", "up", "upon", "us", "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "why", "will", "with", "within", "would", "yet", "you", "your", "yours", "ve", "ll", "re", "don", "doesn", "didn", "isn", "aren", "wasn", "won", "couldn", "shouldn", "wouldn", "hasn", "haven", "hadn"]
)
"""Words that say nothing about an issue. `not`, `without` and `cannot` do, and stay."""

ABBREVIATED: Final = """
    app apps: application
    args arg: argument
    auth: authentication
    autocomplete: auto completion
    btn: button
    cant: cannot
    config configs cfg conf: configuration
    ctx: context
    db: database
    deps dep: dependency
    dev: development
    dir dirs folder folders: directory
    doc docs: documentation
    env: environment
    err errs: error
    exec: execute
    failure failures: fail
    fs: filesystem
    func fn: function
    img: image
    impl: implementation
    info: information
    init: initialize
    initialise initialising initialised initialisation initialization: initialize
    lib libs: library
    max: maximum
    mem: memory
    min: minimum
    msg msgs: message
    nav: navigation
    nullpointerexception npe: null pointer exception
    num: number
    oom outofmemory: out memory
    param params: parameter
    perf: performance
    pic pics: picture
    pkg: package
    prefs pref: preference
    prod: production
    pwd passwd: password
    regex regexp: regular expression
    repo repos: repository
    req: request
    resp: response
    segfault sigsegv segv: segmentation fault
    startup startups: start
    bootup: boot
    sync: synchronize
    temp tmp: temporary
    var vars: variable
    ver: version
    win: windows
    colour: color
    behaviour: behavior
    """
"""Abbreviation or variant: the word that stands for it."""

SPLIT: Final = re.compile(
    r"\b(?:(log)(?:s|ged|ging)?|(sign)(?:s|ed|ing)?|(tim)(?:e|es|ed|ing)|(shut)(?:s|ting)?"
    r"|(start|boot)(?:s|ed|ing)?|(set)(?:s|ting)?|(roll)(?:s|ed|ing)?|(clean)(?:s|ed|ing)?)"
    r"[ -](in|out|up|down|back|off)\b",
    re.I,
)
"""Verbs that grow together with a particle, still apart: `logged out` is `logout`, `timed out` is `timeout`."""


def joined(text: str) -> str:
    """The text with verbs and their particles grown together."""
    return SPLIT.sub(grown, text)


def grown(found: re.Match[str]) -> str:
    verb = "".join(part for part in found.groups()[:-1] if part).lower()
    return f"{'time' if verb == 'tim' else verb}{found[9].lower()}"


def table() -> Mapping[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for line in ABBREVIATED.strip().splitlines():
        short, _, full = line.partition(":")
        out.update(dict.fromkeys(short.split(), tuple(full.split())))
    return out


SAME: Final = table()
"""A word in lower case → the words that are looked for in its stead."""
