"""The tables, with one module for each family, and access to the database."""

from models.account import Account, ApiToken, User
from models.account_queue import AccountQueue
from models.account_usage import AccountUsage
from models.audit_event import AuditEvent
from models.campaign import Campaign, CampaignContact, CampaignList, CampaignSegment
from models.campaign_review import CampaignReview, CampaignReviewPart
from models.change import Change
from models.contact import Contact, ContactAssignee, CustomVariableLabel, Tag
from models.contact_history import BulkChange, BulkChangeContact, ContactHistory
from models.contact_list import ContactList, ContactListMember
from models.contact_purge import ContactPurge, PurgedPhone
from models.event import Event
from models.idempotency_key import IdempotencyKey
from models.job import Job, JobFile, JobRowError
from models.message import Message, PhoneHistory
from models.operator_prefix import OperatorPrefix
from models.opt_out import ConsentEvent, OptOut
from models.rate_limit import RateLimit
from models.subscription import Subscription, SubscriptionEvent
from models.verification import Verification
from models.webhook import WebhookDelivery, WebhookEndpoint

__all__ = [
    "Account",
    "AccountQueue",
    "AccountUsage",
    "ApiToken",
    "AuditEvent",
    "BulkChange",
    "BulkChangeContact",
    "Campaign",
    "CampaignContact",
    "CampaignList",
    "CampaignReview",
    "CampaignReviewPart",
    "CampaignSegment",
    "Change",
    "ConsentEvent",
    "Contact",
    "ContactAssignee",
    "ContactHistory",
    "ContactList",
    "ContactListMember",
    "ContactPurge",
    "CustomVariableLabel",
    "Event",
    "IdempotencyKey",
    "Job",
    "JobFile",
    "JobRowError",
    "Message",
    "OperatorPrefix",
    "OptOut",
    "PhoneHistory",
    "PurgedPhone",
    "RateLimit",
    "Subscription",
    "SubscriptionEvent",
    "Tag",
    "User",
    "Verification",
    "WebhookDelivery",
    "WebhookEndpoint",
]
