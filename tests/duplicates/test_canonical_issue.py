from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rulewright.duplicates.canonical_issue import GroupMember, group_duplicates


def test_the_oldest_open_one_that_is_no_duplicate() -> None:
    found = group_duplicates(
        [
            GroupMember(1, 10, False),
            GroupMember(2, 20, True),
            GroupMember(3, 30, True, 1),
            GroupMember(4, 40, True, 3),
        ],
        [(2, 4)],
    )
    assert set(found.root.values()) == {2}


def test_a_chain_leads_to_its_root() -> None:
    found = group_duplicates(
        [GroupMember(1, 10, True), GroupMember(2, 20, True, 1), GroupMember(3, 30, False, 2)]
    )
    assert found.root == {1: 1, 2: 1, 3: 1}


def test_a_circle_names_nobody() -> None:
    found = group_duplicates(
        [GroupMember(1, 10, True, 2), GroupMember(2, 20, True, 1), GroupMember(3, 30, True, 3)]
    )
    assert found.root == {1: None, 2: None, 3: None}
    assert found.circles == {1, 2, 3}


def test_all_closed_has_no_canonical_issue() -> None:
    assert group_duplicates([GroupMember(1, 10, False), GroupMember(2, 20, False, 1)]).root == {
        1: None,
        2: None,
    }


def test_the_smaller_id_wins_at_one_moment() -> None:
    assert (
        group_duplicates([GroupMember("X-10", 5, True), GroupMember("X-9", 5, True)], [("X-10", "X-9")]).root[
            "X-10"
        ]
        == "X-9"
    )


members = st.lists(
    st.builds(
        GroupMember, st.integers(1, 12), st.integers(0, 5), st.booleans(), st.none() | st.integers(1, 14)
    ),
    unique_by=lambda member: member.id,
)


@given(members, st.randoms())
def test_roots_are_open_members_without_a_pointer_whatever_the_order(
    found: list[GroupMember], rng: object
) -> None:
    known = {member.id: member for member in found}
    result = group_duplicates(found)
    shuffled = list(found)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert group_duplicates(shuffled) == result
    for root in result.root.values():
        if root is not None:
            assert known[root].open
            assert known[root].duplicate_of is None
            assert result.root[root] == root
