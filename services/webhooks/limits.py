"""Settings of an application's webhook endpoints."""

from models.db.application import PerApplication


class WebhookLimits:
    """Limits of the URLs of endpoints, and of the speed of sending to one."""

    allows_private = False
    """Allows http, and addresses that are not public."""
    concurrent_requests = 8
    """The highest number of concurrent requests to an endpoint."""
    requests_per_second = 100


webhook_limits = PerApplication(WebhookLimits)


def configure(*, allows_private: bool, concurrent_requests: int, requests_per_second: int) -> None:
    """Sets the limits of this application."""
    limits = webhook_limits()
    limits.allows_private = allows_private
    limits.concurrent_requests = concurrent_requests
    limits.requests_per_second = requests_per_second
