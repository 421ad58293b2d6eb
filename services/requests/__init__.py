"""Idempotency keys, rate limits and uploads of requests."""
