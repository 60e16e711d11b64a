"""The keys: what each does, where, and in which words. None of them applies anything."""

from __future__ import annotations

from typing import Final, NamedTuple

EVENTS, RULES, WHY, SOURCE, PLAN, EVENT = range(1, 7)
"""The panes."""


class Key(NamedTuple):
    """One action. `keys` as Textual names them; `shown` as people write them; `panes`: where it is offered in the
    footer, first the most useful; empty for nowhere."""

    keys: str
    action: str
    id: str
    description: str
    tooltip: str
    shown: str
    panes: str = ""


KEYS: Final = (
    Key("1", "pane(1)", "pane.events", "Events", "Go to the pane Events", "1"),
    Key("2", "pane(2)", "pane.rules", "Rules", "Go to the pane Rules", "2"),
    Key("3", "pane(3)", "pane.why", "Why", "Go to the pane Why", "3"),
    Key("4", "pane(4)", "pane.source", "Source", "Go to the pane Source", "4"),
    Key("5", "pane(5)", "pane.plan", "Plan", "Go to the pane Plan", "5"),
    Key("6", "pane(6)", "pane.event", "Event", "Go to the pane Event", "6"),
    Key("tab", "next_pane", "pane.next", "Next pane", "Go to the next pane", "tab"),
    Key("shift+tab", "previous_pane", "pane.previous", "Previous pane", "Go to the pane before", "shift+tab"),
    Key("down,j", "move(1)", "cursor.down", "Down", "Move the cursor down", "↓ j"),
    Key("up,k", "move(-1)", "cursor.up", "Up", "Move the cursor up", "↑ k"),
    Key("pagedown", "page(1)", "cursor.page_down", "Page down", "Move a page down", "pagedown"),
    Key("pageup", "page(-1)", "cursor.page_up", "Page up", "Move a page up", "pageup"),
    Key("home,g", "home", "cursor.home", "First row", "Move to the first row", "home g"),
    Key("end,G,shift+g", "end", "cursor.end", "Last row", "Move to the last row", "end G"),
    Key(
        "enter",
        "deeper",
        "deeper",
        "Open",
        "One deeper: Events, Rules, Why, Source; an effect in full; edit a field",
        "enter",
        "12356",
    ),
    Key(
        "escape",
        "back",
        "back",
        "Back",
        "One step back: leave a line, stop work, clear a filter, unzoom, pane Rules",
        "escape",
    ),
    Key("n", "event(1)", "event.next", "Next event", "Decide the next event", "n", "1"),
    Key("p", "event(-1)", "event.previous", "Previous event", "Decide the event before", "p", "1"),
    Key("right_square_bracket", "rule(1)", "rule.next", "Next rule", "Select the next rule", "]", "34"),
    Key(
        "left_square_bracket",
        "rule(-1)",
        "rule.previous",
        "Previous rule",
        "Select the rule before",
        "[",
        "34",
    ),
    Key("e", "edit", "edit", "Edit", "Edit the field under the cursor of the pane Event", "e", "26"),
    Key("E,shift+e", "edit_document", "edit.document", "Edit JSON", "Edit the whole event as JSON", "E", "6"),
    Key("x", "reset", "edit.reset", "Put back", "Put one field or fact back as it came", "x", "6"),
    Key("plus", "add", "edit.add", "Add label", "Add a label, or move now a day later", "+", "6"),
    Key(
        "minus",
        "remove",
        "edit.remove",
        "Remove label",
        "Remove a label, or move now a day earlier",
        "-",
        "6",
    ),
    Key("f", "flip", "flip", "Try flip", "Edit the event so that the rule turns", "f", "23"),
    Key("u", "undo", "undo", "Undo", "Undo the last edit", "u", "26"),
    Key("U,shift+u", "undo_all", "undo.all", "Undo all", "Undo all edits", "U"),
    Key(
        "slash",
        "filter",
        "filter",
        "Filter",
        "Filter events and rules; find in the other panes",
        "/",
        "12345",
    ),
    Key("r", "round", "round", "Round", "Show the next round of planning", "r", "3"),
    Key("a", "all", "all", "All rules", "Show all rules, or those that did more than not match", "a", "2"),
    Key("v", "view", "view", "All events", "Show the policies with counts over all loaded events", "v", "2"),
    Key("o", "editor", "editor", "Open editor", "Open the file in $EDITOR at that line", "o", "4"),
    Key("y", "copy", "copy", "Copy", "Copy what the pane says", "y", "5"),
    Key("w", "write", "write", "Write plan", "Write the plan as JSON to a file", "w", "5"),
    Key("t", "case", "case", "Test case", "Save what is on screen as a test case of the policy", "t", "256"),
    Key(
        "c",
        "compare",
        "compare",
        "Compare",
        "Compare the policies with another revision over all events",
        "c",
        "12",
    ),
    Key("z", "zoom", "zoom", "Zoom", "Open the focused pane alone", "z"),
    Key("question_mark", "help", "help", "Help", "Show the keys", "?"),
    Key("colon,ctrl+p", "commands", "commands", "Commands", "Search the commands", ":"),
    Key("ctrl+q", "quit", "quit", "Quit", "Quit", "^q"),
)

UNBOUND: Final = (
    Key(
        "",
        "open_events",
        "open",
        "Open events",
        "Open a file or folder of events in place of those loaded",
        "",
    ),
    Key("", "decide_all", "decide_all", "Decide all events", "Decide all loaded events", ""),
    Key(
        "",
        "ask_models",
        "ask_models",
        "Ask models again",
        "Ask models about the event as it is edited now",
        "",
    ),
    Key("", "reload", "reload", "Reload policies", "Load the policies again", ""),
    Key("", "try_again", "try_again", "Try again", "Read GitHub again, or decide the event anew", ""),
)
"""What the commands offer and no key does."""

LAST: Final = ("help", "commands", "quit")
"""What the footer always shows, at its end."""


def footer_keys(pane: int, columns: int) -> tuple[tuple[str, str], ...]:
    """(key, description) pairs for the footer of a pane, as many as fit; help, commands and quit are never left out."""
    last = [(key.shown, key.description) for name in LAST for key in KEYS if key.id == name]
    room = columns - sum(len(shown) + len(words) + 3 for shown, words in last)
    kept: list[tuple[str, str]] = []
    for key in KEYS:
        size = len(key.shown) + len(key.description) + 3
        if str(pane) in key.panes and size <= room:
            kept.append((key.shown, key.description))
            room -= size
    return (*kept, *last)
