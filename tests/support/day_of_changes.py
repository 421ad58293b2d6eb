"""A day of changes: calls of every mutation that write something, one after another."""

from typing import Any

from services.events import recording as events
from services.webhooks.events import EventType
from tests.support.api_client import MONDAY, Api, iso
from tests.support.imports import ANY_FILE
from tests.support.review_requests import validate
from tests.support.rows import make_job
from tests.support.sample_contacts import create_sample_contacts
from tests.support.webhook_endpoints import make_endpoint

LEFT_OUT = {"revokeToken", "emailExport"}
"""The mutations that `day_of_changes` does not call."""


async def day_of_changes(api: Api) -> list[tuple[str, dict[str, Any]]]:
    """Creates sample contacts, and returns the mutations to call, in order, each with its input.

    Jobs must run after importContacts.
    """
    events.configure(has_webhook=True)
    cast = await create_sample_contacts(api)
    amina, brian, chidi, bob = *[cast.contacts[name] for name in ("Amina", "Brian", "Chidi")], cast.users["Bob"]
    farmers, empty = cast.lists["Farmers"], cast.lists["Empty"]
    rows: list[dict[str, Any]] = [
        {"phone": "0712 345 678", "tags": ["fresh"], "listIds": [empty]},
        {"phone": "0712 000 001", "assignedToEmail": "bob@example.com"},
    ]
    spring, people = cast.campaigns["Spring"], [{"contact": "0712 000 001"}, {"contact": "0712 000 009"}]
    messages: list[dict[str, Any]] = [
        {"phone": "0733 123 456", "direction": "INBOUND", "body": "Stop", "userId": bob},
        {"phone": "0733 123 456", "direction": "OUTBOUND", "externalId": "m", "campaignId": cast.campaigns["Spring"]},
    ]
    endpoint, _ = await make_endpoint(api, None, *EventType)
    bobs = {"isAssignmentEnabled": True, "assignmentType": "SELECTED_USERS", "selectedUsers": [bob]}
    audience = [{"phoneNumber": phone} for phone in ("0712 345 678", "0733 123 456", "0712 000 077")]
    review = await validate(api, audience, campaignId=spring)
    return [
        ("validateCampaignContacts", {"contacts": audience, "campaignId": spring, "assignmentConfig": bobs}),
        ("applyCampaignReview", {"reviewId": review["id"], "buckets": ["NEW", "ASSIGNED_TO_YOU_NOT_OWNED"]}),
        ("createContact", {"contact": {**rows[0], "ownerId": bob, "assigneeIds": [bob]}, "ifExists": "UPDATE"}),
        ("createContact", {"contact": {"phone": "0712 000 002", "externalId": "N-1", "listIds": [farmers]}}),
        ("bulkCreateContacts", {"contacts": rows, "listId": farmers, "ifExists": "UPDATE", "addExistingToList": True}),
        (
            "updateContact",
            {"contact": {"id": amina}, "phone": "0712 000 003", "listIds": [empty], "tags": ["x"], "ownerId": None},
        ),
        ("updateContact", {"contact": {"id": amina}, "externalId": "N-2", "assigneeIds": [bob], "listIds": None}),
        ("updateContact", {"contact": {"id": amina}, "assignedToEmail": "ada@example.com"}),
        ("optOut", {"phone": "0712 000 003"}),
        ("optIn", {"phone": "0712 000 003"}),
        ("optOutNumbers", {"phones": ["0712 000 003", "0733 000 009"]}),
        ("optIn", {"phone": "0712 000 003"}),
        ("assignContacts", {"contacts": {"ids": [amina, brian]}, "ownerId": bob, "addAssigneeIds": [bob]}),
        ("assignContacts", {"contacts": {"ids": [amina]}, "ownerId": None, "removeAssigneeIds": [bob]}),
        ("tagContacts", {"contacts": {"matching": {"filter": {"search": "a"}}}, "add": ["y"], "remove": ["farmer"]}),
        ("addContactsToList", {"listId": empty, "contacts": {"ids": [amina, brian]}}),
        ("removeContactsFromList", {"listId": empty, "contacts": {"phones": ["0733 123 456"]}}),
        ("addCampaignContacts", {"campaignId": spring, "contacts": people}),
        (
            "addCampaignContacts",
            {"campaignId": spring, "contacts": [people[0] | {"name": "N"}, people[1]], "ifDuplicate": "UPDATE"},
        ),
        ("createCampaign", {"name": "Winter", "listIds": [farmers]}),
        ("updateCampaign", {"id": spring, "listIds": [farmers, empty]}),
        ("updateCampaign", {"id": spring, "listIds": [farmers], "channel": "EMAIL", "status": "SCHEDULED"}),
        ("deleteCampaign", {"id": cast.campaigns["Autumn"]}),
        ("removeCampaignContacts", {"campaignId": spring, "contacts": {"ids": [amina]}}),
        ("trashContacts", {"contacts": {"ids": [amina, chidi]}}),
        ("restoreContacts", {"contacts": {"phones": ["0712 000 003"]}}),
        ("purgeContacts", {"contacts": {"ids": [chidi]}}),
        ("purgeContacts", {"contacts": {"ids": [brian]}, "fromAnywhere": True, "optOut": True}),
        ("recordMessages", {"messages": messages}),
        ("recordMessages", {"messages": [{**messages[1], "status": "FAILED"}]}),
        *(
            ("verifyContact", {"contact": {"phone": "0712 000 003"}, "action": action})
            for action in ("REQUEST", "CONFIRM", "REVOKE")
        ),
        ("createContactList", {"name": "New"}),
        ("importContacts", {"file": ANY_FILE, "listId": farmers, "ifExists": "UPDATE", "waitSeconds": 0}),
        ("updateContactList", {"id": empty, "name": "Emptied", "description": None}),
        ("deleteContactList", {"id": farmers}),
        ("updateAccount", {"name": "Acme & Co", "trashRetentionDays": 1}),
        ("setOperatorPrefix", {"prefix": "25470", "operator": "New Telecom"}),
        ("deleteOperatorPrefix", {"prefix": "25470"}),
        ("createUser", {"email": "carl@example.com", "name": "Carl", "role": "ADMIN"}),
        ("updateUser", {"id": bob, "role": "MANAGER"}),
        ("updateUser", {"id": bob, "isActive": False}),
        ("exportContacts", {"listId": empty, "filter": {"search": "a"}, "waitSeconds": 0}),
        ("cancelJob", {"id": await make_job(api, status="QUEUED")}),
        ("createToken", {"name": "t", "scopes": ["ADMIN"], "userId": api.user_id}),
        ("createWebhookEndpoint", {"url": "https://hooks.example.com", "eventTypes": ["LIST_CREATED"]}),
        ("updateWebhookEndpoint", {"id": endpoint, "url": "https://other.example.com", "selection": "{ id }"}),
        ("rotateWebhookSecret", {"id": endpoint}),
        ("testWebhookEndpoint", {"id": endpoint, "eventType": "CONTACT_OPTED_OUT", "contactId": amina}),
        ("redeliverWebhookEvents", {"endpointId": endpoint, "failedSince": iso(MONDAY)}),
        ("updateWebhookEndpoint", {"id": endpoint, "isActive": False}),
        ("deleteWebhookEndpoint", {"id": endpoint}),
    ]
