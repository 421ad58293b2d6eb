"""Counts what became of the attempts of an application to deliver events to webhook endpoints."""

from collections import Counter

from models.db.application import PerApplication


class AttemptCounts:
    """The attempts by outcome: accepted, retried later, or given up."""

    def __init__(self) -> None:
        self.by_outcome = Counter(dict.fromkeys(("delivered", "retried", "given_up"), 0))


attempt_counts = PerApplication(AttemptCounts)
