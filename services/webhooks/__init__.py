"""Webhook endpoints of accounts: their events, deliveries, secrets and leases."""
