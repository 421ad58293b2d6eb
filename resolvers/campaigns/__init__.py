"""Resolvers of campaigns."""
