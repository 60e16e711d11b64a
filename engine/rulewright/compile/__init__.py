"""Policies to a program: references, types and units, taint, static analysis, and the cache of compiled programs."""
