"""The loaders, by the names that the fields of types use."""

from schema.context import LoaderClass

from .accounts_by_id import AccountsById
from .assignees_by_contact import AssigneesByContact
from .campaign_contacts_by_contact import CampaignContactsByContact
from .campaigns_by_contact import CampaignsByContact
from .campaigns_by_id import CampaignsById
from .consent_events_by_phone import ConsentEventsByPhone
from .contact_counts_by_user import AssignedContactCountsByUser, OwnedContactCountsByUser
from .contact_lists_by_id import ContactListsById
from .contacts_by_campaign import ContactsByCampaign
from .contacts_by_id import ContactsById
from .contacts_by_list import ContactsByList
from .contacts_by_phone import ContactsByPhone
from .deliveries_by_endpoint import DeliveriesByEndpoint
from .entries_by_review import BUCKET_LOADERS, EntriesByReview
from .event_objects import ApiTokensById, JobsById, MessagesById, OptOutsByPhone
from .history_by_contact import HistoryByContact
from .lists_by_campaign import ListsByCampaign
from .lists_by_contact import ListsByContact
from .messages_by_campaign import MessagesByCampaign
from .messages_by_phone import MessagesByPhone
from .row_errors_by_job import RowErrorsByJob
from .segments_by_campaign import SegmentsByCampaign
from .usage_by_account import UsageByAccount
from .users_by_id import UsersById

LOADERS: dict[str, LoaderClass] = {
    "accounts_by_id": AccountsById,
    "api_tokens_by_id": ApiTokensById,
    "assigned_contact_counts_by_user": AssignedContactCountsByUser,
    "assignees_by_contact": AssigneesByContact,
    "campaign_contacts_by_contact": CampaignContactsByContact,
    "campaigns_by_contact": CampaignsByContact,
    "campaigns_by_id": CampaignsById,
    "consent_events_by_phone": ConsentEventsByPhone,
    "contact_lists_by_id": ContactListsById,
    "contacts_by_campaign": ContactsByCampaign,
    "contacts_by_id": ContactsById,
    "contacts_by_list": ContactsByList,
    "contacts_by_phone": ContactsByPhone,
    "deliveries_by_endpoint": DeliveriesByEndpoint,
    "entries_by_review": EntriesByReview,
    **BUCKET_LOADERS,
    "history_by_contact": HistoryByContact,
    "jobs_by_id": JobsById,
    "lists_by_campaign": ListsByCampaign,
    "lists_by_contact": ListsByContact,
    "messages_by_campaign": MessagesByCampaign,
    "messages_by_id": MessagesById,
    "messages_by_phone": MessagesByPhone,
    "opt_outs_by_phone": OptOutsByPhone,
    "owned_contact_counts_by_user": OwnedContactCountsByUser,
    "row_errors_by_job": RowErrorsByJob,
    "segments_by_campaign": SegmentsByCampaign,
    "usage_by_account": UsageByAccount,
    "users_by_id": UsersById,
}
