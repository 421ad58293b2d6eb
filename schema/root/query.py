"""The query type. Each field is one entry, so that the type reads like SDL."""

import strawberry

from resolvers.accounts import (
    users as user_resolvers,
    viewer as viewer_resolvers,
)
from resolvers.audit import queries as audit_resolvers
from resolvers.campaigns import (
    queries as campaign_resolvers,
)
from resolvers.changes import queries as change_resolvers
from resolvers.contacts import (
    facets as contact_facet_resolvers,
    queries as contact_resolvers,
)
from resolvers.jobs import root_fields as job_resolvers
from resolvers.lists import queries as contact_list_resolvers
from resolvers.messages import root_fields as message_resolvers
from resolvers.phones import operator_prefixes as operator_prefix_resolvers, queries as phone_resolvers
from resolvers.reviews import root_fields as campaign_review_resolvers
from resolvers.webhooks import queries as webhook_resolvers
from schema.permissions import (
    CanReadCampaigns,
    CanReadContacts,
    CanReadMessages,
    IsAdmin,
)
from schema.primary_reads import FROM_PRIMARY
from schema.types.api_token import ApiTokenConnection
from schema.types.audit_event import AuditEventConnection
from schema.types.campaign import Campaign, CampaignConnection
from schema.types.campaign_review import CampaignReview
from schema.types.change import ChangeConnection
from schema.types.contact import Contact, ContactConnection
from schema.types.contact_facet import ContactFacet, CustomVariableLabel
from schema.types.contact_list import ContactList, ContactListConnection
from schema.types.job import Job, JobConnection
from schema.types.message import MessageConnection
from schema.types.node import Node
from schema.types.numbers import OperatorPrefixConnection, PhoneLookup
from schema.types.opt_out import OptOut, OptOutConnection
from schema.types.tag import Tag
from schema.types.user import User, UserConnection
from schema.types.viewer import Viewer
from schema.types.webhook import WebhookEndpoint, WebhookEndpointConnection


