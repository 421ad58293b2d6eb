"""Servers and databases for the tests, and clients that call them."""
