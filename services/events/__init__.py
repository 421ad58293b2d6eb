"""Events, and the outbox from which webhooks send them."""
