"""Every GraphQL document that is ever sent, by name. Values travel as variables only.

A test holds them against GitHub's schema. `suggestedActors` and `replaceActorsForAssignable` came to GitHub in 2025:
an older server refuses them, with an error of kind `graphql`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class GraphQLDocument(NamedTuple):
    """One operation. `optional`: paths of the answer (`repository.issue`) that may be missing without an error.

    A write can be sent again without harm: each one sets, clears or adds what may be there already.
    """

    text: str
    writes: bool = False
    notifies: bool = False
    optional: tuple[str, ...] = ()


PROJECT_ITEMS: Final = """
projectItems(first: 50, after: $after, includeArchived: true) {
  nodes { ...Item }
  pageInfo { hasNextPage endCursor }
}
"""

DELETIONS: Final = """
timelineItems(last: 100, itemTypes: [COMMENT_DELETED_EVENT]) {
  nodes { ... on CommentDeletedEvent { id deletedCommentAuthor { __typename login } } }
}
"""

ACTOR: Final = "{ __typename ... on Node { id } ... on Actor { login } }"

FIELDS: Final = """
fragment Project on ProjectV2 {
  id number title closed url viewerCanUpdate
  fields(first: 100) {
    nodes {
      __typename
      ... on ProjectV2FieldCommon { id name dataType }
      ... on ProjectV2SingleSelectField { options { id name } }
      ... on ProjectV2IterationField { configuration { iterations { id title startDate duration } } }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""

VALUES: Final = """
fragment Item on ProjectV2Item {
  id isArchived updatedAt
  project { id number title closed owner { __typename ... on Organization { login } ... on User { login } } }
  fieldValues(first: 100) {
    nodes {
      __typename
      ... on ProjectV2ItemFieldValueCommon {
        updatedAt creator { __typename login } field { ... on ProjectV2FieldCommon { id name } }
      }
      ... on ProjectV2ItemFieldSingleSelectValue { optionId name }
      ... on ProjectV2ItemFieldTextValue { text }
      ... on ProjectV2ItemFieldNumberValue { number }
      ... on ProjectV2ItemFieldDateValue { date }
      ... on ProjectV2ItemFieldIterationValue { iterationId title startDate }
    }
    pageInfo { hasNextPage endCursor }
  }
}
"""


def _either(selection: str) -> str:
    """A selection of an issue or a pull request."""
    return f"... on Issue {{ {selection} }} ... on PullRequest {{ {selection} }}"


DOCUMENTS: Final[Mapping[str, GraphQLDocument]] = {
    "viewer": GraphQLDocument("query viewer { viewer { login id databaseId } }"),
    "assignable": GraphQLDocument(
        f"""
query assignable($owner: String!, $repo: String!, $query: String, $after: String) {{
  repository(owner: $owner, name: $repo) {{
    suggestedActors(capabilities: [CAN_BE_ASSIGNED], first: 100, query: $query, after: $after) {{
      nodes {ACTOR}
      pageInfo {{ hasNextPage endCursor }}
    }}
  }}
}}
"""
    ),
    "assigned": GraphQLDocument(
        f"""
query assigned($id: ID!) {{
  node(id: $id) {{
    __typename
    {_either(f"assignedActors(first: 20) {{ nodes {ACTOR} }}")}
  }}
}}
"""
    ),
    "replace_assignees": GraphQLDocument(
        f"""
mutation replace_assignees($assignable: ID!, $actors: [ID!]!) {{
  replaceActorsForAssignable(input: {{assignableId: $assignable, actorIds: $actors}}) {{
    assignable {{
      __typename
      {_either(f"id assignedActors(first: 20) {{ nodes {ACTOR} }}")}
    }}
  }}
}}
""",
        writes=True,
        notifies=True,
    ),
    "organization_project": GraphQLDocument(
        "query organization_project($owner: String!, $number: Int!) "
        "{ organization(login: $owner) { projectV2(number: $number) { ...Project } } }" + FIELDS,
        optional=("organization", "organization.projectV2"),
    ),
    "user_project": GraphQLDocument(
        "query user_project($owner: String!, $number: Int!) "
        "{ user(login: $owner) { projectV2(number: $number) { ...Project } } }" + FIELDS,
        optional=("user", "user.projectV2"),
    ),
    "project_items": GraphQLDocument(
        f"""
query project_items($id: ID!, $after: String) {{
  node(id: $id) {{
    __typename
    {_either(PROJECT_ITEMS)}
  }}
}}
"""
        + VALUES
    ),
    "add_project_item": GraphQLDocument(
        """
mutation add_project_item($project: ID!, $content: ID!) {
  addProjectV2ItemById(input: {projectId: $project, contentId: $content}) { item { id isArchived } }
}
""",
        writes=True,
    ),
    "set_project_field": GraphQLDocument(
        """
mutation set_project_field($project: ID!, $item: ID!, $field: ID!, $value: ProjectV2FieldValue!) {
  updateProjectV2ItemFieldValue(input: {projectId: $project, itemId: $item, fieldId: $field, value: $value}) {
    projectV2Item { id updatedAt }
  }
}
""",
        writes=True,
    ),
    "clear_project_field": GraphQLDocument(
        """
mutation clear_project_field($project: ID!, $item: ID!, $field: ID!) {
  clearProjectV2ItemFieldValue(input: {projectId: $project, itemId: $item, fieldId: $field}) {
    projectV2Item { id updatedAt }
  }
}
""",
        writes=True,
    ),
    # REST's timeline says who deleted a comment, but not whose it was.
    "deleted_comments": GraphQLDocument(
        f"""
query deleted_comments($owner: String!, $repo: String!, $number: Int!) {{
  repository(owner: $owner, name: $repo) {{
    issueOrPullRequest(number: $number) {{
      {_either(DELETIONS)}
    }}
  }}
}}
""",
        optional=("repository.issueOrPullRequest",),
    ),
}
"""Name → document."""
