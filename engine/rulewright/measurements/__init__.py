"""Measured values: statistics, units, and readers of what tools report."""
