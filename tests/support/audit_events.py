"""Reads the audit log."""

from typing import Any

from tests.support.api_client import Api

FIELDS = """
id action subjectId count summary user { id } token { id } job { id } requestId ipAddress occurredAt
"""
EVENTS = f"""
query ($first: Int, $after: String, $filter: AuditEventFilter) {{
  auditEvents(first: $first, after: $after, filter: $filter) {{
    totalCount nodes {{ {FIELDS} }} pageInfo {{ endCursor hasNextPage }}
  }}
}}
"""


async def events_of(api: Api, **arguments: Any) -> Any:
    """Returns a page of the audit log."""
    return (await api.run(EVENTS, **arguments))["auditEvents"]
