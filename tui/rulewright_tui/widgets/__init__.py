"""Widgets: they draw rows and take keys, and decide nothing."""
