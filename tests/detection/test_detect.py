"""What is found where, text by text, and what must hold for every text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulewright.actions.masked_text import mask_text
from rulewright.detection import CERTAIN, TYPES, detect, make_detector
from rulewright.detection.detector import MOST, PERSONAL, SECRET
from rulewright.policy.diagnostics import UsageError
from rulewright.program.pattern import PatternError

CASES = Path(__file__).with_name("cases.yaml")


def cases() -> list[dict]:
    from ruamel.yaml import YAML

    # YAML has no half a surrogate pair, so that one is put in afterwards.
    read = YAML(typ="safe", pure=True).load(CASES.read_text("utf-8"))
    return [json.loads(json.dumps(case).replace("HALF", "\\ud800")) for case in read]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case["id"])
def test_a_text(case, run):
    text = case["text"]
    found: dict[str, dict[str, list[str]]] = {"finds": {}, "suspected": {}}
    for one in run(text):
        tier = "finds" if one.confidence >= CERTAIN else "suspected"
        found[tier].setdefault(one.type, []).append(text[one.start : one.end])
    assert found == {"finds": case.get("finds", {}), "suspected": case.get("suspected", {})}


def test_every_type_belongs_to_a_family():
    assert frozenset().union(*(types for types, _ in (*PERSONAL, *SECRET))) == frozenset(TYPES)


def test_types_choose():
    text = "mona@octo.dev, ping 8.8.4.4"
    assert [found.type for found in detect(text, types=["ip"])] == ["ip"]
    assert [found.type for found in detect(text, types=["secrets"])] == []
    assert [found.type for found in detect(text, types=["personal"])] == ["email", "ip"]


def test_an_unknown_type_is_told():
    with pytest.raises(UsageError, match="emial") as raised:
        detect("", types=["emial"])
    assert raised.value.hint == "did you mean `email`?"


def test_own_patterns():
    text = "\U0001f600 EMP-123456 and EMP-1"
    (found,) = detect(text, types=["email"], patterns={"employee": r"\bEMP-[0-9]{6}\b"})
    assert (found.type, text[found.start : found.end]) == ("employee", "EMP-123456")
    assert detect(text, types=["email"], patterns=[("none", "x*")]) == ()
    with pytest.raises(PatternError, match="look-around"):
        detect("", patterns={"x": "(?=y)"})


def test_own_patterns_are_bounded():
    assert len(detect("ab " * (MOST + 5), types=["ip"], patterns={"ab": "ab"})) == MOST


@pytest.mark.parametrize(
    ("allow", "left"),
    [
        ([], ["mona@octo.dev", "hubot@mail.octo.dev", "415-867-5309", "8.8.4.4"]),
        (["octo.dev"], ["415-867-5309", "8.8.4.4"]),
        (["@OCTO.dev"], ["415-867-5309", "8.8.4.4"]),
        (["mail.octo.dev"], ["mona@octo.dev", "415-867-5309", "8.8.4.4"]),
        (["mona@*"], ["hubot@mail.octo.dev", "415-867-5309", "8.8.4.4"]),
        (["(415) 867 5309", "8.8.4.4"], ["mona@octo.dev", "hubot@mail.octo.dev"]),
        (["dev"], ["mona@octo.dev", "hubot@mail.octo.dev", "415-867-5309", "8.8.4.4"]),
    ],
)
def test_allowed(allow, left):
    text = "mona@octo.dev hubot@mail.octo.dev call 415-867-5309, ping 8.8.4.4"
    assert [text[found.start : found.end] for found in detect(text, allow=allow)] == left


def test_a_glob_of_too_many_is_told():
    with pytest.raises(UsageError, match="cannot be an exception"):
        detect("", allow=["{a,b}" * 9 + "*"])


def test_the_whole_key_block_is_one_finding(corpus):
    import random

    block = corpus.pem(random.Random(1))
    for text in (block, block.replace("\n", "\\n"), block.replace("\n", "\n    "), block.rpartition("\n")[0]):
        (found,) = detect(f"key: '{text}' mona@octo.dev"[: len(text) + 6])
        assert found.type == "private_key"
        assert found.start == 6
    assert detect("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----") == ()


def test_a_token_without_its_checksum_is_only_suspected(corpus):
    import random

    token = corpus.checked("ghp_", random.Random(1))
    other = token[:-1] + ("0" if token[-1] != "0" else "1")
    assert [found.confidence >= CERTAIN for found in detect(f"{token} {other}")] == [True, False]


def test_zero_width_inside_a_token(corpus):
    import random

    token = corpus.checked("ghp_", random.Random(2))
    split = f"\U0001f600 {token[:9]}\u200b{token[9:]} x"
    (found,) = detect(split)
    assert split[found.start : found.end].replace("\u200b", "") == token


SIGNS = st.text(
    st.sampled_from("aA1９2345 -.@:/+()=\"'\n\u200b\xa0é\U0001f600\ud800_?") | st.characters(), max_size=200
)


@settings(max_examples=200)
@given(before=SIGNS, after=SIGNS)
def test_findings_are_places_of_the_text(before, after):
    text = f"{before} mona@octo.dev {after}"
    end = 0
    for found in detect(text):
        assert end <= found.start < found.end <= len(text)
        assert 0 < found.confidence <= 1
        assert found.type in TYPES
        end = found.end


@settings(max_examples=100)
@given(before=st.text(max_size=60))
def test_what_stands_before_moves_the_offsets_only(before):
    text = f"{before} \n\n mona@octo.dev"
    last = detect(text, types=["email"])[-1]
    assert text[last.start : last.end] == "mona@octo.dev"


def test_a_masked_text_is_clean(corpus, run):
    for text in corpus.texts(5, 8):
        found = [one for one in run(text.text) if one.confidence >= CERTAIN]
        again = [one for one in run(mask_text(text.text, found)) if one.confidence >= CERTAIN]
        assert again == [], text.name


def test_one_detector_serves_many_texts():
    run = make_detector(types=["email"])
    assert [len(run(text)) for text in ("mona@octo.dev", "", "a@b.dev c@d.dev")] == [1, 0, 2]
