"""The root types and the schema. Each root field is one entry, so that the types read like SDL."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import strawberry
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from resolvers.accounts import (
    mutations as account_mutation_resolvers,
    users as user_resolvers,
    viewer as viewer_resolvers,
)
from resolvers.campaigns import (
    membership as campaign_contact_resolvers,
    mutations as campaign_mutation_resolvers,
    queries as campaign_resolvers,
)
from resolvers.consent import mutations as consent_resolvers
from resolvers.contacts import (
    mutations as contact_mutation_resolvers,
    queries as contact_resolvers,
    saving as contact_saving_resolvers,
    verification as verification_resolvers,
)
from resolvers.exports import mutations as export_resolvers
from resolvers.imports import mutations as contact_import_resolvers
from resolvers.jobs import root_fields as job_resolvers
from resolvers.lists import mutations as list_mutation_resolvers, queries as contact_list_resolvers
from resolvers.loaders import LOADERS
from resolvers.messages import root_fields as message_resolvers
from resolvers.phones import operator_prefixes as operator_prefix_resolvers, queries as phone_resolvers
from resolvers.reviews import root_fields as campaign_review_resolvers
from resolvers.subscriptions import root_fields as subscription_resolvers
from schema.described import DescribedSchema
from schema.errors import DuplicateContact, InputError, PhoneError, UserError
from schema.execution import prepare, read
from schema.outside import OUTSIDE
from schema.payloads.account import UpdateAccountPayload
from schema.payloads.api_token import CreateTokenPayload, RevokeTokenPayload
from schema.payloads.campaign import (
    AddCampaignContactsPayload,
    CreateCampaignPayload,
    DeleteCampaignPayload,
    RemoveCampaignContactsPayload,
    UpdateCampaignPayload,
)
from schema.payloads.campaign_review import ApplyCampaignReviewPayload, ValidateCampaignContactsPayload
from schema.payloads.contact import (
    AssignContactsPayload,
    BulkCreateContactsPayload,
    CreateContactPayload,
    OptInPayload,
    OptOutPayload,
    PurgeContactsPayload,
    RestoreContactsPayload,
    TagContactsPayload,
    TrashContactsPayload,
    UpdateContactPayload,
    VerifyContactPayload,
)
from schema.payloads.contact_import import ImportContactsPayload
from schema.payloads.contact_list import (
    AddContactsToListPayload,
    CreateContactListPayload,
    DeleteContactListPayload,
    RemoveContactsFromListPayload,
    UpdateContactListPayload,
)
from schema.payloads.export import EmailExportPayload, ExportContactsPayload
from schema.payloads.job import CancelJobPayload
from schema.payloads.message import RecordMessagesPayload
from schema.payloads.operator_prefix import DeleteOperatorPrefixPayload, SetOperatorPrefixPayload
from schema.payloads.user import CreateUserPayload, UpdateUserPayload
from schema.permissions import (
    CanReadCampaigns,
    CanReadContacts,
    CanReadMessages,
    CanWriteCampaigns,
    CanWriteContacts,
    CanWriteMessages,
    IsAdmin,
)
from schema.rate_limits import at_most
from schema.scalars import SCALARS
from schema.types.account import Account
from schema.types.api_token import ApiToken, ApiTokenConnection
from schema.types.campaign import Campaign, CampaignConnection, CampaignContact
from schema.types.campaign_review import CampaignReview
from schema.types.contact import Contact, ContactConnection
from schema.types.contact_change import ContactChange
from schema.types.contact_list import ContactList, ContactListConnection
from schema.types.job import Job, JobConnection
from schema.types.message import Message, MessageConnection
from schema.types.node import Node
from schema.types.numbers import OperatorPrefixConnection, PhoneLookup
from schema.types.opt_out import OptOut, OptOutConnection
from schema.types.tag import Tag
from schema.types.user import User, UserConnection
from schema.types.viewer import Viewer


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
        permission_classes=[CanReadCampaigns],
        description=(
            "One campaign review by its ID; null if there is none or it is older than a day. Requires the scope "
            "CAMPAIGNS_READ."
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


_WRITES_CONTACTS: list[type[BasePermission]] = [CanWriteContacts]
_WRITES_CAMPAIGNS: list[type[BasePermission]] = [CanWriteCampaigns]


@strawberry.type(
    description=(
        "Write operations. If a payload has errors, the mutation wrote nothing. Fields require the scope "
        "CONTACTS_WRITE unless their description names another scope. Roles do not limit a token without a user."
    )
)
class Mutation:
    create_contact: CreateContactPayload | None = strawberry.mutation(
        resolver=contact_saving_resolvers.create_contact,
        permission_classes=_WRITES_CONTACTS,
        description="Saves one contact. Safe to repeat with ifExists SKIP or UPDATE.",
    )
    update_contact: UpdateContactPayload | None = strawberry.mutation(
        resolver=contact_mutation_resolvers.update_contact,
        permission_classes=_WRITES_CONTACTS,
        description="Changes fields of a contact outside the trash. Unset fields stay unchanged.",
    )
    bulk_create_contacts: BulkCreateContactsPayload | None = strawberry.mutation(
        resolver=contact_saving_resolvers.bulk_create_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Saves 1 to 1000 contacts. A bad row does not affect the others.",
    )
    import_contacts: ImportContactsPayload | None = strawberry.mutation(
        resolver=contact_import_resolvers.import_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Imports a CSV or XLSX file of any length in a background job.",
    )
    opt_out: OptOutPayload | None = strawberry.mutation(
        resolver=consent_resolvers.opt_out,
        permission_classes=_WRITES_CONTACTS,
        description="Opts a phone number out of messages, with or without a contact. Safe to repeat.",
    )
    opt_in: OptInPayload | None = strawberry.mutation(
        resolver=consent_resolvers.opt_in,
        permission_classes=_WRITES_CONTACTS,
        description="Lifts the opt-out of a phone number because the person wants messages again. Safe to repeat.",
    )
    verify_contact: VerifyContactPayload | None = strawberry.mutation(
        resolver=verification_resolvers.verify_contact,
        permission_classes=_WRITES_CONTACTS,
        description="Requests a message that verifies the contact's phone number, or sets the verification manually.",
    )
    assign_contacts: AssignContactsPayload | None = strawberry.mutation(
        resolver=contact_mutation_resolvers.assign_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Sets the owner and the assignees of contacts.",
    )
    tag_contacts: TagContactsPayload | None = strawberry.mutation(
        resolver=contact_mutation_resolvers.tag_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Adds tags to contacts and removes tags from them.",
    )
    trash_contacts: TrashContactsPayload | None = strawberry.mutation(
        resolver=contact_mutation_resolvers.trash_contacts,
        permission_classes=_WRITES_CONTACTS,
        description=(
            "Moves contacts to the trash for the account's trashRetentionDays. They are hidden, and other contacts may "
            "use their numbers."
        ),
    )
    restore_contacts: RestoreContactsPayload | None = strawberry.mutation(
        resolver=contact_mutation_resolvers.restore_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Restores contacts from the trash, with their list memberships and campaign entries.",
    )
    purge_contacts: PurgeContactsPayload | None = strawberry.mutation(
        resolver=contact_mutation_resolvers.purge_contacts,
        permission_classes=_WRITES_CONTACTS,
        description=(
            "Deletes contacts permanently, with their list memberships, campaign entries and messages. Only contacts "
            "in the trash, unless fromAnywhere is true. Soon afterwards, earlier jobs and reviews of the account lose "
            "their files and personal data."
        ),
    )
    export_contacts: ExportContactsPayload | None = strawberry.mutation(
        resolver=export_resolvers.export_contacts,
        permission_classes=[CanReadContacts],
        description=(
            "Writes contacts to a file in a background job, oldest first. Requires the scope CONTACTS_READ and the "
            "role MANAGER or ADMIN."
        ),
    )
    email_export: EmailExportPayload | None = strawberry.mutation(
        resolver=export_resolvers.email_export,
        permission_classes=[CanReadContacts],
        description=(
            "Sends a file of the client by e-mail; at most 10 calls a minute for one token. Requires the scope "
            "CONTACTS_READ and the role MANAGER or ADMIN."
        ),
        metadata=at_most(10, per=timedelta(minutes=1)) | OUTSIDE,
    )
    cancel_job: CancelJobPayload | None = strawberry.mutation(
        resolver=job_resolvers.cancel_job,
        permission_classes=_WRITES_CONTACTS,
        description="Stops a job before its next batch. Rows already processed are kept. Safe to repeat.",
    )
    create_contact_list: CreateContactListPayload | None = strawberry.mutation(
        resolver=list_mutation_resolvers.create_contact_list,
        permission_classes=_WRITES_CONTACTS,
        description="Creates an empty list of contacts.",
    )
    update_contact_list: UpdateContactListPayload | None = strawberry.mutation(
        resolver=list_mutation_resolvers.update_contact_list,
        permission_classes=_WRITES_CONTACTS,
        description="Changes fields of a list. Unset fields stay unchanged.",
    )
    delete_contact_list: DeleteContactListPayload | None = strawberry.mutation(
        resolver=list_mutation_resolvers.delete_contact_list,
        permission_classes=_WRITES_CONTACTS,
        description="Deletes a list. Its contacts still exist.",
    )
    add_contacts_to_list: AddContactsToListPayload | None = strawberry.mutation(
        resolver=list_mutation_resolvers.add_contacts_to_list,
        permission_classes=_WRITES_CONTACTS,
        description="Adds contacts to a list. Safe to repeat.",
    )
    remove_contacts_from_list: RemoveContactsFromListPayload | None = strawberry.mutation(
        resolver=list_mutation_resolvers.remove_contacts_from_list,
        permission_classes=_WRITES_CONTACTS,
        description="Removes contacts from a list. Safe to repeat.",
    )
    create_campaign: CreateCampaignPayload | None = strawberry.mutation(
        resolver=campaign_mutation_resolvers.create_campaign,
        permission_classes=_WRITES_CAMPAIGNS,
        description="Creates a campaign in DRAFT, without contacts. Requires the scope CAMPAIGNS_WRITE.",
    )
    update_campaign: UpdateCampaignPayload | None = strawberry.mutation(
        resolver=campaign_mutation_resolvers.update_campaign,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Changes fields of a campaign; unset fields stay unchanged. When it leaves DRAFT, the members of its lists "
            "become its contacts if they are outside the trash, not opted out and not protected, and for the channel "
            "EMAIL have an e-mail address. Requires the scope CAMPAIGNS_WRITE."
        ),
    )
    delete_campaign: DeleteCampaignPayload | None = strawberry.mutation(
        resolver=campaign_mutation_resolvers.delete_campaign,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Deletes a campaign that is not RUNNING or PAUSED. Its contacts and messages still exist. Requires the "
            "scope CAMPAIGNS_WRITE."
        ),
    )
    add_campaign_contacts: AddCampaignContactsPayload | None = strawberry.mutation(
        resolver=campaign_contact_resolvers.add_campaign_contacts,
        permission_classes=_WRITES_CAMPAIGNS,
        metadata=at_most(12, per=timedelta(seconds=1)),
        description=(
            "Adds 1 to 1000 contacts to a campaign; new numbers become contacts. A bad row does not affect the others. "
            "Safe to repeat. At most 12 calls a second for one token. Requires the scope CAMPAIGNS_WRITE."
        ),
    )
    remove_campaign_contacts: RemoveCampaignContactsPayload | None = strawberry.mutation(
        resolver=campaign_contact_resolvers.remove_campaign_contacts,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Removes contacts from a campaign. They still exist in the account. Requires the scope CAMPAIGNS_WRITE."
        ),
    )
    validate_campaign_contacts: ValidateCampaignContactsPayload | None = strawberry.mutation(
        resolver=campaign_review_resolvers.validate_campaign_contacts,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Classifies 1 to 10000 rows for the Review step. It changes no contact and no campaign. The server keeps "
            "the review for a day, for reading in pages and for applyCampaignReview. Requires the scope "
            "CAMPAIGNS_WRITE."
        ),
    )
    apply_campaign_review: ApplyCampaignReviewPayload | None = strawberry.mutation(
        resolver=campaign_review_resolvers.apply_campaign_review,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Classifies the selected rows of a review again and adds those in an unchanged bucket to the campaign. "
            "Safe to repeat: it adds no contact twice. Requires the scope CAMPAIGNS_WRITE."
        ),
    )
    record_messages: RecordMessagesPayload | None = strawberry.mutation(
        resolver=message_resolvers.record_messages,
        permission_classes=[CanWriteMessages],
        description=(
            "Records 1 to 1000 messages that were sent or received. A bad message does not affect the others. An "
            "inbound text that is only a keyword such as STOP opts the number out, START opts it in. Safe to repeat "
            "for messages with an externalId. Requires the scope MESSAGES_WRITE."
        ),
    )
    update_account: UpdateAccountPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.update_account,
        permission_classes=[IsAdmin],
        description="Changes fields of the caller's account; unset fields stay unchanged. Requires the scope ADMIN.",
    )
    set_operator_prefix: SetOperatorPrefixPayload | None = strawberry.mutation(
        resolver=operator_prefix_resolvers.set_operator_prefix,
        permission_classes=[IsAdmin],
        description=(
            "Assigns the numbers with a prefix to a mobile network, and checks the contacts with such numbers again. "
            "Requires the scope ADMIN."
        ),
    )
    delete_operator_prefix: DeleteOperatorPrefixPayload | None = strawberry.mutation(
        resolver=operator_prefix_resolvers.delete_operator_prefix,
        permission_classes=[IsAdmin],
        description=(
            "Deletes a custom prefix of the account, and checks the contacts with such numbers again. Requires the "
            "scope ADMIN."
        ),
    )
    create_user: CreateUserPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.create_user,
        permission_classes=[IsAdmin],
        description="Creates an active user of the account. Requires the scope ADMIN.",
    )
    update_user: UpdateUserPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.update_user,
        permission_classes=[IsAdmin],
        description=(
            "Changes fields of a user; unset fields stay unchanged. Deactivating a user revokes the user's tokens "
            "immediately. Requires the scope ADMIN."
        ),
    )
    create_token: CreateTokenPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.create_token,
        permission_classes=[IsAdmin],
        description=(
            "Creates an API token, which cannot have more scopes than its creator. The secret is shown only once. "
            "Requires the scope ADMIN."
        ),
    )
    revoke_token: RevokeTokenPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.revoke_token,
        permission_classes=[IsAdmin],
        description="Revokes an API token immediately. Safe to repeat. Requires the scope ADMIN.",
    )


@strawberry.type(
    description=(
        "Real-time updates, over a WebSocket (graphql-transport-ws) or as server-sent events. A subscription ends when "
        "its token ends. Fields require the scope CONTACTS_READ."
    )
)
class Subscription:
    job_progress: AsyncGenerator[Job, None] = strawberry.subscription(
        resolver=subscription_resolvers.job_progress,
        permission_classes=[CanReadContacts],
        description=(
            "Sends the job's state immediately and after each step, at most four times a second, until the job has "
            "ended."
        ),
    )
    contact_changed: AsyncGenerator[ContactChange, None] = strawberry.subscription(
        resolver=subscription_resolvers.contact_changed,
        permission_classes=[CanReadContacts],
        description=(
            "Sends changes of the account's contacts from now on: of their fields, owner, assignees, tags, lists, "
            "campaigns, verification, opt-out and last messages, but not of a contact's data in campaigns. An account "
            "can have at most 200 different filters at a time. Changes made while the client is not connected are not "
            "sent later: query the contacts again after connecting."
        ),
    )


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
        InputError,
        Message,
        PhoneError,
        UserError,
    ],
    config=StrawberryConfig(default_resolver=read, scalar_map=SCALARS),
)
prepare(schema, loaders=LOADERS.keys())
