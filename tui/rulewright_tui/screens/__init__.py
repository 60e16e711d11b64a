"""Screens: widgets put together, and keys turned into steps of the session."""
