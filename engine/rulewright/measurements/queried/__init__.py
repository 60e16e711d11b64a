"""Sources that are asked while the gate runs: servers by their HTTP APIs, and stores that are no single file."""
