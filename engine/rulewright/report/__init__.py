"""Reports: the result of each command, in every output format."""
