"""Duplicates by meaning: vectors beside the issues, fused with words."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import closing

import pytest

from rulewright.duplicates import vector_search as near
from rulewright.duplicates.database import open_in_memory
from rulewright.duplicates.index import index_issues
from rulewright.duplicates.issue import Issue, read_issue
from rulewright.duplicates.search import search_duplicates
from rulewright.models.embedding.embedder import Embedder

numpy = pytest.importorskip("numpy", reason="numpy comes with the learn extra")

MEANINGS = (("blank", "black"), ("login", "sign in"), ("theme", "colours"))


class Meaning:
    """One number per meaning of the table."""

    def __init__(self) -> None:
        self.asked = 0

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        self.asked += len(texts)
        return [[0.05, *(float(any(word in text for word in words)) for words in MEANINGS)] for text in texts]

    def close(self) -> None:
        pass


def issue(number: int, title: str, body: str = "") -> Issue:
    return read_issue({"id": number, "title": title, "body": body, "created_at": 1e9 + number})


ISSUES = [
    issue(1, "Window goes blank after sleep"),
    issue(2, "Cannot login"),
    issue(3, "Theme is ugly"),
    issue(4, "Display turns black upon resuming"),
]


def test_what_shares_no_word_is_found_by_meaning() -> None:
    with closing(open_in_memory()) as index, Embedder(Meaning(), "m", 4) as embed:
        near.index_with_vectors(index, ISSUES, embed, name="x")
        assert [one.id for one in search_duplicates(index, ISSUES[3]).candidates] == []
        found = search_duplicates(index, ISSUES[3], vectors=near.read_vectors(index, embed)).candidates
        assert [one.id for one in found] == [1]
        assert found[0].why[-1] == "meaning rank 1"


def test_only_rows_within_the_time_and_above_the_least_cosine_are_near() -> None:
    with closing(open_in_memory()) as index, Embedder(Meaning(), "m", 4) as embed:
        near.index_with_vectors(index, ISSUES, embed, name="x")
        vectors = near.read_vectors(index, embed)
        rows = [row for (row,) in index.execute("SELECT row FROM issues ORDER BY row")]
        found = vectors.nearest(ISSUES[3], -(1 << 62), 1 << 62, 10)
        assert [row for row, _ in found] == [rows[0], rows[3]] or [row for row, _ in found] == [
            rows[3],
            rows[0],
        ]
        assert all(cosine > near.LEAST_COSINE for _, cosine in found)
        assert [row for row, _ in vectors.nearest(ISSUES[3], rows[1], rows[3], 10)] == []
        assert [row for row, _ in vectors.nearest(ISSUES[3], rows[0], rows[3], 10)] == [rows[0]]


def test_others_are_compared_whatever_their_rank() -> None:
    with closing(open_in_memory()) as index, Embedder(Meaning(), "m", 4) as embed:
        near.index_with_vectors(index, ISSUES[:3], embed, name="x")
        index_issues(index, ISSUES[3:])
        vectors = near.read_vectors(index, embed)
        rows = [row for (row,) in index.execute("SELECT row FROM issues ORDER BY row")]
        found = vectors.compare(ISSUES[3], [rows[3], rows[1], rows[0], rows[0] - 1, rows[3] + 1])
        assert sorted(found) == rows[:2]
        assert found[rows[0]] > 0.99 > 0.3 > found[rows[1]]
        assert vectors.compare(ISSUES[3], []) == vectors.compare(ISSUES[3], rows[3:]) == {}


def test_what_one_channel_finds_alone_is_not_lost() -> None:
    """Many that are a little alike in words and in meaning do not push out what has the very words, or the meaning."""
    title = "Printer driver loses settings of the tray"
    others = [issue(number, f"blank tray {chr(90 + number) * 3}") for number in range(10, 30)]
    with closing(open_in_memory()) as index, Embedder(Meaning(), "m", 4) as embed:
        near.index_with_vectors(index, [issue(1, title), *others], embed, name="x")
        asked = issue(99, f"{title} and goes black")
        words = search_duplicates(index, asked).candidates
        fused = search_duplicates(index, asked, vectors=near.read_vectors(index, embed)).candidates
        assert words[0].id == 1
        assert 1 in [one.id for one in fused]


def test_what_has_no_vector_yet_is_found_by_words() -> None:
    with closing(open_in_memory()) as index, Embedder(Meaning(), "m", 4) as embed:
        near.index_with_vectors(
            index, [issue(n, f"Cannot login to {chr(90 + n) * 3}") for n in range(10, 40)], embed, name="x"
        )
        index_issues(index, [issue(1, "Cannot login behind the proxy of the company")])
        found = search_duplicates(
            index, issue(99, "login behind the proxy of the company"), vectors=near.read_vectors(index, embed)
        )
        assert found.candidates[0].id == 1


@pytest.mark.parametrize(
    "noise",
    [
        "User Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/60.0",
        "### Version\n\n2.53.1",
        "<!-- describe the bug -->",
        "```\nsome code\n```",
        "\tat org.acme.Cache.evict(Cache.java:12)",
        "- [x] I have searched the issues",
        "https://example.com/page",
    ],
)
def test_only_what_the_author_says_is_embedded(noise: str) -> None:
    text = near.embedded_text(issue(1, "  Menu  stays empty", f"It has no `entries`.\n\n{noise}"))
    assert text in ("Menu stays empty. It has no entries.", "Menu stays empty. It has no entries. User Agent")


def test_vectors_are_made_once_and_anew_for_what_changed() -> None:
    source = Meaning()
    with closing(open_in_memory()) as index, Embedder(source, "m", 4) as embed:
        near.index_with_vectors(index, ISSUES, embed, name="x")
        assert near.keep_vectors(index, ISSUES, embed) == 0
        changed = issue(2, "Sign in is broken")
        index_issues(index, [changed])
        assert len(near.read_vectors(index, embed).rows) == 3
        assert near.keep_vectors(index, [changed], embed) == 1
        assert len(near.read_vectors(index, embed).rows) == 4


def test_progress_counts_the_issues_that_have_their_vector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "BATCH", 3)
    monkeypatch.setattr(near, "CHUNK", 2)
    seen: list[int] = []
    with closing(open_in_memory()) as index, Embedder(Meaning(), "m", 4) as embed:
        near.index_with_vectors(index, ISSUES, embed, name="x", watch=seen.append)
    assert seen == [2, 3, 4]


def test_vectors_of_another_model_do_not_count() -> None:
    with closing(open_in_memory()) as index, Embedder(Meaning(), "m", 4) as embed:
        assert not near.has_vectors(index, "m")
        near.index_with_vectors(index, ISSUES, embed, name="x")
        assert near.has_vectors(index, "m")
        assert not near.has_vectors(index, "other")
        with Embedder(Meaning(), "other", 4) as other:
            assert len(near.read_vectors(index, other).rows) == 0
            assert near.read_vectors(index, other).nearest(ISSUES[0], 0, 1 << 62, 5) == ()


def test_bytes_keep_cosines() -> None:
    rng = numpy.random.default_rng(1)
    rows = rng.normal(size=(50, 384)).astype("f4")
    rows /= numpy.linalg.norm(rows, axis=1, keepdims=True)
    packed = [near._pack_vector(row) for row in rows]
    assert {len(one) for one in packed} == {388}
    again = numpy.array(
        [struct.unpack("<f", one[:4])[0] * numpy.frombuffer(one[4:], "i1").astype("f4") for one in packed]
    )
    assert numpy.abs(again @ again.T - rows @ rows.T).max() < 0.01
