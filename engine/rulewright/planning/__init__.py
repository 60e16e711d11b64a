"""A decision to a plan: rounds of proposals, conflicts, what people changed, budgets."""