@strawberry.type(
    description=(
        "Read operations. Objects of other accounts do not exist for the caller. Fields require the scope "
        "CONTACTS_READ unless their description names another scope."
    )
)
class Query:
    viewer: Viewer = strawberry.field(
        resolver=viewer_resolvers.viewer,
        description="The caller: account, user and permissions of the token. Requires no scope.",
    )
    node: Node | None = strawberry.field(
        resolver=viewer_resolvers.node,
        description=(
            "Any object by its ID, also a contact in the trash; null if the account has none. Requires the scope of "
            "the object's type."
        ),
    )
    nodes: list[Node | None] = strawberry.field(
        resolver=viewer_resolvers.nodes,
        description=(
            "Objects by their IDs, at most 100, in the order of the IDs; null for each ID without an object. Requires "
            "the scopes of the objects' types."
        ),
    )
    contact: Contact | None = strawberry.field(
        resolver=contact_resolvers.contact,
        permission_classes=[CanReadContacts],
        description="One contact by its key; null if there is none. Only an id also finds a contact in the trash.",
    )
    contacts: ContactConnection = strawberry.field(
        resolver=contact_resolvers.contacts,
        permission_classes=[CanReadContacts],
        description="Contacts that match a filter, newest first by default.",
    )
    tags: list[Tag] = strawberry.field(
        resolver=contact_resolvers.tags,
        permission_classes=[CanReadContacts],
        description="All tags of contacts outside the trash, sorted by name.",
    )
    custom_variable_labels: list[CustomVariableLabel] = strawberry.field(
        resolver=contact_resolvers.custom_variable_labels,
        permission_classes=[CanReadContacts],
        description="All labels of custom variables of contacts outside the trash, sorted by label.",
    )
    contact_facets: list[ContactFacet] = strawberry.field(
        resolver=contact_facet_resolvers.contact_facets,
        permission_classes=[CanReadContacts],
        description=(
            "Counts the matching contacts by the values of some fields. The server reads all of these contacts, so a "
            "filter makes it faster. In a very large account, request few fields."
        ),
    )
    contact_list: ContactList | None = strawberry.field(
        resolver=contact_list_resolvers.contact_list,
        permission_classes=[CanReadContacts],
        description="One list by its ID; null if there is none.",
    )
    contact_lists: ContactListConnection = strawberry.field(
        resolver=contact_list_resolvers.contact_lists,
        permission_classes=[CanReadContacts],
        description="Lists of the account, sorted by name by default.",
    )
    campaign: Campaign | None = strawberry.field(
        resolver=campaign_resolvers.campaign,
        permission_classes=[CanReadCampaigns],
        description="One campaign by its ID; null if there is none. Requires the scope CAMPAIGNS_READ.",
    )
    campaigns: CampaignConnection | None = strawberry.field(
        resolver=campaign_resolvers.campaigns,
        permission_classes=[CanReadCampaigns],
        description="Campaigns of the account, newest first by default. Requires the scope CAMPAIGNS_READ.",
    )
    campaign_review: CampaignReview | None = strawberry.field(
        resolver=campaign_review_resolvers.campaign_review,
        permission_classes=[CanReadCampaigns, CanReadContacts],
        description=(
            "One campaign review by its ID; null if there is none or it is older than a day. Requires the scopes "
            "CAMPAIGNS_READ and CONTACTS_READ, because a review reveals which numbers belong to contacts."
        ),
    )
    messages: MessageConnection | None = strawberry.field(
        resolver=message_resolvers.messages,
        permission_classes=[CanReadMessages],
        description="Messages of the account, newest first. Requires the scope MESSAGES_READ.",
    )
    user: User | None = strawberry.field(
        resolver=user_resolvers.user,
        permission_classes=[CanReadContacts],
        description="One user by their ID; null if there is none.",
    )
    users: UserConnection | None = strawberry.field(
        resolver=user_resolvers.users,
        permission_classes=[CanReadContacts],
        description="Users of the account, sorted by name.",
    )
    tokens: ApiTokenConnection | None = strawberry.field(
        resolver=user_resolvers.tokens,
        permission_classes=[IsAdmin],
        description="API tokens of the account, including revoked ones, newest first. Requires the scope ADMIN.",
    )
    phone_lookup: PhoneLookup = strawberry.field(
        resolver=phone_resolvers.phone_lookup,
        permission_classes=[CanReadContacts],
        description="Analyzes a text that should be a phone number, without storing anything.",
    )
    operator_prefixes: OperatorPrefixConnection | None = strawberry.field(
        resolver=operator_prefix_resolvers.operator_prefixes,
        permission_classes=[CanReadContacts],
        description="Lists operator prefixes, built-in and custom, ordered by prefix.",
    )
    opt_out: OptOut | None = strawberry.field(
        resolver=phone_resolvers.opt_out,
        permission_classes=[CanReadContacts],
        description="Consent state of a phone number; null if the text is not a phone number.",
    )
    opt_outs: OptOutConnection | None = strawberry.field(
        resolver=phone_resolvers.opt_outs,
        permission_classes=[CanReadContacts],
        description="Entries of the opt-out register, last changed first.",
    )
    job: Job | None = strawberry.field(
        resolver=job_resolvers.job,
        permission_classes=[CanReadContacts],
        description="One background job by its ID; null if there is none.",
    )
    jobs: JobConnection | None = strawberry.field(
        resolver=job_resolvers.jobs,
        permission_classes=[CanReadContacts],
        description="Background jobs of the account, newest first.",
    )
    webhook_endpoint: WebhookEndpoint | None = strawberry.field(
        resolver=webhook_resolvers.webhook_endpoint,
        permission_classes=[IsAdmin],
        description="One webhook endpoint by its ID; null if there is none. Requires the scope ADMIN.",
    )
    webhook_endpoints: WebhookEndpointConnection | None = strawberry.field(
        resolver=webhook_resolvers.webhook_endpoints,
        permission_classes=[IsAdmin],
        description="Webhook endpoints of the account, newest first. Requires the scope ADMIN.",
    )
    audit_events: AuditEventConnection | None = strawberry.field(
        resolver=audit_resolvers.audit_events,
        permission_classes=[IsAdmin],
        description=(
            "The audit log: changes of the account with who made them, newest first. Requires the scope ADMIN."
        ),
    )
    sync_cursor: str = strawberry.field(
        resolver=change_resolvers.sync_cursor,
        description=(
            "First cursor of `changes` for a client that loads everything. Read it before you load. Requires the "
            "scope CONTACTS_READ or CAMPAIGNS_READ."
        ),
        metadata=FROM_PRIMARY,
    )
    changes: ChangeConnection = strawberry.field(
        resolver=change_resolvers.changes,
        description=(
            "Objects that changed after a cursor, each at most once a page and at the place of its last change, in an "
            "order in which nothing is missed. An object that changes again while the client pages comes again. "
            "Changes of a user's counts and of what only time changes are not reported. CURSOR_EXPIRED if the cursor "
            "is older than 30 days, or the database was restored after it was made. Each type of object requires its "
            "scope, CONTACTS_READ or CAMPAIGNS_READ."
        ),
        metadata=FROM_PRIMARY,
    )
