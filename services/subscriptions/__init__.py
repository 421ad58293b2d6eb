"""Subscriptions to changes of contacts and to the progress of jobs."""
