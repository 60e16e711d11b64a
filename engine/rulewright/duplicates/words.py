"""Tokenisation of text: stemmed words, identifiers whole and in parts.

    "NameNode fails to start: dfs.name.dir missing" →
        namenod name node fail start dfs_name_dir dfs name directori miss

A term is letters, digits and `_`, in lower case. Stemming is Snowball's for English; words of other languages
pass it nearly unchanged, and scripts without spaces become pairs of characters.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache, lru_cache
from itertools import chain, filterfalse
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from rulewright.duplicates.error_signatures import error_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST: Final = 32_768
"""Characters of a text that are read; what follows is a log more often than not."""
MOST_TERMS: Final = 1_200
"""Terms kept of one text."""
LONGEST_WHOLE: Final = 64
REMEMBERED: Final = 400_000
"""Distinct words whose terms are remembered before all are forgotten: a bound on memory, about 80 MB."""

CHUNK: Final = re.compile(r"\w+(?:[.\-/\\:$]+\w+)*")
PART: Final = re.compile(r"[^\W_]+")
HUMP: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
COMMENT: Final = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
HEX: Final = re.compile(r"0x[0-9a-f]+\Z|[0-9a-f]{8,}\Z", re.I)
LINE: Final = re.compile(r":[0-9:]+\Z")
NUMERIC: Final = re.compile(r"[0-9][0-9_.\-/\\:$TZ]*\Z")
UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u3005\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""A character of a script that is written without spaces, or, as Korean, with endings that no stemmer here knows."""
SCRIPTS: Final = re.compile(rf"{UNSPACED.pattern}+|[^\W_]+?(?={UNSPACED.pattern}|\Z)")
"""The runs of a word in scripts without spaces, and what stands between them: `Chrome浏览器` is Chrome and 浏览器."""

VOICING: Final = "\u3099\u309a"
"""The marks that make か to が, and は to ぱ."""
JOINTS: Final = ".-/\\:$"
"""What holds the parts of an identifier, a path or a version together."""
BLANKED: Final = "".join(
    one if one.isalnum() or one == "_" or one in JOINTS else " " for one in map(chr, range(128))
)
"""For `str.translate`: every ASCII character that stands in no chunk becomes a space."""

_VOCABULARY: Final = json.loads(Path(__file__).with_name("vocabulary.json").read_text("utf-8"))
"""General English and what programmers abbreviate; no word of any one product."""
STOP: Final[frozenset[str]] = frozenset(" ".join(_VOCABULARY["stop"]).split())
"""Words that say nothing about an issue. `not`, `without` and `cannot` do, and stay."""
SAME: Final[dict[str, tuple[str, ...]]] = {
    word: tuple(meant.split()) for words, meant in _VOCABULARY["same"].items() for word in words.split()
}
"""Abbreviation or variant, in lower case → the words that are looked for in its stead."""
VERBS: Final[dict[str, str]] = {
    form: verb for verb, forms in _VOCABULARY["verbs"].items() for form in forms.split()
}
"""Forms of verbs that grow together with a particle: `logged out` is `logout`, `timed out` is `timeout`."""
PARTICLES: Final[frozenset[str]] = frozenset(_VOCABULARY["particles"])

_terms_of_chunk: dict[str, tuple[str, ...]] = {}
_codes_of_chunk: dict[str, str] = {}
_verb_chunks: dict[str, str] = {}
_particle_chunks: dict[str, str] = {}


class ReadWords(NamedTuple):
    """`terms` in their order, with repetitions; `codes`: names of exceptions and error codes, each once."""

    terms: list[str]
    codes: list[str]


def terms(text: str) -> list[str]:
    """The terms of a text in their order, with repetitions."""
    return read_words(text).terms


def read_words(text: str) -> ReadWords:
    """The terms and codes of a text."""
    text = text[:LONGEST]
    if not text.isascii():
        text = strip_accents(text)
    if "<!--" in text:
        text = COMMENT.sub(" ", text)
    # What the expression finds in plain ASCII, at a fifth of the time; joints at either end are left on.
    chunks: list[str] = text.translate(BLANKED).split() if text.isascii() else CHUNK.findall(text)
    found = _look_up(chunks)
    if not (_verb_chunks.keys().isdisjoint(chunks) or _particle_chunks.keys().isdisjoint(chunks)):
        _join_particles(chunks, found)
    codes: list[str] = []
    if not _codes_of_chunk.keys().isdisjoint(chunks):
        codes = sorted({_codes_of_chunk[chunk] for chunk in chunks if chunk in _codes_of_chunk})
    return ReadWords(list(chain.from_iterable(found))[:MOST_TERMS], codes)


def _look_up(chunks: list[str]) -> list[tuple[str, ...]]:
    """The terms of each chunk; those that are not remembered are read first."""
    if len(_terms_of_chunk) > REMEMBERED:
        for memory in (_terms_of_chunk, _codes_of_chunk, _verb_chunks, _particle_chunks):
            memory.clear()
    try:
        return list(map(_terms_of_chunk.__getitem__, chunks))
    except KeyError:
        for chunk in chunks:
            if chunk not in _terms_of_chunk:
                _remember(chunk)
        return list(map(_terms_of_chunk.__getitem__, chunks))


def _remember(chunk: str) -> None:
    """Keep what a chunk gives: its terms, its code, its part in a verb of two words."""
    bare = chunk.strip(JOINTS)
    found: tuple[str, ...] = ()
    if bare.isalpha() and bare.isascii() and (bare.islower() or bare[1:].islower()):
        found = word_terms(bare)
    elif bare:
        found = expand_chunk(bare)
        code = error_code(bare)
        if code is not None:
            _codes_of_chunk[chunk] = code
    verb = VERBS.get(bare.lower())
    if verb is not None:
        _verb_chunks[chunk] = verb
    if bare in PARTICLES:
        _particle_chunks[chunk] = bare
    _terms_of_chunk[chunk] = found


