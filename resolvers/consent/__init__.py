"""Resolvers of the register of opt-outs."""
