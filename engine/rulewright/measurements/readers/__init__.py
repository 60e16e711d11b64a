"""Readers of what tools write: one module for each kind of `source:`, and the parsing that they share."""
