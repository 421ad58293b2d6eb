"""The HTTP layer: parses requests into operations, and writes results as responses. It has no business rules."""
