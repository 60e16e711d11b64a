"""Tokens where they stand: parts of other words, over two lines, samples of documentation, JSON web tokens, keys."""

from __future__ import annotations

import base64
import json
import random

import pytest

from rulewright.detection import CERTAIN, detect
from rulewright.detection.placeholders import is_name, is_path, is_sample, is_sequence, is_words
from rulewright.detection.token_forms import checksum
from rulewright.detection.wrapped_lines import join_around, join_lines

pytestmark = pytest.mark.slow

ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def pick(size: int, seed: int = 1, signs: str = ALNUM) -> str:
    return "".join(random.Random(seed).choices(signs, k=size))


BODY = pick(30)
GITHUB = f"ghp_{BODY}{checksum(BODY)}"
OPEN = f"sk-ant-oat01-{pick(60)}7Q"


def masked(text: str) -> list[str]:
    return [text[f.start : f.end] for f in detect(text, types=["secrets"]) if f.confidence >= CERTAIN]


@pytest.mark.parametrize("before", ["x", "MY_", "_", "-", "/", "=", '"', "task", "3D", "\\n", "\x1b[1m"])
@pytest.mark.parametrize("after", ["", "_", " ", ".", '"', "%26", "\\n", "\x1b[0m", ")", "-"])
def test_a_distinctive_prefix_needs_no_boundary(before, after):
    assert masked(f"a {before}{GITHUB}{after} b") == [GITHUB]


def test_a_token_that_goes_on_is_none():
    assert [f.confidence for f in detect(f"{GITHUB}x") if f.confidence >= CERTAIN] == []
    key = f"AIza{pick(35)}"
    assert masked(f"{key} {key}x x{key}") == [key]


def test_a_token_inside_what_only_began_as_one():
    assert masked(f"key-{GITHUB} npm_{GITHUB} sk-{GITHUB}") == [GITHUB] * 3


@pytest.mark.parametrize("wrap", ["\n", "\r\n", "\n> ", "\n    ", " \\\n", "\n# "])
@pytest.mark.parametrize("at", [6, 10, 20, 39])
def test_a_line_break_hides_no_part(wrap, at):
    text = f"it says\n{GITHUB[:at]}{wrap}{GITHUB[at:]}\nand stops"
    (found,) = masked(text)
    assert "".join(found.replace("\\", "").replace("> ", "").replace("# ", "").split()) == GITHUB


def test_a_token_over_three_lines():
    text = f"{OPEN[:25]}\n{OPEN[25:50]}\n{OPEN[50:]}"
    assert masked(f"{text}\nThanks") == [text]


@pytest.mark.parametrize(
    "following", ["Thanks for reading", "OPENAI_KEY=1", "- next", "key: x", GITHUB, "1. one", "or so"]
)
def test_the_next_line_is_no_part_of_a_token(following):
    assert masked(f"{OPEN}\n{following}")[0] == OPEN


def test_joined_lines_know_their_places():
    data = b"see ab1\n> cd2 end"
    joined = join_lines(data, 4, 4, len(data), lambda chunk: None)
    assert joined is not None
    assert joined.data == b"ab1cd2"
    assert [data[joined.at(at) : joined.at(at) + 1] for at in range(6)] == [
        b"a",
        b"b",
        b"1",
        b"c",
        b"d",
        b"2",
    ]
    assert [at for at in range(7) if joined.is_border(at)] == [0, 3]
    assert join_lines(b"no break", 0, 0, 8, lambda chunk: None) is None
    around = join_around(b"x ab\ncd.mid.ef\ngh y", 7, 5)
    assert around is not None
    assert around.data == b"abcd.mid.efgh"
    assert join_around(b"ab.mid.cd", 2, 5) is None


@pytest.mark.parametrize(
    "text",
    [
        "AKIAIOSFODNN7" + "EXAMPLE",
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
        "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "sk_test_" + "BQokikJOvBiI2HlWgH4olfQ2",
        "AIza" + "SyDaGmWKa4JsXZ-HjGw7ISLn_3namBGewQe",
        "110201543:" + "AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw",
        "MTk4NjIyNDgzNDcxOTI1MjQ4." + "Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs",
        "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "ghp_" + "x" * 36,
        "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
        "glpat-" + "your-token-goes-here1",
        "xoxb-not-a-real-token-this-will-not-work",
        "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
    ],
)
def test_published_samples_are_not_masked(text):
    assert masked(text) == []


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


SIGNED = f"{part({'alg': 'HS256'})}.{part({'sub': 'mona'})}.{pick(43)}"
UNSIGNED = f"{part({'alg': 'none'})}.{part({'sub': 'mona'})}"


@pytest.mark.parametrize(
    ("text", "token"),
    [
        (f"x {SIGNED}.", SIGNED),
        (f"_{SIGNED}_", SIGNED),
        (f"MY_{SIGNED} x", SIGNED),
        (f"eyJx_{SIGNED}", SIGNED),
        (f"{UNSIGNED} x", UNSIGNED),
        (f"{UNSIGNED}. x", f"{UNSIGNED}."),
        (f'"{UNSIGNED}."', f"{UNSIGNED}."),
        (f"{part({'alg': 'dir', 'enc': 'A128GCM'})}..{pick(16)}.{pick(20)}.{pick(22)} x", ""),
        (f"{SIGNED[:50]}\n{SIGNED[50:]} x", f"{SIGNED[:50]}\n{SIGNED[50:]}"),
    ],
)
def test_json_web_tokens(text, token):
    (found,) = detect(text)
    assert found.type == "jwt"
    assert text[found.start : found.end] == (token or text[:-2])


@pytest.mark.parametrize(
    "text",
    [
        f"{part({'alg': 'HS256'})}.{part({'sub': 'mona'})}",
        f"{part({'typ': 'JWT'})}.{part({'sub': 'mona'})}.{pick(43)}",
        f"{part(['alg'])}.{part({'sub': 'mona'})}.{pick(43)}",
        f"{part({'alg': 'HS256'})}.{part({'sub': '1234567890', 'name': 'John Doe'})}.{pick(43)}",
        "eyJhbGciOi." * 5,
        "eyJ" * 40,
    ],
)
def test_what_is_no_token_or_a_sample(text):
    assert detect(text) == ()


def test_keys_of_putty(corpus):
    block = corpus.putty(random.Random(2))
    for text in (block, block.replace("\n", "\r\n"), block.replace("\n", "\\n")):
        assert masked(f"a\n{text}\nb") == [text]
    cut = block.rpartition("\n")[0]
    assert masked(cut) == [cut]
    assert masked("PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\n") == []


@pytest.mark.parametrize(
    "value", ["required", "my-service", "getToken", "HTTPServer", "bert-base-v2", "step1", "work2"]
)
def test_names(value):
    assert is_name(value)
    assert is_words(value) == (not any(map(str.isdigit, value)))


@pytest.mark.parametrize("value", [pick(12, 3), pick(20, 4), "AbCd1234EfGh5678", "a!b", "bcdfghjk"])
def test_no_names(value):
    assert not is_name(value)


def test_paths_sequences_and_samples():
    assert all(map(is_path, ["/run/secrets/x", "./a/b.txt", "~/work2", "C:\\temp\\x", "https://octo.dev"]))
    assert not is_path("/" + pick(30))
    assert is_sequence("x12345678")
    assert not is_sequence("x1234567")
    assert is_sequence("QWERTYUI")
    assert not is_sample(pick(20))
