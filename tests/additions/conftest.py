"""The tests of the additions run in a copy of the repository, where what they test exists (`test_additions.py`)."""

collect_ignore_glob = ["*/tests/*"]
