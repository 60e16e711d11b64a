"""Facts that a model answers. Imported when a policy asks for one, never on the warm path."""
