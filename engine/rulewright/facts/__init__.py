"""Facts gathered for an event, in rounds; one module for each source."""
