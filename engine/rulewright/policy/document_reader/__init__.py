"""YAML and JSON text to plain data with the place of every value; `policy/document.py` is the entrance."""
