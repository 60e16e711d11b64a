from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rulewright.duplicates.canonical import Member, groups, vetoed


def test_the_oldest_open_one_that_is_no_duplicate() -> None:
    found = groups(
        [Member(1, 10, False), Member(2, 20, True), Member(3, 30, True, 1), Member(4, 40, True, 3)], [(2, 4)]
    )
    assert set(found.root.values()) == {2}


def test_a_chain_leads_to_its_root() -> None:
    found = groups([Member(1, 10, True), Member(2, 20, True, 1), Member(3, 30, False, 2)])
    assert found.root == {1: 1, 2: 1, 3: 1}


def test_a_circle_names_nobody() -> None:
    found = groups([Member(1, 10, True, 2), Member(2, 20, True, 1), Member(3, 30, True, 3)])
    assert found.root == {1: None, 2: None, 3: None}
    assert found.circles == {1, 2, 3}


def test_all_closed_has_no_canonical_issue() -> None:
    assert groups([Member(1, 10, False), Member(2, 20, False, 1)]).root == {1: None, 2: None}


def test_the_smaller_id_wins_at_one_moment() -> None:
    assert groups([Member("X-10", 5, True), Member("X-9", 5, True)], [("X-10", "X-9")]).root["X-10"] == "X-9"


members = st.lists(
    st.builds(Member, st.integers(1, 12), st.integers(0, 5), st.booleans(), st.none() | st.integers(1, 14)),
    unique_by=lambda member: member.id,
)


@given(members, st.randoms())
def test_roots_are_open_members_without_a_pointer_whatever_the_order(
    found: list[Member], rng: object
) -> None:
    known = {member.id: member for member in found}
    result = groups(found)
    shuffled = list(found)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert groups(shuffled) == result
    for root in result.root.values():
        if root is not None:
            assert known[root].open
            assert known[root].duplicate_of is None
            assert result.root[root] == root


def test_only_the_author_vetoes() -> None:
    down = {"content": "-1", "user": {"login": "Mona"}}
    assert vetoed([down], "mona")
    assert not vetoed([down], "hubot")
    assert not vetoed([{**down, "content": "+1"}, {"content": "-1", "user": None}], "mona")
