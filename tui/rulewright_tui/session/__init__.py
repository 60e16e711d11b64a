"""What the terminal interface knows and does, without a terminal: pure functions over frozen data."""
