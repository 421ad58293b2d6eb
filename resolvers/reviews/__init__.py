"""Resolvers of the Review step."""
