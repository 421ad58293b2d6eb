"""Identifies the callers of requests: by API tokens, and by JWTs of an identity provider."""
