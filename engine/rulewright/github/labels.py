"""The labels of a repository, compared with those that its label file declares, and brought there. None is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rulewright.github.urls import path
from rulewright.policy.config import Label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rulewright.github.client import Client
    from rulewright.policy.json_types import JsonObject

LABELS: Final = "/repos/{owner}/{repo}/labels"
ONE: Final = "/repos/{owner}/{repo}/labels/{name}"


class LabelChange(NamedTuple):
    """A label to be created, or one whose colour or description becomes another. `before` is the label on GitHub,
    under the name that it has there."""

    kind: Literal["create", "update"]
    label: Label
    before: Label | None = None

    @property
    def body(self) -> JsonObject:
        """What is sent: what the file does not say stays as it is."""
        said = {"color": self.label.color.lower(), "description": self.label.description}
        body: JsonObject = {name: value for name, value in said.items() if value}
        return {"name": self.label.name, **body} if self.kind == "create" else body


def label_changes(declared: Iterable[Label], present: Iterable[Label]) -> tuple[LabelChange, ...]:
    """What the repository lacks of the declared labels, in their order. Names compare without case, as on GitHub."""
    known = {label.name.casefold(): label for label in present}
    out = []
    for label in declared:
        before = known.get(label.name.casefold())
        if before is None:
            out.append(LabelChange("create", label))
        elif (label.color and label.color.lower() != before.color.lower()) or (
            label.description and label.description != before.description
        ):
            out.append(LabelChange("update", label, before))
    return tuple(out)


def read_labels(client: Client, repository: str) -> list[Label]:
    """The labels of a repository. Raises GitHubError."""
    return [
        Label(str(one["name"]), str(one.get("color") or ""), str(one.get("description") or ""))
        for one in client.pages(path(LABELS, repository))
    ]


def write_label(client: Client, repository: str, change: LabelChange) -> None:
    """Create or update one label. Raises GitHubError."""
    if change.before is None:
        client.send("POST", path(LABELS, repository), change.body, repeatable=False)
    else:
        client.send("PATCH", path(ONE, repository, change.before.name), change.body)
