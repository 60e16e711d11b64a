"""Duplicates: an index of issues in one SQLite file, a search in several channels, a calibrated decision."""
