"""The caller: account, user and scopes."""

from functools import partial

import strawberry

from schema.execution import column, computed, relation
from schema.ids import IdPrefix, encode_many
from schema.types.account import Account
from schema.types.api_token import Scope
from schema.types.user import User


@strawberry.type(
    description=(
        "The rights of the caller, by the token's scopes and the user's role. Other rules still apply, such as the "
        "protection of a colleague's contact."
    )
)
class Permissions:
    read_contacts: bool = strawberry.field(description="Contacts, lists, opt-outs, users and jobs can be read.")
    write_contacts: bool = strawberry.field(description="Contacts, lists and opt-outs can be changed.")
    bulk_by_filter: bool = strawberry.field(description="All contacts that match a filter can be changed (`matching`).")
    purge_from_anywhere: bool = strawberry.field(
        description="Contacts outside the trash can be purged (`fromAnywhere`)."
    )
    override_protection: bool = strawberry.field(
        description="The protection of other users' contacts can be overridden (`overrideProtection`)."
    )
    import_contacts: bool = strawberry.field(description="Files can be imported (importContacts).")
    export_contacts: bool = strawberry.field(description="Contacts can be exported (exportContacts).")
    read_campaigns: bool = strawberry.field(description="Campaigns and their entries can be read.")
    write_campaigns: bool = strawberry.field(description="Campaigns and their entries can be changed.")
    assign_others_in_review: bool = strawberry.field(
        description="A review can assign contacts to users other than the caller (`assignmentConfig`)."
    )
    read_messages: bool = strawberry.field(description="Recorded messages can be read.")
    write_messages: bool = strawberry.field(description="Messages can be recorded, and their status updated.")
    administer: bool = strawberry.field(description="Users, tokens, operator prefixes and the account can be changed.")


def _permissions(stored: dict[str, bool]) -> Permissions:
    return Permissions(**stored)


@strawberry.type(
    description="The caller: the account, user and permissions of the token. An integration's token has no user."
)
class Viewer:
    id: strawberry.ID = column(
        "token_id",
        convert_many=partial(encode_many, IdPrefix.VIEWER),
        description="Opaque ID for client caches, constant for this token.",
    )
    account: Account = relation("accounts_by_id", key="account_id", description="Account that the token belongs to.")
    user: User | None = relation(
        "users_by_id", key="user_id", description="User that the token acts for; null for an integration."
    )
    scopes: list[Scope] = column(description="Permissions of the token that the user's role allows, sorted.")
    can: Permissions = computed(
        "permissions",
        resolve=_permissions,
        description="Rights of the caller. An app can hide the operations that the server would refuse.",
    )
