"""Gates judged outside of an event: from files, with evidence that replays to the same bytes."""
