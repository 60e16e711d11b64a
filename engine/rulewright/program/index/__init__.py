"""The rule index: which rules of a route an event can possibly concern."""
