"""Resolvers of imports."""
