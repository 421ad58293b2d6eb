"""Resolvers of the change log."""
