"""The root types: one entry a field, so that they read like SDL."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers import contact_lists as contact_list_resolvers
from resolvers import contacts as contact_resolvers
from resolvers import numbers as number_resolvers
from resolvers import users as user_resolvers
from resolvers import viewer as viewer_resolvers
from resolvers.loaders import LOADERS
from schema.errors import DuplicateContact, InputError, PhoneError, UserError
from schema.execution import prepare, read
from schema.permissions import CanReadContacts, IsAdmin
from schema.scalars import SCALARS
from schema.types.account import Account
from schema.types.api_token import ApiToken, ApiTokenConnection
from schema.types.campaign import Campaign, CampaignContact
from schema.types.contact import Contact, ContactConnection
from schema.types.contact_list import ContactList, ContactListConnection
from schema.types.message import Message
from schema.types.node import Node
from schema.types.numbers import PhoneLookup
from schema.types.opt_out import OptOut, OptOutConnection
from schema.types.tag import Tag
from schema.types.user import User, UserConnection
from schema.types.viewer import Viewer


@strawberry.type(description="Reading. What belongs to another account does not exist.")
class Query:
    viewer: Viewer = strawberry.field(
        resolver=viewer_resolvers.viewer, description="Whoever the token speaks for."
    )
    node: Node | None = strawberry.field(
        resolver=viewer_resolvers.node, description="Anything by its id; a contact in the trash, too."
    )
    nodes: list[Node | None] = strawberry.field(
        resolver=viewer_resolvers.nodes, description="At most 100; null for each that is not there."
    )
    contact: Contact | None = strawberry.field(
        resolver=contact_resolvers.contact,
        permission_classes=[CanReadContacts],
        description="One contact; by its id in the trash, too.",
    )
    contacts: ContactConnection = strawberry.field(
        resolver=contact_resolvers.contacts,
        permission_classes=[CanReadContacts],
        description="Contacts, newest first where no order is given.",
    )
    tags: list[Tag] = strawberry.field(
        resolver=contact_resolvers.tags,
        permission_classes=[CanReadContacts],
        description="Every tag in use outside the trash, by name.",
    )
    contact_list: ContactList | None = strawberry.field(
        resolver=contact_list_resolvers.contact_list,
        permission_classes=[CanReadContacts],
        description="One list.",
    )
    contact_lists: ContactListConnection = strawberry.field(
        resolver=contact_list_resolvers.contact_lists,
        permission_classes=[CanReadContacts],
        description="Lists, by name where no order is given.",
    )
    user: User | None = strawberry.field(
        resolver=user_resolvers.user, permission_classes=[CanReadContacts], description="One user."
    )
    users: UserConnection | None = strawberry.field(
        resolver=user_resolvers.users, permission_classes=[CanReadContacts], description="Users, by name."
    )
    tokens: ApiTokenConnection | None = strawberry.field(
        resolver=user_resolvers.tokens,
        permission_classes=[IsAdmin],
        description="Tokens, newest first, revoked ones included.",
    )
    phone_lookup: PhoneLookup = strawberry.field(
        resolver=number_resolvers.phone_lookup,
        permission_classes=[CanReadContacts],
        description="What can be said of a text that should be a phone number.",
    )
    opt_out: OptOut | None = strawberry.field(
        resolver=number_resolvers.opt_out,
        permission_classes=[CanReadContacts],
        description="What the opt-out register says of a number; null for a text that is none.",
    )
    opt_outs: OptOutConnection | None = strawberry.field(
        resolver=number_resolvers.opt_outs,
        permission_classes=[CanReadContacts],
        description="The opt-out register, last changed first.",
    )


schema = strawberry.Schema(
    query=Query,
    types=[
        Account,
        ApiToken,
        Campaign,
        CampaignContact,
        ContactList,
        DuplicateContact,
        InputError,
        Message,
        PhoneError,
        UserError,
    ],
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)
prepare(schema, loaders=LOADERS.keys())
