"""The policies of a git revision, to compare those of the session with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rulewright_tui.session.library import Policies

if TYPE_CHECKING:
    from collections.abc import Sequence


class RevisionBase(NamedTuple):
    """A revision: as it was named, the full name of its commit, and its policies."""

    name: str
    commit: str
    policies: Policies

    @property
    def title(self) -> str:
        """`main (4be1c02)`; the short name alone where the revision was named by it."""
        short = self.commit[:7]
        return short if self.commit.startswith(self.name) else f"{self.name} ({short})"


def load_base(paths: Sequence[str], name: str) -> RevisionBase:
    """The policies under `paths` as they are in a revision.

    Raises UsageError for an unknown revision and for paths that it does not have or that are in no repository,
    SourceError where git cannot read it.
    """
    # YAML and schemas: imported when somebody compares.
    from rulewright.compile.revision import load_revision

    commit, loaded = load_revision(paths, name)
    return RevisionBase(name, commit, Policies(*loaded))
