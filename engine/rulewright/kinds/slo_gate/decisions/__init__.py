"""The rules that turn a sample into a verdict: one module for each rule, pure and deterministic."""
