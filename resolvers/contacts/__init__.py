"""Resolvers of contacts."""
