"""A small assistant: it answers, remembers, delegates, and puts its memories in order at night."""
