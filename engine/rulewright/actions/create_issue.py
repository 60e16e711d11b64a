"""create_issue: opens an issue in the same repository, once per key; its body carries the marker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rulewright.actions.action import Action
from rulewright.actions.plan import Effect, effect_key
from rulewright.actions.template import Undetermined
from rulewright.actions.words import Phrase, format_value, quote_value
from rulewright.policy.actions import create_issue as declared
from rulewright.policy.actions.argument_schema import TITLE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rulewright.actions.context import ActionContext
    from rulewright.policy.json_types import Json, JsonObject


def _propose(arguments: Json, context: ActionContext) -> tuple[Effect, ...]:
    given = declared.CREATE_ISSUE.named(arguments)
    title = context.line(str(given["title"]))[:TITLE_LIMIT]
    if not title:
        raise Undetermined("the title would be empty")
    # The repository and the key name the issue; a run over another subject with the same key finds it there.
    repository = context.target.partition("#")[0]
    key = effect_key("create_issue", repository, context.rule, context.word(given["key"]))
    resolved: JsonObject = {"title": title, "body": f"{issue_marker(key)}\n{context.body(given)}"}
    if "labels" in given:
        resolved["labels"] = [*context.words(given["labels"])]
    return (context.effect("create_issue", resolved)._replace(key=key),)


def issue_marker(key: str) -> str:
    """How the body of an issue begins that was opened for the effect of that key."""
    return f"<!-- rulewright:issue:{key} -->"


def _disagreement(arguments: Mapping[str, Json], key: str) -> str | None:
    if str(arguments["body"]).startswith(issue_marker(key)):
        return None
    return "the marker in an issue's `body` is not its `key`"


def _describe(effect: Effect) -> Phrase:
    labels = effect.arguments.get("labels")
    with_labels = f" with {format_value(labels)}" if labels else ""
    return "+", "create issue", f"{quote_value(effect.arguments.get('title'))}{with_labels}"


CREATE_ISSUE: Final = Action(declared.CREATE_ISSUE, _describe, _propose, disagreement=_disagreement)
