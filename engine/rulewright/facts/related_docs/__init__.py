"""Documents of the checkout that are about what an issue is about."""
