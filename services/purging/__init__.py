"""Deletes what has expired, and what is left of purged contacts. Knows all domains; none of them imports it."""
