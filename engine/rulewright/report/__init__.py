"""Reports: what a command found, in each output format."""