def _join_particles(chunks: list[str], found: list[tuple[str, ...]]) -> None:
    """`log in` and `login` are one word, and so are `timed out` and `timeout`: put the one for the other."""
    verb, at = None, 0
    for place, chunk in enumerate(chunks):
        if verb is not None and chunk in _particle_chunks:
            whole = verb + _particle_chunks[chunk]
            if whole not in _terms_of_chunk:
                _remember(whole)
            found[at] = _terms_of_chunk[whole]
        if chunk in _verb_chunks:
            verb, at = _verb_chunks[chunk], place
        elif chunk.strip(JOINTS):
            verb = None


def first_spellings(text: str) -> dict[str, str]:
    """Term → how the text writes it first: the part of an identifier that the term stands for, not the whole.

    Without scripts that have no spaces: their terms are pairs of characters, and no words.
    """
    out: dict[str, str] = {}
    for chunk in CHUNK.findall(text):
        spaced = [chunk]
        if UNSPACED.search(chunk):
            runs = chain.from_iterable(map(SCRIPTS.findall, PART.findall(chunk)))
            spaced = [run for run in runs if not UNSPACED.match(run)]
        for piece in chain.from_iterable(map(_pieces, spaced)):
            found = expand_chunk(strip_accents(piece))
            # Of a compound, the first term is the whole.
            for term in found[:1] if len(_pieces(piece)) > 1 else found:
                out.setdefault(term, piece)
    return out


def _pieces(chunk: str) -> list[str]:
    """The identifier, its parts, and their words, each once: `DFSClient.close` → it, DFSClient, DFS, Client, close."""
    parts = PART.findall(chunk)
    return list(dict.fromkeys((chunk, *parts, *chain.from_iterable(map(split_identifier, parts)))))


def strip_accents(text: str) -> str:
    """Compatible forms made one, accents taken off: `ﬁle` is `file`, `é` is `e`. `が` and `か` stay two letters."""
    apart = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", "".join(filterfalse(_is_accent, apart)))


def _is_accent(one: str) -> bool:
    return unicodedata.combining(one) > 0 and one not in VOICING


def expand_chunk(chunk: str) -> tuple[str, ...]:
    """The terms of one identifier, number or path, or of any word."""
    if NUMERIC.match(chunk):
        return number_terms(chunk)
    if HEX.match(chunk) and not chunk.isalpha():
        return ()
    # `Server.java:123` names the file; the line moves with every release.
    chunk = LINE.sub("", chunk)
    if not chunk.isascii() and UNSPACED.search(chunk):
        return tuple(term for part in PART.findall(chunk) for term in _expand_scripts(part))
    return tuple(_expand_parts(PART.findall(chunk), len(chunk)))


def _expand_scripts(part: str) -> Iterator[str]:
    """The terms of a part that has characters of a script without spaces."""
    for run in SCRIPTS.findall(part):
        yield from character_pairs(run.lower()) if UNSPACED.match(run) else expand_chunk(run)


def _expand_parts(parts: list[str], size: int) -> list[str]:
    """The terms of the parts of an identifier of `size` characters: the whole, its compound parts, each word."""
    words = 0
    out: list[str] = []
    for part in parts:
        own = split_identifier(part)
        words += len(own)
        if len(own) > 1 and len(parts) > 1 and len(part) <= LONGEST_WHOLE:
            out.append(stem(part.lower()))
        out += chain.from_iterable(map(word_terms, own))
    whole = "_".join(parts).lower()
    if words > 1 and size <= LONGEST_WHOLE and whole not in out:
        out.insert(0, stem(whole) if whole.isalpha() else whole)
    return out


def split_identifier(part: str) -> list[str]:
    """`DFSClient` → DFS, Client; `utf8` stays one word, as does a word of hexadecimal digits."""
    if part.islower() or part.isupper() or not part.isascii() or HEX.match(part):
        return [part]
    humps = HUMP.findall(part)
    # Digits belong to the letters before them: `v2`, `sha256`, `Log4j`.
    joined: list[str] = []
    for hump in humps:
        if joined and (hump.isdigit() or joined[-1][-1].isdigit()):
            joined[-1] += hump
        else:
            joined.append(hump)
    return joined if len(joined) > 1 else [part]


def word_terms(word: str) -> tuple[str, ...]:
    low = word.lower()
    if low in STOP or len(low) > LONGEST_WHOLE:
        return ()
    if low.isascii():
        if len(low) == 1:
            return ()
        if low.isalpha():
            same = SAME.get(low)
            return (stem(low),) if same is None else tuple(map(stem, same))
        if HEX.match(low):
            return ()
    if low.isdigit():
        return number_terms(low)
    return (low,)


def number_terms(chunk: str) -> tuple[str, ...]:
    """A short number or a version stays; a date, a time, a long number says nothing about what went wrong."""
    if chunk.isdigit():
        return (chunk,) if len(chunk) <= 6 else ()
    if set(chunk) <= set("0123456789.") and len(chunk) <= 16:
        return (chunk.replace(".", "_"),)
    return ()


def character_pairs(part: str) -> list[str]:
    return [part] if len(part) < 2 else [part[at : at + 2] for at in range(len(part) - 1)]


@cache
def _stemmer() -> Callable[[str], str]:
    from Stemmer import Stemmer

    # The library's own cache is off: `stem` remembers.
    stem_word: Callable[[str], str] = Stemmer("english", 0).stemWord
    return stem_word


@lru_cache(100_000)
def stem(word: str) -> str:
    """The word without its ending; what is no English word comes back as it is."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    return _stemmer()(word)
