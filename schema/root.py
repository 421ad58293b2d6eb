"""The root types: one entry a field, so that they read like SDL."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import strawberry
from strawberry.permission import BasePermission
from strawberry.schema.config import StrawberryConfig

from resolvers import (
    account_mutations as account_mutation_resolvers,
    campaign_changes as campaign_change_resolvers,
    campaign_contacts as campaign_contact_resolvers,
    campaign_reviews as campaign_review_resolvers,
    campaigns as campaign_resolvers,
    consent as consent_resolvers,
    contact_changes as contact_change_resolvers,
    contact_import as contact_import_resolvers,
    contact_lists as contact_list_resolvers,
    contact_saving as contact_saving_resolvers,
    contacts as contact_resolvers,
    exports as export_resolvers,
    jobs as job_resolvers,
    list_changes as list_change_resolvers,
    messages as message_resolvers,
    numbers as number_resolvers,
    operator_prefixes as operator_prefix_resolvers,
    subscriptions as subscription_resolvers,
    users as user_resolvers,
    verification as verification_resolvers,
    viewer as viewer_resolvers,
)
from resolvers.loaders import LOADERS
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


@strawberry.type(description="Reading. What belongs to another account does not exist.")
class Query:
    viewer: Viewer = strawberry.field(resolver=viewer_resolvers.viewer, description="Whoever the token speaks for.")
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
    campaign: Campaign | None = strawberry.field(
        resolver=campaign_resolvers.campaign, permission_classes=[CanReadCampaigns], description="One campaign."
    )
    campaigns: CampaignConnection | None = strawberry.field(
        resolver=campaign_resolvers.campaigns,
        permission_classes=[CanReadCampaigns],
        description="Campaigns, newest first where no order is given.",
    )
    campaign_review: CampaignReview | None = strawberry.field(
        resolver=campaign_review_resolvers.campaign_review,
        permission_classes=[CanReadCampaigns],
        description="One review of less than a day ago.",
    )
    messages: MessageConnection | None = strawberry.field(
        resolver=message_resolvers.messages,
        permission_classes=[CanReadMessages],
        description="Messages, newest first.",
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
    operator_prefixes: OperatorPrefixConnection | None = strawberry.field(
        resolver=operator_prefix_resolvers.operator_prefixes,
        permission_classes=[CanReadContacts],
        description="Whose numbers are, by their first digits: built-in rows and the account's own, by prefix.",
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
    job: Job | None = strawberry.field(
        resolver=job_resolvers.job, permission_classes=[CanReadContacts], description="One job."
    )
    jobs: JobConnection | None = strawberry.field(
        resolver=job_resolvers.jobs, permission_classes=[CanReadContacts], description="Jobs, newest first."
    )


_WRITES_CONTACTS: list[type[BasePermission]] = [CanWriteContacts]
_WRITES_CAMPAIGNS: list[type[BasePermission]] = [CanWriteCampaigns]


@strawberry.type(
    description="Changing. A payload without errors is written; one with errors left everything as it was."
)
class Mutation:
    create_contact: CreateContactPayload | None = strawberry.mutation(
        resolver=contact_saving_resolvers.create_contact,
        permission_classes=_WRITES_CONTACTS,
        description="Saves one contact. Safe to repeat with ifExists SKIP or UPDATE.",
    )
    update_contact: UpdateContactPayload | None = strawberry.mutation(
        resolver=contact_change_resolvers.update_contact,
        permission_classes=_WRITES_CONTACTS,
        description="Changes what is given of a contact outside the trash.",
    )
    bulk_create_contacts: BulkCreateContactsPayload | None = strawberry.mutation(
        resolver=contact_saving_resolvers.bulk_create_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="1 to 1000 rows, each on its own.",
    )
    import_contacts: ImportContactsPayload | None = strawberry.mutation(
        resolver=contact_import_resolvers.import_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="A CSV or XLSX file of any length, as a job.",
    )
    opt_out: OptOutPayload | None = strawberry.mutation(
        resolver=consent_resolvers.opt_out,
        permission_classes=_WRITES_CONTACTS,
        description="Stop messaging this number. Safe to repeat.",
    )
    opt_in: OptInPayload | None = strawberry.mutation(
        resolver=consent_resolvers.opt_in,
        permission_classes=_WRITES_CONTACTS,
        description="The person wants messages again: lifts the number's opt-out. Safe to repeat.",
    )
    verify_contact: VerifyContactPayload | None = strawberry.mutation(
        resolver=verification_resolvers.verify_contact,
        permission_classes=_WRITES_CONTACTS,
        description="Asks for a message that verifies the contact's number, or says by hand whether it is theirs.",
    )
    assign_contacts: AssignContactsPayload | None = strawberry.mutation(
        resolver=contact_change_resolvers.assign_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Sets whose contacts are, and who works on them.",
    )
    tag_contacts: TagContactsPayload | None = strawberry.mutation(
        resolver=contact_change_resolvers.tag_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Puts tags on contacts, and takes tags off them.",
    )
    trash_contacts: TrashContactsPayload | None = strawberry.mutation(
        resolver=contact_change_resolvers.trash_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Hides contacts, frees their numbers, and keeps them for the account's trashRetentionDays.",
    )
    restore_contacts: RestoreContactsPayload | None = strawberry.mutation(
        resolver=contact_change_resolvers.restore_contacts,
        permission_classes=_WRITES_CONTACTS,
        description="Takes contacts out of the trash, with their memberships.",
    )
    purge_contacts: PurgeContactsPayload | None = strawberry.mutation(
        resolver=contact_change_resolvers.purge_contacts,
        permission_classes=_WRITES_CONTACTS,
        description=(
            "For good: the contact, its memberships and campaign rows. Only what is in the trash, unless fromAnywhere."
        ),
    )
    export_contacts: ExportContactsPayload | None = strawberry.mutation(
        resolver=export_resolvers.export_contacts,
        permission_classes=[CanReadContacts],
        description="Makes a file of contacts, oldest first, as a job. Takes the role MANAGER or ADMIN.",
    )
    email_export: EmailExportPayload | None = strawberry.mutation(
        resolver=export_resolvers.email_export,
        permission_classes=[CanReadContacts],
        description=(
            "Sends the caller's own file by mail; at most 10 a minute for one token. Takes the role MANAGER or ADMIN."
        ),
        metadata=at_most(10, per=timedelta(minutes=1)) | OUTSIDE,
    )
    cancel_job: CancelJobPayload | None = strawberry.mutation(
        resolver=job_resolvers.cancel_job,
        permission_classes=_WRITES_CONTACTS,
        description="Ends a job before its next batch; what is in stays in. Safe to repeat.",
    )
    create_contact_list: CreateContactListPayload | None = strawberry.mutation(
        resolver=list_change_resolvers.create_contact_list,
        permission_classes=_WRITES_CONTACTS,
        description="Makes an empty list.",
    )
    update_contact_list: UpdateContactListPayload | None = strawberry.mutation(
        resolver=list_change_resolvers.update_contact_list,
        permission_classes=_WRITES_CONTACTS,
        description="Changes what is given of a list.",
    )
    delete_contact_list: DeleteContactListPayload | None = strawberry.mutation(
        resolver=list_change_resolvers.delete_contact_list,
        permission_classes=_WRITES_CONTACTS,
        description="Deletes a list. Its contacts stay.",
    )
    add_contacts_to_list: AddContactsToListPayload | None = strawberry.mutation(
        resolver=list_change_resolvers.add_contacts_to_list,
        permission_classes=_WRITES_CONTACTS,
        description="Puts contacts on a list.",
    )
    remove_contacts_from_list: RemoveContactsFromListPayload | None = strawberry.mutation(
        resolver=list_change_resolvers.remove_contacts_from_list,
        permission_classes=_WRITES_CONTACTS,
        description="Takes contacts off a list.",
    )
    create_campaign: CreateCampaignPayload | None = strawberry.mutation(
        resolver=campaign_change_resolvers.create_campaign,
        permission_classes=_WRITES_CAMPAIGNS,
        description="Makes a campaign in DRAFT, without contacts.",
    )
    update_campaign: UpdateCampaignPayload | None = strawberry.mutation(
        resolver=campaign_change_resolvers.update_campaign,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Changes what is given of a campaign. When it leaves DRAFT, the members of its lists become its contacts: "
            "those outside the trash, not opted out, not protected, and with an e-mail address where it is a campaign "
            "by e-mail."
        ),
    )
    delete_campaign: DeleteCampaignPayload | None = strawberry.mutation(
        resolver=campaign_change_resolvers.delete_campaign,
        permission_classes=_WRITES_CAMPAIGNS,
        description="Deletes a campaign that is not under way. Its contacts and its messages stay.",
    )
    add_campaign_contacts: AddCampaignContactsPayload | None = strawberry.mutation(
        resolver=campaign_contact_resolvers.add_campaign_contacts,
        permission_classes=_WRITES_CAMPAIGNS,
        metadata=at_most(12, per=timedelta(seconds=1)),
        description=(
            "Puts 1 to 1000 people into a campaign, each row on its own; new numbers become contacts. Safe to repeat. "
            "At most 12 calls a second for one token."
        ),
    )
    remove_campaign_contacts: RemoveCampaignContactsPayload | None = strawberry.mutation(
        resolver=campaign_contact_resolvers.remove_campaign_contacts,
        permission_classes=_WRITES_CAMPAIGNS,
        description="Takes contacts out of a campaign. They stay in the account.",
    )
    validate_campaign_contacts: ValidateCampaignContactsPayload | None = strawberry.mutation(
        resolver=campaign_review_resolvers.validate_campaign_contacts,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Sorts 1 to 10000 rows for the Review step; changes no contact and no campaign. The review is kept a day, "
            "so that it can be read in pages and applied."
        ),
    )
    apply_campaign_review: ApplyCampaignReviewPayload | None = strawberry.mutation(
        resolver=campaign_review_resolvers.apply_campaign_review,
        permission_classes=_WRITES_CAMPAIGNS,
        description=(
            "Adds what the review found, bucket by bucket, to its campaign, as far as that is still true. Safe to "
            "repeat: nobody comes into the campaign twice."
        ),
    )
    record_messages: RecordMessagesPayload | None = strawberry.mutation(
        resolver=message_resolvers.record_messages,
        permission_classes=[CanWriteMessages],
        description=(
            "1 to 1000 messages that were sent or came in, each on its own. A text of STOP and its like, alone, opts "
            "the number out, START in. Safe to repeat for messages with an externalId."
        ),
    )
    update_account: UpdateAccountPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.update_account,
        permission_classes=[IsAdmin],
        description="Changes what is given of the caller's account.",
    )
    set_operator_prefix: SetOperatorPrefixPayload | None = strawberry.mutation(
        resolver=operator_prefix_resolvers.set_operator_prefix,
        permission_classes=[IsAdmin],
        description="Says whose the numbers with a prefix are, and checks the contacts that have such numbers again.",
    )
    delete_operator_prefix: DeleteOperatorPrefixPayload | None = strawberry.mutation(
        resolver=operator_prefix_resolvers.delete_operator_prefix,
        permission_classes=[IsAdmin],
        description="Takes a prefix of the account's own back, and checks the contacts concerned again.",
    )
    create_user: CreateUserPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.create_user,
        permission_classes=[IsAdmin],
        description="Makes an active user of the account.",
    )
    update_user: UpdateUserPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.update_user,
        permission_classes=[IsAdmin],
        description="Changes what is given of a user. Deactivating one ends the user's tokens at once.",
    )
    create_token: CreateTokenPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.create_token,
        permission_classes=[IsAdmin],
        description="Makes a token, which gets no more than its maker has. The secret is shown this once.",
    )
    revoke_token: RevokeTokenPayload | None = strawberry.mutation(
        resolver=account_mutation_resolvers.revoke_token,
        permission_classes=[IsAdmin],
        description="Ends a token at once. Safe to repeat.",
    )


@strawberry.type(
    description=(
        "Being told. Over a WebSocket by graphql-transport-ws, or as server-sent events. A subscription ends with its "
        "token."
    )
)
class Subscription:
    job_progress: AsyncGenerator[Job, None] = strawberry.subscription(
        resolver=subscription_resolvers.job_progress,
        permission_classes=[CanReadContacts],
        description="The job at once, then at each step, at most four times a second, until it has ended.",
    )
    contact_changed: AsyncGenerator[ContactChange, None] = strawberry.subscription(
        resolver=subscription_resolvers.contact_changed,
        permission_classes=[CanReadContacts],
        description=(
            "What happens to the account's contacts from now on. Told are changes of a contact itself, its owner, "
            "assignees, tags, lists, campaigns, verification, opt-out and last messages, not what a campaign knows of "
            "it. An account has at most 200 different filters at once. What was changed while nobody was connected is "
            "not told afterwards: read again after connecting."
        ),
    )


schema = strawberry.Schema(
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
