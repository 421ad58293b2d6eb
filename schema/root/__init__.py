"""The schema and its root types."""

from strawberry.schema.config import StrawberryConfig

from resolvers.loaders import LOADERS
from schema.described import DescribedSchema
from schema.errors import DuplicateContact, InputError, PhoneError, StaleContact, UserError
from schema.execution import prepare, read
from schema.root.mutation import Mutation as Mutation
from schema.root.query import Query as Query
from schema.root.subscription import Subscription as Subscription
from schema.scalars import SCALARS
from schema.types.account import Account
from schema.types.api_token import ApiToken
from schema.types.campaign import Campaign, CampaignContact
from schema.types.campaign_review import CampaignReview
from schema.types.contact_list import ContactList
from schema.types.message import Message
from schema.types.webhook import WebhookEvent

schema = DescribedSchema(
    description=(
        "Contacts, opt-outs and campaigns of a messaging platform. Requests authenticate with `Authorization: Bearer "
        "<secret>` and read and write one account. IDs are opaque; their prefix names the type. Phone numbers are "
        "accepted in any written form and returned as E.164. In updates, unset fields stay unchanged and null clears "
        "them. An Idempotency-Key header makes mutations safe to send again for 24 hours. The server refuses an "
        "operation that could return too many objects (QUERY_TOO_COMPLEX)."
    ),
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[
        Account,
        ApiToken,
        Campaign,
        CampaignContact,
        CampaignReview,
        ContactList,
        DuplicateContact,
        StaleContact,
        InputError,
        Message,
        PhoneError,
        UserError,
        WebhookEvent,
    ],
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)
prepare(schema, loaders=LOADERS.keys())
