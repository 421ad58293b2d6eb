"""The history of contacts."""
