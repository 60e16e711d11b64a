"""The report of `rulewright init`: what it writes, what exists already, and what to do next."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from rulewright.cli.starter import SECRETS, left_out, mode_of
from rulewright.report.document import json_text
from rulewright.report.reporter import Page, Rendered, Report
from rulewright.report.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rulewright.cli.starter import Setup, Standing

MODES = {
    "observe": "are in observe mode",
    "enforce": "are enforced",
    "mixed": "are partly in observe mode and partly enforced",
}
SHOWN_DIFF = 40
"""Maximum number of lines shown of the difference of one file."""


class InitReport(Report):
    """The files of a repository in `folder`.

    `written`: whether files were written. `unguarded`: policies are enforced without a date. `elsewhere`: the folder
    is not the root of a repository.
    """

    def __init__(
        self,
        folder: str,
        files: Sequence[Standing],
        setup: Setup,
        *,
        written: bool,
        unguarded: bool,
        elsewhere: bool,
    ) -> None:
        self._folder, self._files, self._setup, self._written = folder, files, setup, written
        self._unguarded, self._elsewhere = unguarded, elsewhere

    def text(self, page: Page) -> str:
        """A tree of the files with the change of each, then the differences, then the summary."""
        lines = [printable(self._folder), *self._tree()]
        for file in self._files:
            if file.status == "differs":
                diff = [printable(line) for line in _difference(file)]
                more = [f"… {len(diff) - SHOWN_DIFF} more lines"] if len(diff) > SHOWN_DIFF else []
                lines += ["", *diff[:SHOWN_DIFF], *more]
        return "\n".join((*lines, "", *self._last_lines())) + "\n"

    def _tree(self) -> Iterator[str]:
        marks = {
            "new": ("+", "written" if self._written else "new"),
            "same": ("=", "exists"),
            "differs": ("!", "differs, skipped"),
            "adds": ("+", "added" if self._written else "adds"),
            "kept": ("!", "skipped"),
        }
        above: tuple[str, ...] = ()
        for file in self._files:
            *folders, name = file.starter.path.parts
            for depth, part in enumerate(folders):
                if above[: depth + 1] != tuple(folders[: depth + 1]):
                    yield f"  {'  ' * depth}{part}/"
            above = tuple(folders)
            mark, word = marks[file.status]
            note = f"{word}: {file.why}" if file.why else word
            yield f"{mark} {'  ' * len(folders)}{name}{'' if note == 'new' else f'  ({note})'}"

    def json(self) -> str:
        """`status` of a file is new, same, differs, adds (labels) or kept; with `written`, new files and added labels
        have been written. `mode` is the resulting mode of the policies: observe, enforce or mixed.
        `left_out`: option → policies that are not written without it."""
        return json_text(
            {
                "folder": self._folder,
                "written": self._written,
                "mode": mode_of(self._files),
                "action": self._setup.action,
                "left_out": {option: list(names) for option, names in left_out(self._setup).items()},
                "secrets": list(SECRETS),
                "files": [_file_document(file) for file in self._files],
            }
        )

    def markdown(self) -> str:
        """A table of the files, and the summary."""
        words = {
            "new": "written" if self._written else "new",
            "same": "exists",
            "differs": "differs, skipped",
            "adds": "labels added" if self._written else "adds labels",
        }
        rows = [
            f"| `{file.starter.path}` | {file.starter.part} | {words.get(file.status, 'skipped')} |"
            for file in self._files
        ]
        head = ("## rulewright init", "", "| file | part | |", "|---|---|---|")
        return "\n".join((*head, *rows, "", *(f"- {line}" for line in self._last_lines()), ""))

    def github(self, page: Page) -> Rendered:
        return Rendered(self.text(page), self.markdown())

    def _last_lines(self) -> Iterator[str]:
        """The summary: changes made or to be made, omitted policies, and next steps."""
        new = sum(file.status in ("new", "adds") for file in self._files)
        left = sum(file.status in ("differs", "kept") for file in self._files)
        written = "written" if self._written else "to write"
        yield f"{new} {written}, {len(self._files) - new - left} exist, {left} skipped."
        parts = {file.starter.part for file in self._files}
        if "policies" in parts:
            yield from self._policy_lines()
        if "workflows" in parts:
            yield from self._workflow_lines()
        if self._elsewhere and parts & {"workflows", "forms"}:
            yield "This is not the root of a repository: GitHub does not find workflows and issue forms here."
        if self._written:
            yield "Next: run rulewright validate && rulewright test, review rulewright.yaml, and commit."
        elif new:
            yield "Nothing was written. Run with --write to write missing files; existing files are never overwritten."

    def _workflow_lines(self) -> Iterator[str]:
        if self._setup.action is None:
            yield "The workflows need --action OWNER/REPO@REF."
        secrets = "; ".join(f"{name} ({what})" for name, what in SECRETS.items())
        yield f"Secrets to set for notifications: {secrets}."

    def _policy_lines(self) -> Iterator[str]:
        mode = MODES[mode_of(self._files)]
        yield f"The policies {mode}. Before you enforce them, see docs/tutorial.md, part 7."
        if self._unguarded:
            guard = guard_settings(self._setup)
            yield f"rulewright.yaml has no start date for enforcement. Add {guard}."
        for option, names in left_out(self._setup).items():
            yield f"Left out, need {option}: {', '.join(f'rules/{name}.yaml' for name in names)}."


def _file_document(file: Standing) -> dict[str, object]:
    return {
        "path": file.starter.path.as_posix(),
        "part": file.starter.part,
        "status": file.status,
        "bytes": len(file.starter.data),
        **({"reason": file.why} if file.why else {}),
        **({"diff": list(_difference(file))} if file.status == "differs" else {}),
    }


def guard_settings(setup: Setup) -> str:
    """The settings that exclude old issues from being closed, and from sweeps."""
    date = setup.enforce_since
    return f"`execution: {{ enforce_since: {date} }}` and `issues: {{ created_after: {date} }}`"


def _difference(file: Standing) -> Iterator[str]:
    """The unified diff from the existing file to the new one, without line ends."""
    there, ours = (data.decode("utf-8", "replace").splitlines() for data in (file.there, file.starter.data))
    name = file.starter.path.as_posix()
    yield from difflib.unified_diff(there, ours, name, f"{name} (from init)", lineterm="")
