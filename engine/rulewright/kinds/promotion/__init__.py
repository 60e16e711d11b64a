"""Promotions: transitions between environments, and what each requires."""
