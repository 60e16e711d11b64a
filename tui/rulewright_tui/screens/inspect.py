"""The screen Inspect: events, rules, why, source, plan and event, side by side or folded to their titles."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Container, Vertical
from textual.reactive import Reactive
from textual.screen import Screen
from textual.widgets import Input, Static

from rulewright_tui.bindings import screen_bindings
from rulewright_tui.keys import EVENT, EVENTS, PLAN, RULES, SOURCE, WHY, footer_keys
from rulewright_tui.lines.banner import banner_row
from rulewright_tui.lines.event import event_text
from rulewright_tui.lines.events import EventRows, events_text
from rulewright_tui.lines.plan import plan_text
from rulewright_tui.lines.row import Row, Span, every_row
from rulewright_tui.lines.rules import rules_text
from rulewright_tui.lines.source import source_text
from rulewright_tui.lines.tree import tree_text
from rulewright_tui.lines.why import why_text
from rulewright_tui.session.outcome import RuleRef
from rulewright_tui.widgets.pane import Pane
from rulewright_tui.widgets.rows import ROLE_CLASSES, RowLine, RowList

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from rulewright_tui.inspection import Inspection
    from rulewright_tui.messages import Compared, Decided, Loaded, Worked
    from rulewright_tui.session.state import State
    from rulewright_tui.widgets.field import FieldLine

WIDE_COLUMNS: Final = 120
WIDE_ROWS: Final = 32
LEAST_COLUMNS: Final = 60
LEAST_ROWS: Final = 15
FITTED: Final = (WHY, PLAN, EVENT)
"""The panes whose rows are made for their width."""
MOST_ROWS: Final = 200
"""No pane is higher: more events change nothing in the layout."""
SHORT_PLAN: Final = 2
"""A plan of so few rows leaves its room to the event."""
DEEPER: Final = {EVENTS: RULES, RULES: WHY, WHY: SOURCE}


class Inspect(Screen[None]):
    """Draws the state of the app's session, and turns keys into its steps."""

    CSS_PATH = "../styles/inspect.tcss"
    COMPONENT_CLASSES: ClassVar[set[str]] = ROLE_CLASSES
    BINDINGS: ClassVar[list[BindingType]] = [*screen_bindings()]
    AUTO_FOCUS = None
    app: Inspection
    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
    """As in Textual, but a change draws the two widgets that it is about, not the whole screen."""

    def __init__(self) -> None:
        super().__init__()
        self.focused_pane = RULES
        self.is_zoomed = False
        self._most_rows: dict[int, int | None] = {}
        self._kept_text: str | None = None
        """The text that `enter` refused: news of the letters in it, which come after the key, do not hide why."""

    # Parts

    def compose(self) -> ComposeResult:
        ellipsis = self.app.glyphs.ellipsis
        yield Static("", id="too-small", markup=False)
        yield RowLine("banner", ellipsis)
        with Container(id="columns"):
            for column, numbers in enumerate(((EVENTS, RULES), (WHY, SOURCE), (PLAN, EVENT)), 1):
                with Vertical(id=f"column-{column}", classes="column"):
                    for number in numbers:
                        yield Pane(number, ellipsis)
        yield RowLine("footer", ellipsis)

    def on_mount(self) -> None:
        self.panes: Mapping[int, Pane] = {
            number: self.query_one(f"#pane-{number}", Pane) for number in range(1, 7)
        }
        self.fit(self.app.size.width, self.app.size.height)
        self.focus_pane(RULES)
        self.draw()

    @property
    def session(self) -> State:
        return self.app.state

    @property
    def pane(self) -> Pane:
        return self.panes[self.focused_pane]

    @property
    def open_field(self) -> FieldLine | None:
        """The line that is being typed in."""
        return next((pane.field for pane in self.panes.values() if pane.field.is_open), None)

    # Drawing

    def draw(self, *only: int) -> None:
        """Draw the panes of these numbers, all without numbers, and the banner."""
        state, glyphs = self.session, self.app.glyphs
        for number in only or range(1, 7):
            pane = self.panes[number]
            width = max(pane.list.size.width, 20)
            if number == EVENTS:
                pane.show(events_text(state, glyphs))
            elif number == RULES:
                pane.show(tree_text(state, glyphs) if state.show_tree else rules_text(state, glyphs))
            elif number == WHY:
                pane.show(why_text(state, glyphs, width))
            elif number == SOURCE:
                pane.show(source_text(self.app.source_view(), glyphs))
            elif number == PLAN:
                pane.show(plan_text(state, glyphs, width))
            else:
                pane.show(event_text(state, glyphs, width))
        self.query_one("#banner", RowLine).show(banner_row(state, glyphs))
        self._fit_short_panes()

    def _fit_short_panes(self) -> None:
        """Leave room that few events or an empty plan do not need to the pane below."""
        folded = self.has_class("-folding")
        events, plan = self.panes[EVENTS], self.panes[PLAN]
        short = not folded and len(plan.list.rows) <= SHORT_PLAN
        for pane, most in (
            (events, None if folded else min(len(events.list.rows) + 2, MOST_ROWS)),
            (plan, SHORT_PLAN + 2 if short else None),
        ):
            if most != self._most_rows.get(pane.number):
                self._most_rows[pane.number] = most
                pane.styles.max_height = most

    def draw_footer(self) -> None:
        spans: list[Span] = []
        for shown, words in footer_keys(self.focused_pane, self.size.width or self.app.size.width):
            spans += [Span(f" {shown}", "accent"), Span(f" {words} ")]
        self.query_one("#footer", RowLine).show(Row(tuple(spans)))

    def on_resize(self, event: events.Resize) -> None:
        self.fit(event.size.width, event.size.height)
        self.call_after_refresh(self.draw, *FITTED)

    def fit(self, columns: int, rows: int) -> None:
        """Fold the panes, or say that the terminal is too small."""
        small = columns < LEAST_COLUMNS or rows < LEAST_ROWS
        self.set_class(small, "-small")
        if small:
            text = f"{LEAST_COLUMNS}×{LEAST_ROWS} at least; this is {columns}×{rows}."
            self.query_one("#too-small", Static).update(text)
        self.set_class(columns < WIDE_COLUMNS or rows < WIDE_ROWS or self.is_zoomed, "-folding")
        self.set_class(self.is_zoomed, "-zoomed")
        self._unfold()
        self._fit_short_panes()
        self.draw_footer()

    def focus_pane(self, number: int) -> None:
        """Open a pane and give it the keys, at once: keys typed ahead belong to it."""
        self.focused_pane = number
        for other, pane in self.panes.items():
            pane.title.set_class(other == number, "-focused")
            pane.title.mark = self.app.glyphs.cursor if other == number else ""
        self._unfold()
        self.set_focus(self.panes[number].list)
        self.draw_footer()

    def _unfold(self) -> None:
        """Open the focused pane where the others are folded; a class costs a look at all that is below it."""
        if not self.has_class("-folding"):
            return
        for other, pane in self.panes.items():
            pane.set_class(other == self.focused_pane, "-focused")
        for column in (1, 2, 3):
            is_open = (self.focused_pane + 1) // 2 == column
            self.query_one(f"#column-{column}").set_class(is_open, "-open")

    # Keys: which are in force

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Text typed into a line is text; only `enter`, `escape` and `ctrl+q` are keys there."""
        if self.app.screen is not self:
            return False
        if not hasattr(self, "panes"):
            return action == "quit"
        if self.open_field is not None:
            return action in ("deeper", "back", "quit")
        return True

    # Moving

    def action_pane(self, number: int) -> None:
        self.focus_pane(number)

    def action_next_pane(self) -> None:
        self.focus_pane(self.focused_pane % 6 + 1)

    def action_previous_pane(self) -> None:
        self.focus_pane((self.focused_pane - 2) % 6 + 1)

    def action_move(self, step: int) -> None:
        self._move_to(self.pane.list.cursor + step, step)

    def action_page(self, step: int) -> None:
        self._move_to(self.pane.list.page_index(step), step)

    def action_home(self) -> None:
        self._move_to(0, 1)

    def action_end(self) -> None:
        self._move_to(len(self.pane.list.rows) - 1, -1)

    def _move_to(self, index: int, direction: int) -> None:
        rows = self.pane.list
        rows.move_to(index, direction)
        self._follow(self.focused_pane)

    def _follow(self, number: int) -> None:
        """What the cursor of a pane brings with it: the event of pane 1, the rule of pane 2."""
        row = self.panes[number].list.current
        if row is None:
            return
        if number == EVENTS and isinstance(row.key, int):
            self.app.select_event(row.key)
        elif number == RULES and isinstance(row.key, RuleRef):
            self.app.select_rule(row.key)
        elif number == WHY and isinstance(row.key, tuple) and row.key[0] == "place":
            self.app.look_at(str(row.key[1]), int(row.key[2]))

    def on_row_list_chosen(self, message: RowList.Chosen) -> None:
        number = int(str(message.rows.id).rpartition("-")[2])
        if self.open_field is not None:
            return
        self.focus_pane(number)
        self._move_to(message.index, 1)
        if message.again:
            self.action_deeper()

    def on_click(self, event: events.Click) -> None:
        """A click on a title opens its pane."""
        if event.widget is not None and (found := str(event.widget.id or "")).startswith("title-"):
            self.focus_pane(int(found[-1]))

    def action_event(self, step: int) -> None:
        rows = self.panes[EVENTS].list
        index = rows.cursor + step
        if 0 <= index < len(rows.rows):
            rows.move_to(index, step)
            self._follow(EVENTS)

    def action_rule(self, step: int) -> None:
        rows = self.panes[RULES].list
        index = rows.cursor + step
        while 0 <= index < len(rows.rows):
            if isinstance(rows.rows[index].key, RuleRef):
                rows.move_to(index, step)
                self._follow(RULES)
                return
            index += step

    # Deeper and back

    def action_deeper(self) -> None:
        field = self.open_field
        if field is not None:
            self._keep_field(field)
        elif self.focused_pane in DEEPER:
            row = self.pane.list.current
            if row is not None and isinstance(row.key, tuple) and row.key[0] == "flip":
                self.action_flip()
                return
            if row is not None and isinstance(row.key, tuple) and row.key[0] == "place":
                self.app.look_at(str(row.key[1]), int(row.key[2]))
                self.focus_pane(SOURCE)
                return
            self.focus_pane(DEEPER[self.focused_pane])
        elif self.focused_pane == PLAN:
            row = self.pane.list.current
            if row is not None and isinstance(row.key, tuple) and row.key[0] == "effect":
                self.app.overlays.show_effect(int(row.key[1]))
        elif self.focused_pane == EVENT:
            self.action_edit()

    def action_back(self) -> None:
        """One step back, one thing at a time."""
        field = self.open_field
        if field is not None:
            self._discard_field(field)
        elif self.app.stop_work():
            pass
        elif self.focused_pane == EVENTS and self.session.event_filter:
            self.app.filter_events("")
        elif self.focused_pane == RULES and self.session.rule_filter:
            self.app.filter_rules("")
        elif self.is_zoomed:
            self.action_zoom()
        else:
            self.focus_pane(RULES)

    def action_zoom(self) -> None:
        self.is_zoomed = not self.is_zoomed
        self.fit(self.size.width, self.size.height)
        self.call_after_refresh(self.draw, *FITTED)

    # Lines to type in

    def ask(self, pane: int, purpose: str, label: str, text: str, hint: str, **more: object) -> None:
        """Open the line of a pane; the keys go there at once."""
        self.focus_pane(pane)
        field = self.panes[pane].field
        field.ask(purpose, label, text, hint, **more)  # type: ignore[arg-type]
        self._kept_text = None
        self.set_focus(field.input)

    def close_field(self, field: FieldLine) -> None:
        """Close the line; its pane has the keys again."""
        field.close()
        self.set_focus(self.pane.list)

    def on_input_changed(self, event: Input.Changed) -> None:
        field = self.open_field
        if field is None or event.input is not field.input or event.value == self._kept_text:
            return
        if event.value != field.input.value:  # more letters came meanwhile
            return
        self._kept_text = None
        self._tell(field, self.app.field_changed(field.purpose, field.subject, event.value))

    def _tell(self, field: FieldLine, problem: str) -> None:
        """What is wrong with a text, in the line and, where there is more room, in the first row."""
        field.tell(problem or self._hint(field.purpose))
        if problem or self.session.notice:
            self.app.say(problem)

    @staticmethod
    def _hint(purpose: str) -> str:
        return "enter keep · esc clear" if purpose in ("filter", "find") else "enter keep · esc discard"

    def _keep_field(self, field: FieldLine) -> None:
        problem = self.app.keep_field(field.purpose, field.subject, field.input.value)
        if problem:
            self._kept_text = field.input.value
            self._tell(field, problem)
        else:
            self.close_field(field)

    def _discard_field(self, field: FieldLine) -> None:
        purpose, subject = field.purpose, field.subject
        self.close_field(field)
        self.app.discard_field(purpose, subject)

    def action_filter(self) -> None:
        if self.focused_pane == EVENTS:
            self.ask(EVENTS, "filter", "/", self.session.event_filter, self._hint("filter"), subject="events")
        elif self.focused_pane == RULES:
            self.ask(RULES, "filter", "/", self.session.rule_filter, self._hint("filter"), subject="rules")
        else:
            self.ask(self.focused_pane, "find", "/", "", self._hint("find"), subject=str(self.focused_pane))

    def find(self, text: str) -> str:
        """Put the cursor of the focused pane on the next row with a text; what to say when there is none."""
        rows = self.pane.list
        wanted = text.casefold()
        if not wanted:
            return ""
        for index in (*range(rows.cursor, len(rows.rows)), *range(rows.cursor)):
            if wanted in rows.rows[index].text.casefold():
                rows.move_to(index)
                return ""
        return "not found"

    # Edits

    def _field_name(self) -> str:
        row = self.panes[EVENT].list.current
        if row is not None and isinstance(row.key, tuple) and row.key[0] == "field":
            return str(row.key[1])
        first = next(
            (row.key[1] for row in every_row(self.panes[EVENT].list.rows) if isinstance(row.key, tuple)), ""
        )
        return str(first)

    def action_edit(self) -> None:
        name = self._field_name()
        if not name or self.session.history is None:
            self.app.say("There is no event to edit.")
            return
        text, problem = self.app.field_text(name)
        if problem:
            self.app.say(problem)
            return
        self.ask(EVENT, "edit", f"{name} =", text, self._hint("edit"), subject=name)

    def action_edit_document(self) -> None:
        self.app.overlays.open_document()

    def action_reset(self) -> None:
        if self.focused_pane == EVENT:
            self.app.reset_field(self._field_name())

    def action_add(self) -> None:
        self._add_or_remove(1)

    def action_remove(self) -> None:
        self._add_or_remove(-1)

    def _add_or_remove(self, sign: int) -> None:
        if self.focused_pane != EVENT:
            return
        name = self._field_name()
        if name == "now":
            self.app.shift_now(sign)
        elif name == "labels":
            known = self.app.known_labels() if sign > 0 else self.app.present_labels()
            label, text = ("add label =", "") if sign > 0 else ("remove label =", known[0] if known else "")
            purpose = "add_label" if sign > 0 else "remove_label"
            self.ask(EVENT, purpose, label, text, self._hint("edit"), subject=name, known=known)
        else:
            self.app.say("+ and - change labels and now.")

    def action_undo(self) -> None:
        self.app.undo()

    def action_undo_all(self) -> None:
        self.app.undo_all()

    def action_flip(self) -> None:
        self.app.try_flip()

    # Views

    def action_round(self) -> None:
        self.app.next_round()

    def action_all(self) -> None:
        self.app.toggle_all()

    def action_view(self) -> None:
        self.app.toggle_tree()

    # Commands without a key

    def action_open_events(self) -> None:
        self.app.overlays.ask_for_events()

    def action_decide_all(self) -> None:
        self.app.decide_all()

    def action_ask_models(self) -> None:
        self.app.ask_models()

    def action_reload(self) -> None:
        self.app.reload_policies()

    # Outside

    def action_editor(self) -> None:
        self.app.overlays.open_editor()

    def action_copy(self) -> None:
        self.app.copy_pane(self.focused_pane, self.pane.list.rows)

    def action_write(self) -> None:
        self.ask(PLAN, "write", "write plan to", "plan.json", "enter write · esc cancel", subject="plan")

    def action_case(self) -> None:
        self.app.overlays.open_case()

    def action_compare(self) -> None:
        if not len(self.session.archive):
            self.app.say("There are no events to compare over.")
            return
        self.ask(RULES, "compare", "compare with", self.app.revision_name(), "enter compare · esc cancel")

    def action_help(self) -> None:
        self.app.overlays.open_help(self.focused_pane)

    def action_try_again(self) -> None:
        self.app.try_again()

    def action_commands(self) -> None:
        self.app.overlays.open_commands()

    def action_quit(self) -> None:
        self.app.exit()

    # Answers

    def on_decided(self, message: Decided) -> None:
        self.app.take_decision(message.request, message.outcome)

    def on_loaded(self, message: Loaded) -> None:
        self.app.take_policies(message.policies)

    def on_compared(self, message: Compared) -> None:
        self.app.show_comparison(message.comparison)

    def on_worked(self, message: Worked) -> None:
        self.app.take_report(message.work, message.report)

    def event_rows(self) -> EventRows | None:
        rows = self.panes[EVENTS].list.rows
        return rows if isinstance(rows, EventRows) else None
