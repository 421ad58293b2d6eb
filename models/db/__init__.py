"""Runs statements, transactions and migrations on PostgreSQL and SQLite."""
