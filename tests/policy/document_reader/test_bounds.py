"""Size, depth, aliases, documents, encodings: bounds that hold whatever the file says."""

from __future__ import annotations

import pytest

from rulewright.policy.document import read_documents
from rulewright.policy.document_reader.builder import MAX_VALUES
from rulewright.policy.document_reader.encoding import MAX_BYTES


def codes(data: bytes, file: str = "f.yaml") -> list[tuple[str, int, int]]:
    return [(one.code, one.span.line, one.span.column) for one in read_documents(file, data)[1]]


def test_size() -> None:
    assert codes(b"#" * MAX_BYTES) == [("RW128", 1, 1)]
    assert codes(b"#" * (MAX_BYTES + 1)) == [("RW106", 1, 1)]


@pytest.mark.parametrize("opening", [b"[", b"{", b"- ", b"? "])
@pytest.mark.parametrize("file", ["f.yaml", "f.json"])
def test_depth(opening: bytes, file: str) -> None:
    found = codes(opening * 100_000, file)
    assert [code for code, _, _ in found] in (["RW107"], ["RW127"])


def test_depth_at_the_bound() -> None:
    assert codes(b"[" * 64 + b"]" * 64) == []
    assert codes(b"[" * 65 + b"]" * 65) == [("RW107", 1, 65)]


def test_depth_through_aliases() -> None:
    lines = [b"- &a0 [x]", *(b"- &a%d [*a%d]" % (n, n - 1) for n in range(1, 100))]
    assert codes(b"\n".join(lines)) == [("RW107", 64, 9)]


def test_alias_bomb() -> None:
    lines = [
        b"a0: &a0 [x]",
        *(b"a%d: &a%d [%s]" % (n, n, b",".join([b"*a%d" % (n - 1)] * 9)) for n in range(1, 30)),
    ]
    assert [code for code, _, _ in codes(b"\n".join(lines))] == ["RW108"]


@pytest.mark.parametrize("opening", [b"? ", b"? - ", b"{? ", b"[{? "])
def test_keys_inside_keys(opening: bytes) -> None:
    """Each level of a key, written as JSON, doubles the quotes of the level inside it."""
    text = opening * 30 + b"x"
    closing = {b"{? ": b"}", b"[{? ": b"}]"}.get(opening, b"") * 30
    documents, found = read_documents("f.yaml", text + closing, any_yaml=True)
    assert {one.code for one in found} == {"RW112"}
    assert len(repr(documents)) < 100_000


def test_merges_of_merges() -> None:
    lines = [b"- &a0 {k: 1}", *(b"- &a%d { <<: *a%d, k%d: 1 }" % (n, n - 1, n) for n in range(1, 1_000))]
    _, found = read_documents("f.yaml", b"\n".join(lines), any_yaml=True)
    assert [one.code for one in found] == ["RW107"]
    lines = [b"- &a {" + b", ".join(b"k%d: 1" % n for n in range(999)) + b"}", *[b"- { <<: *a }"] * 101]
    _, found = read_documents("f.yaml", b"\n".join(lines), any_yaml=True)
    assert [one.code for one in found] == ["RW108"]


def test_alias_at_the_bound() -> None:
    anchor = b"a: &a [" + b"x, " * 999 + b"]\n"
    assert codes(anchor + b"b: [" + b"*a, " * 100 + b"]\n") == []
    assert [code for code, _, _ in codes(anchor + b"b: [" + b"*a, " * 101 + b"]\n")] == ["RW108"]


@pytest.mark.parametrize("item", [b"1", b"[]", b'{"a":1}', b"x"])
def test_values(item: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rulewright.policy.document_reader.builder.MAX_VALUES", 3_001)
    most = 3_000 // (3 if b"a" in item else 1)
    assert codes(b"[" + b",".join([item] * most) + b"]") == []
    ((code, line, _),) = codes(b"[" + b",\n".join([item] * (most + 1)) + b"]")
    assert (code, line) == ("RW106", most + 1)


def test_the_bound_of_values_takes_ten_thousand_rules_and_ends_in_time() -> None:
    assert 350_000 < MAX_VALUES <= 500_000


def test_documents() -> None:
    documents, found = read_documents("f.yaml", b"---\na\n" * 1000)
    assert (len(documents), found) == (1000, ())
    documents, found = read_documents("f.yaml", b"---\na\n" * 1001)
    assert (len(documents), [one.code for one in found]) == (1000, ["RW109"])
    assert [code for code, _, _ in codes(b"---\n" * 5000)] == ["RW109"]


def test_findings_are_bounded_and_share_their_long_line() -> None:
    _, found = read_documents("f.yaml", b"{" + b"a: b, " * 5000 + b"}")
    assert len(found) == 200
    assert len({id(one.source) for one in found}) == 1


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a: \xff", ("RW103", 1, 4)),
        ("é: ü\nß: ".encode() + b"\xe4", ("RW103", 2, 4)),
        (b"a\r\nb\r\xc3", ("RW103", 3, 1)),
        ("a: 1".encode("utf-16"), ("RW103", 1, 1)),
        ("a: 1".encode("utf-16-be"), ("RW103", 1, 1)),
        ("a: 1".encode("utf-32"), ("RW103", 1, 1)),
        (b"a: 1\n\x7fELF\0\0", ("RW104", 2, 5)),
        (b"\xed\xa0\x80", ("RW103", 1, 1)),
        (b"a: \x1b[31m", ("RW105", 1, 4)),
    ],
)
def test_bytes_that_are_no_text(data: bytes, expected: tuple[str, int, int]) -> None:
    assert codes(data)[0] == expected


def test_byte_order_mark_counts_for_nothing() -> None:
    (document,), found = read_documents("f.yaml", b"\xef\xbb\xbfa: 1")
    assert (document.data, found, document.span(("a",)).column) == ({"a": 1}, (), 4)


def test_a_latin_1_file_names_byte_and_line() -> None:
    _, (found,) = read_documents("f.yaml", b"title: caf\xe9\n")
    assert "byte 10 (0xe9)" in found.message
    assert found.source == "title: caf�"
