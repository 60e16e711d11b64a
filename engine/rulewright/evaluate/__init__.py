"""A program and facts to a decision; explanations, and the smallest change that would change a result."""
