"""What a policy compiles to, and how that decides: truth values, expressions, matchers, routes, the rule index."""
