"""Rules that turn what was measured into a verdict: one module a rule, each pure."""
