"""Resolvers of messages."""
