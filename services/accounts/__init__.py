"""Accounts, their users and tokens, and authentication."""
