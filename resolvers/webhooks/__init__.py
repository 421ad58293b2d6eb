"""Queries and mutations of webhook endpoints."""
