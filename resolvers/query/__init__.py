"""Reads rows and pages of tables in SQL."""
