"""The generated pages, one module each. Nothing here is part of the package."""
