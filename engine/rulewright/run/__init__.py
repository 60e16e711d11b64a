"""Plans carried out: apply, the journal, state between runs, resume, undo."""
