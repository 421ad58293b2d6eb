"""Campaigns, their status, their contacts and their audience."""
