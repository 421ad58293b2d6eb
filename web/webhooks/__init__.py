"""Sends events to the endpoints of accounts, and to the operator's own receiver."""
