"""A session that is inspected: all its steps, those of lines that are typed in and of files among them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rulewright.planning.plan_json import plan_json
from rulewright.policy.canonical import canonical_json
from rulewright.policy.diagnostics import SourceError
from rulewright.policy.whole_file import write_whole
from rulewright_tui.keys import PLAN, WHY
from rulewright_tui.masking import masked_plan
from rulewright_tui.session.edits import (
    add_label,
    remove_label,
    set_field,
)
from rulewright_tui.session.outcome import explain_rule
from rulewright_tui.steps.editing import EditingApp

if TYPE_CHECKING:
    from rulewright.testing.case_writer import WrittenCase
    from rulewright_tui.lines.row import Rows


class Inspection(EditingApp):
    """The session of a running application, without the screens over Inspect. Nothing is applied."""

    # Lines to type in

    def field_changed(self, purpose: str, subject: str, text: str) -> str:
        """A letter more in a line: what follows is decided at once. Returns what is wrong with the text."""
        if purpose == "filter":
            if subject == "events":
                return self.filter_events(text)
            return self.filter_rules(text)
        if purpose == "find":
            return self.inspect.find(text)
        if purpose == "edit":
            return self._preview(lambda draft: set_field(draft, subject, text))
        return ""

    def keep_field(self, purpose: str, subject: str, text: str) -> str:
        """`enter` in a line. Returns what is wrong with the text; the line stays open then."""
        if purpose == "edit":
            problem = self._preview(lambda draft: set_field(draft, subject, text))
            if not problem:
                self._base = None
            return problem
        if purpose in ("add_label", "remove_label"):
            change = add_label if purpose == "add_label" else remove_label
            return self.edit(lambda draft: change(draft, text.strip())) if text.strip() else ""
        if purpose in ("filter", "find"):  # its last letters may not have been seen yet
            return self.field_changed(purpose, subject, text)
        if purpose == "write":
            return self.write_plan(text.strip())
        if purpose == "compare" and text.strip():
            self.compare(text.strip())
        return ""

    def discard_field(self, purpose: str, subject: str) -> None:
        """`escape` in a line."""
        if purpose == "filter":
            if subject == "events":
                self.filter_events("")
            else:
                self.filter_rules("")
        elif purpose == "edit" and self._base is not None:
            base, self._base = self._base, None
            self._edited(base)

    # Copies and files

    def copy_pane(self, number: int, rows: Rows) -> None:
        """Copy a pane: the explanation and the plan as JSON, the others as text. Masked like the screen."""
        state = self.state
        if number == WHY and state.rule is not None and state.outcome is not None:
            explanation = explain_rule(state.outcome, state.rule, state.round)
            text = (
                json.dumps(explanation.as_json(), indent=2, ensure_ascii=False)
                if explanation is not None
                else ""
            )
        elif number == PLAN and state.outcome is not None and state.outcome.plan is not None:
            text = masked_plan(plan_json(state.outcome.plan))
        else:
            lines = [rows[index].text.rstrip() for index in range(min(len(rows), 5_000))]
            text = "\n".join(lines)
        self.copy_to_clipboard(text.encode("utf-8", "replace").decode())
        self.say("Copied.")

    def write_plan(self, path: str) -> str:
        """Write the plan as `--plan-out` does. Returns why it cannot be written."""
        outcome = self.state.outcome
        if outcome is None or outcome.plan is None:
            return "there is no plan"
        if not path:
            return "give a file name"
        try:
            with open(path, "xb") as stream:
                stream.write(canonical_json(plan_json(outcome.plan)) + b"\n")
        except FileExistsError:
            return f"the file exists: {path}"
        except (OSError, ValueError) as error:
            return f"cannot write {path}: {getattr(error, 'strerror', None) or error}"
        self.say(f"Plan written to {path}.")
        return ""

    def write_case(self, written: WrittenCase, before: str) -> str:
        """Write the test file, whole or not at all. Returns why it cannot be written."""
        try:
            present = "" if written.is_new else written.file.read_bytes().decode("utf-8", "surrogateescape")
            if present != before or (written.is_new and written.file.exists()):
                return f"{written.file} has changed meanwhile"
            write_whole(str(written.file), written.text.encode("utf-8", "surrogateescape"))
        except SourceError as error:
            return error.message
        except OSError as error:
            return f"cannot read {written.file}: {error.strerror or error}"
        self.say(f"Test case {written.case['id']} written to {written.file}.")
        return ""
