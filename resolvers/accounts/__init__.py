"""Resolvers of accounts, users, tokens and the viewer."""
