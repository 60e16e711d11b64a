"""GitHub's GraphQL schema, built once per process: 0.6 s without its descriptions, 1.3 s with them.

Tests fetch the whole of it (`make test-data`); without, it is what our own documents ask for (`cut.py`).

The schema at hand is of early 2025; what came later and tools need is added here, as GitHub documents it.
"""

from __future__ import annotations

import functools
import gc
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING

from external_data import GRAPHQL_SCHEMA
from github_simulator.graphql.cut import CUT

if TYPE_CHECKING:
    from graphql import GraphQLSchema

__all__ = ["LATER", "missing", "schema", "whole", "whole_text"]

_DESCRIPTION = re.compile(r'"""(?:.|\n)*?"""')

LATER = """
type ActorConnection { edges: [ActorEdge] nodes: [Actor] pageInfo: PageInfo! totalCount: Int! }
type ActorEdge { cursor: String! node: Actor }
type AssigneeConnection { edges: [AssigneeEdge] nodes: [Assignee] pageInfo: PageInfo! totalCount: Int! }
type AssigneeEdge { cursor: String! node: Assignee }
enum RepositorySuggestedActorFilter { CAN_BE_ASSIGNED CAN_BE_AUTHOR }
input ReplaceActorsForAssignableInput {
  actorIds: [ID!]
  actorLogins: [String!]
  assignableId: ID!
  clientMutationId: String
}
type ReplaceActorsForAssignablePayload { assignable: Assignable clientMutationId: String }
extend type Mutation {
  replaceActorsForAssignable(input: ReplaceActorsForAssignableInput!): ReplaceActorsForAssignablePayload
}
extend type Repository {
  suggestedActors(
    after: String
    before: String
    capabilities: [RepositorySuggestedActorFilter!]!
    first: Int
    last: Int
    loginNames: String
    query: String
  ): ActorConnection!
}
extend interface Assignable {
  assignedActors(after: String, before: String, first: Int, last: Int): AssigneeConnection!
}
extend type Issue { assignedActors(after: String, before: String, first: Int, last: Int): AssigneeConnection! }
extend type PullRequest { assignedActors(after: String, before: String, first: Int, last: Int): AssigneeConnection! }
"""


def whole() -> bool:
    """Whether the whole schema is there."""
    return GRAPHQL_SCHEMA.is_file()


def whole_text() -> str:
    """The whole schema without its descriptions, and what came later."""
    return _DESCRIPTION.sub("", GRAPHQL_SCHEMA.read_text(encoding="utf-8")) + LATER


def missing() -> str | None:
    """Why GraphQL cannot be served here; None where it can."""
    if find_spec("graphql") is None:
        return "graphql-core is not installed (it is in the development group)"
    return None


@functools.cache
def schema() -> GraphQLSchema:
    """The schema with what came later."""
    from graphql import build_ast_schema, parse

    text = whole_text() if whole() else CUT.read_text(encoding="utf-8")
    collecting = gc.isenabled()
    gc.disable()  # half a million objects that stay: collecting meanwhile takes a third of the time
    try:
        return build_ast_schema(parse(text, no_location=True), assume_valid=True, assume_valid_sdl=True)
    finally:
        if collecting:
            gc.enable()
