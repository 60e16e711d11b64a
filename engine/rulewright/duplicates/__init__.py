"""Duplicates: an index of issues in one SQLite file, the search in it, and the decision about a candidate."""
