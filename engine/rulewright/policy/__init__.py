"""What a policy says: YAML and JSON with source positions, schemas, diagnostics, quantities, configuration."""
