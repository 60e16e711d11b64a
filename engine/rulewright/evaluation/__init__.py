"""Suites that measure a model: what is asked, of which generated texts, and by which formulas."""
