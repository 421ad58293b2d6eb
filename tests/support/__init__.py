"""Helpers of the tests: requests, rows and what they expect."""
