"""create_issue: opens an issue in the same repository, once per key; its body carries the marker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rulewright.actions.action import TITLE_LIMIT, Action, Context, Undetermined, effect_key

if TYPE_CHECKING:
    from rulewright.actions.plan import Effect


def _wish(arguments: Any, context: Context) -> tuple[Effect, ...]:
    title = " ".join(context.render(arguments["title"], "plain").split())[:TITLE_LIMIT]
    if not title:
        raise Undetermined("the title would be empty")
    # The repository and the key name the issue; a run over another subject with the same key finds it there.
    repository = context.target.partition("#")[0]
    name = effect_key("create_issue", repository, context.rule, context.word(arguments["key"]))
    written: dict[str, Any] = {
        "title": title,
        "body": f"<!-- rulewright:issue:{name} -->\n{context.body(arguments)}",
    }
    if "labels" in arguments:
        written["labels"] = list(context.words(arguments["labels"]))
    return (context.effect("create_issue", written, emission=True)._replace(key=name),)


CREATE_ISSUE: Final = Action("create_issue", frozenset({"issues"}), _wish, emission=True)
