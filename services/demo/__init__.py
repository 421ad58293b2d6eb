"""The demo account and its contacts."""
