"""Resolvers of subscriptions."""
