"""The cut of GitHub's GraphQL schema that a checkout has on its own: current, and enough for our documents."""

from __future__ import annotations

import pytest

from github_simulator.graphql.cut import CUT, cut
from github_simulator.graphql.schema import schema, whole_text
from rulewright.github.documents import DOCUMENTS


def test_it_is_what_the_documents_need_of_the_whole() -> None:
    made = cut(schema(), whole_text(), [one.text for one in DOCUMENTS.values()])
    assert CUT.read_text(encoding="utf-8") == made, "python tests/github_simulator/graphql/cut.py"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_valid_by_it_alone(name: str) -> None:
    from graphql import build_ast_schema, parse, validate

    alone = build_ast_schema(parse(CUT.read_text(encoding="utf-8")), assume_valid=True, assume_valid_sdl=True)
    assert validate(alone, parse(DOCUMENTS[name].text)) == []
