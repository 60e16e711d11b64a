"""GitHub: its client and limits, what is read there, and what is written."""
