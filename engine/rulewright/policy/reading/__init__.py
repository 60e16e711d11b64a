"""From bytes to plain data with places: decoding, scalars, building, syntax errors in human words."""
