"""A GraphQL request from its text to its answer: parsed, validated, executed; errors as GitHub words them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from github_simulator.call import Answer, Refusal
from github_simulator.faults import Fault
from github_simulator.graphql.schema import missing, schema
from github_simulator.identity import Identity

if TYPE_CHECKING:
    from github_simulator.pipeline import Logged
    from github_simulator.simulator import Simulator

__all__ = ["GraphQL", "Operation"]

_CREATING = ("addComment", "addPullRequestReview", "createIssue", "createLabel", "createPullRequest")


class Operation(NamedTuple):
    """A request as it came. `errors`: what is wrong with it before anything is executed."""

    write: bool
    creates: bool
    document: Any
    name: str | None
    variables: dict[str, Any]
    errors: tuple[dict[str, Any], ...] = ()
    status: int = 200


class GraphQL:
    """Documents are validated once each. An invalid one is the client's mistake, and a violation."""

    def __init__(self, simulator: Simulator) -> None:
        self._sim = simulator
        self._known: dict[str, tuple[Any, tuple[dict[str, Any], ...]]] = {}

    @property
    def missing(self) -> str | None:
        """Why GraphQL cannot be served here; None where it can."""
        return missing()

    def inspect(self, entry: Logged) -> Operation:
        """What the request is, and what is wrong with it."""
        reason = missing()
        body = entry.body if isinstance(entry.body, dict) else {}
        text = body.get("query")
        if reason is not None:
            return Operation(False, False, None, None, {}, ({"message": reason},), 501)
        if not isinstance(text, str) or not text.strip():
            return self._wrong("A query attribute must be specified and must be a string.", 400)
        document, errors = self._validated(text)
        if errors:
            return Operation(False, False, None, None, {}, errors)
        from graphql import OperationDefinitionNode, OperationType

        wanted = body.get("operationName")
        operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        chosen = [one for one in operations if wanted is None or (one.name and one.name.value == wanted)]
        if len(chosen) != 1:
            return self._wrong("An operation name is required")
        operation = chosen[0]
        entry.operation = operation.name.value if operation.name else None
        write = operation.operation is OperationType.MUTATION
        fields = [getattr(one, "name", None) for one in operation.selection_set.selections]
        creates = any(name is not None and name.value in _CREATING for name in fields)
        return Operation(write, creates, document, wanted, body.get("variables") or {})

    def run(
        self, operation: Operation, entry: Logged, who: Identity, fault: Fault | None
    ) -> tuple[Answer, bool]:
        """The answer, and whether anything was changed."""
        if who.kind == "anonymous":
            raise Refusal(401, "This endpoint requires you to be authenticated.")
        if operation.errors:
            return Answer(operation.status, {"errors": list(operation.errors)}), False
        from graphql import execute_sync

        from github_simulator.graphql.node import Context, resolve
        from github_simulator.graphql.root import root

        context = Context(self._sim, who)
        result = execute_sync(
            schema(),
            operation.document,
            root_value=root(context),
            context_value=context,
            variable_values=operation.variables,
            operation_name=operation.name,
            field_resolver=resolve,
            type_resolver=lambda value, *_: value["__typename"],
        )
        data: dict[str, Any] = {"data": result.data}
        problems = [_shown(error) for error in result.errors or ()]
        if operation.document is not None and result.data is None and problems:
            # Variables of the wrong type never reach a resolver.
            self._sim.violations += [
                f"GraphQL {entry.operation}: {one['message']}" for one in problems if "path" not in one
            ]
        effect = operation.write and not problems
        if fault is not None and fault.mode == "graphql_partial":
            problems.append(
                {"message": "Something went wrong while executing your query.", "type": "SERVICE_ERROR"}
            )
            if isinstance(result.data, dict) and result.data:
                data["data"] = {**result.data, next(iter(result.data)): None}
        if problems:
            data["errors"] = problems
        return Answer(200, data), effect

    def _validated(self, text: str) -> tuple[Any, tuple[dict[str, Any], ...]]:
        if text not in self._known:
            from graphql import GraphQLSyntaxError, parse, validate

            try:
                document = parse(text)
            except GraphQLSyntaxError as error:
                self._known[text] = (None, ({"message": f"Parse error: {error.message}"},))
            else:
                found = tuple(_shown(error) for error in validate(schema(), document))
                self._known[text] = (document, found)
        document, errors = self._known[text]
        self._sim.violations += [f"GraphQL: {one['message']}" for one in errors]
        return document, errors

    def _wrong(self, message: str, status: int = 200) -> Operation:
        self._sim.violations.append(f"GraphQL: {message}")
        return Operation(False, False, None, None, {}, ({"message": message},), status)


def _shown(error: Any) -> dict[str, Any]:
    """GitHub puts the type of an error beside its message."""
    shown: dict[str, Any] = {"message": error.message}
    if error.extensions and "type" in error.extensions:
        shown["type"] = error.extensions["type"]
    if error.path:
        shown["path"] = error.path
    if error.locations:
        shown["locations"] = [{"line": one.line, "column": one.column} for one in error.locations]
    return shown
