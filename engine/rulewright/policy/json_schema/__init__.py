"""Documents against JSON Schemas, bundled or the user's own; `check` is the entrance."""
