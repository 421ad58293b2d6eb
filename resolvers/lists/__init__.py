"""Resolvers of lists."""
