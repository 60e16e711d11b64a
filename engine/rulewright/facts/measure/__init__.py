"""The samples of objectives: found, read, joined and checked."""
