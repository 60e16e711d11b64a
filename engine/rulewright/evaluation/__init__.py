"""Model evaluation: suites that measure a model, with generated texts and published formulas."""
