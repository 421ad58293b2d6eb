"""Reads and validates the values that callers give."""
