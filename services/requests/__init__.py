"""What protects requests: idempotency keys, rate limits and uploads."""
