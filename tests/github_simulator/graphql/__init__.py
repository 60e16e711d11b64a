"""GraphQL, executed for real against GitHub's schema."""
