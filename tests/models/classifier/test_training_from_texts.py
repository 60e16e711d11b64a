"""The examples of a policy as a classifier."""

from __future__ import annotations

import pytest

from rulewright.policy.diagnostics import UsageError

pytest.importorskip("numpy", reason="numpy comes with the learn extra")

from rulewright.models.classifier.training import classify_by_examples

EXAMPLES = [
    ("The app crashes on startup", "bug"),
    ("Add a dark theme", "feature"),
    ("How do I log in?", "question"),
    ("Upload fails with an error\nSee the log.", "bug"),
    ("Support OAuth in the client", "feature"),
    ("What does the flag mean?", "question"),
]


@pytest.mark.parametrize("count", [3, 6])
def test_a_few_examples_suffice(count: int) -> None:
    texts = ["The parser crashes with an error", "Add support for themes", "How does sync work?"]
    found = classify_by_examples(texts, EXAMPLES[:count])
    assert [max(one, key=one.__getitem__) for one in found] == ["bug", "feature", "question"]
    assert all(sum(one.values()) == pytest.approx(1) for one in found)
    assert list(found[0]) == ["bug", "feature", "question"]


def test_the_order_of_examples_hardly_matters() -> None:
    one, two = (classify_by_examples(["The parser crashes"], part)[0] for part in (EXAMPLES, EXAMPLES[::-1]))
    assert one == pytest.approx(two, abs=0.02)


def test_one_label_is_no_choice() -> None:
    with pytest.raises(UsageError, match="1 labels"):
        classify_by_examples(["a"], EXAMPLES[:1])
