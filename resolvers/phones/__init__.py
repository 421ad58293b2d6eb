"""Resolvers of phone numbers and operators."""
