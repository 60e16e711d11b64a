"""Texts and facts that suites ask about, made from templates and a seed: the same seed gives the same bytes."""
