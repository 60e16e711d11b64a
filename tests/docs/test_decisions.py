"""The numbers of decisions: one each, without a gap, and the one in the heading."""

from __future__ import annotations

from fixtures.pytest_project import ROOT


def test_every_decision_has_a_number_of_its_own() -> None:
    files = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    numbers = [int(file.name[:4]) for file in files]
    assert numbers == [*range(1, len(files) + 1)]
    headings = [file.read_text("utf-8").partition("\n")[0] for file in files]
    assert [heading.partition(". ")[0] for heading in headings] == [f"# {number}" for number in numbers]
