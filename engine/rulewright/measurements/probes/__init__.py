"""What `rulewright measure` measures: documents of `kind: Measurement`, their probes, and the runs of them."""
