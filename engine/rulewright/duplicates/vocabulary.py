"""Two small tables of general English and of what programmers abbreviate. No word of any one product stands here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

STOPS: Final = (
    "a about after again all also am an and any are as at be because been before being but by can could did do "
    "does doing down during each either else ever few for from further had has have having he her here hers him "
    "his how i if in into is it its itself just like may me might more most much must my myself no nor now of "
    "off on once only or other our ours out over own per same she should so some such than that the their them "
    "then there these they this those though through thus to too under until up upon us very was we were what "
    "when where which while who whom why will with within would yet you your yours ve ll re don doesn didn isn "
    "aren wasn won couldn shouldn wouldn hasn haven hadn"
)
STOP: Final = frozenset(STOPS.split())
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

VERBS: Final[Mapping[str, str]] = {
    form: verb
    for verb, forms in {
        "log": "log logs logged logging",
        "sign": "sign signs signed signing",
        "time": "time times timed timing",
        "shut": "shut shuts shutting",
        "start": "start starts started starting",
        "boot": "boot boots booted booting",
        "set": "set sets setting",
        "roll": "roll rolls rolled rolling",
        "clean": "clean cleans cleaned cleaning",
    }.items()
    for form in forms.split()
}
"""Forms of verbs that grow together with a particle: `logged out` is `logout`, `timed out` is `timeout`."""

PARTICLES: Final = frozenset({"in", "out", "up", "down", "back", "off", "on"})


def table() -> Mapping[str, tuple[str, ...]]:
    out: dict[str, tuple[str, ...]] = {}
    for line in ABBREVIATED.strip().splitlines():
        short, _, full = line.partition(":")
        out.update(dict.fromkeys(short.split(), tuple(full.split())))
    return out


SAME: Final = table()
"""A word in lower case → the words that are looked for in its stead."""
