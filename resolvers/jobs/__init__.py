"""Resolvers of jobs."""
