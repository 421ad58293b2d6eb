"""The tables of the API's objects, and the SQL of their columns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from tortoise.models import Model

import models
from models.db import database
from models.db.sql import ACCOUNT, Sql
from models.db.text_cache import cache_texts
from services.campaigns.row_validation import MAX_CONTEXT
from services.contacts.fields import MAX_LENGTHS, MAX_TAGS_LENGTH, MAX_VARIABLES_LENGTH
from services.input.json_values import MAX_BYTES
from services.messages.recording import MAX_BODY
from services.webhooks.endpoints import MAX_SELECTION
from services.webhooks.queue import MAX_PAYLOAD


@dataclass(frozen=True, eq=False)
class Table:
    """A model whose rows are read without creating model instances.

    `virtual` maps columns that the model does not have to an SQL expression and SQLite's name for its type. The account
    must be the first parameter of a statement with virtual columns.
    `account` is the column that contains a row's account. `long_texts` maps columns to the most characters of their
    values, if these are many.
    """

    model: type[Model]
    typename: str
    virtual: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    account: str = "account_id"
    long_texts: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    def characters(self, columns: Iterable[str]) -> int:
        """Returns how many characters the long texts among the columns of one row can have together."""
        return sum(self.long_texts.get(column, 0) for column in columns) if self.long_texts else 0

    def select_list(self, columns: Iterable[str]) -> str:
        """Returns the SELECT list of the columns, for a statement that gives the table no alias.

        Without columns, it contains a constant.
        """
        return _select_list(self, tuple(columns), database.is_postgres())

    def selected(self, column: str) -> str:
        """Returns a column as a term of a SELECT list."""
        if column == "__typename":
            return f"'{self.typename}' AS \"__typename\""
        if column in self.virtual:
            expression, kind = self.virtual[column]
            return database.selected_as(f"({expression})", column, kind)
        return f'{self.name}."{column}"'


@cache_texts(500_000)
def _select_list(table: Table, columns: tuple[str, ...], is_postgres: bool) -> str:
    return ",".join(table.selected(column) for column in columns) or '1 AS "nothing"'


CONTACTS = Table(
    models.Contact,
    "Contact",
    {
        "number": ("COALESCE(contact.given_phone, contact.phone)", "text"),
        "opted_out_at": (
            f"SELECT opt_out.changed_at FROM opt_out WHERE opt_out.account_id = {ACCOUNT} "
            "AND opt_out.phone = contact.phone AND opt_out.is_opted_out",
            "timestamp",
        ),
        "is_owner_active": (
            f"SELECT account_user.is_active FROM account_user WHERE account_user.account_id = {ACCOUNT} "
            "AND account_user.id = contact.owner_id",
            "boolean",
        ),
    },
    long_texts={"notes": MAX_LENGTHS["notes"], "custom_variables": MAX_VARIABLES_LENGTH, "tags": MAX_TAGS_LENGTH},
)
CONTACT_LISTS = Table(models.ContactList, "ContactList")
CAMPAIGNS = Table(models.Campaign, "Campaign")
CAMPAIGN_REVIEWS = Table(models.CampaignReview, "CampaignReview")
CAMPAIGN_CONTACTS = Table(
    models.CampaignContact,
    "CampaignContact",
    long_texts={"context": MAX_CONTEXT, "extracted_data": MAX_BYTES},
)
MESSAGES = Table(
    models.Message,
    "Message",
    {"number": ("COALESCE(message.given_phone, message.phone)", "text")},
    long_texts={"body": MAX_BODY},
)
HAS_NUMBER = Sql("message.phone <> ''")
"""The condition that a message's number was not purged. The indexes of messages have it, too."""
USERS = Table(models.User, "User")
API_TOKENS = Table(models.ApiToken, "ApiToken")
ACCOUNTS = Table(models.Account, "Account", account="id")
OPT_OUTS = Table(models.OptOut, "OptOut", {"ledger": ("opt_out.phone", "text")})
CONSENT_EVENTS = Table(models.ConsentEvent, "ConsentEvent")
CONTACT_LIST_MEMBERS = Table(models.ContactListMember, "")
CONTACT_ASSIGNEES = Table(models.ContactAssignee, "")
CAMPAIGN_LISTS = Table(models.CampaignList, "")
CAMPAIGN_SEGMENTS = Table(models.CampaignSegment, "CampaignSegment")
TAGS = Table(models.Tag, "Tag")
CUSTOM_VARIABLE_LABELS = Table(models.CustomVariableLabel, "CustomVariableLabel")
JOBS = Table(models.Job, "Job")
AUDIT_EVENTS = Table(models.AuditEvent, "AuditEvent")
WEBHOOK_ENDPOINTS = Table(models.WebhookEndpoint, "WebhookEndpoint", long_texts={"selection": MAX_SELECTION})
WEBHOOK_DELIVERIES = Table(models.WebhookDelivery, "WebhookDelivery", long_texts={"body": MAX_PAYLOAD})
JOB_ROW_ERRORS = Table(models.JobRowError, "RowError")
