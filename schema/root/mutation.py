"""The mutation type. Each field is one entry, so that the type reads like SDL."""

from datetime import timedelta

import strawberry
from strawberry.permission import BasePermission

from resolvers.accounts import (
    mutations as account_mutation_resolvers,
)
from resolvers.campaigns import (
    membership as campaign_contact_resolvers,
    mutations as campaign_mutation_resolvers,
)
from resolvers.consent import many_numbers as many_numbers_resolvers, mutations as consent_resolvers
from resolvers.contacts import (
    mutations as contact_mutation_resolvers,
    saving as contact_saving_resolvers,
    verification as verification_resolvers,
)
from resolvers.exports import mutations as export_resolvers
from resolvers.imports import mutations as contact_import_resolvers
from resolvers.jobs import root_fields as job_resolvers
from resolvers.lists import mutations as list_mutation_resolvers
from resolvers.messages import root_fields as message_resolvers
from resolvers.phones import operator_prefixes as operator_prefix_resolvers
from resolvers.reviews import root_fields as campaign_review_resolvers
from resolvers.webhooks import mutations as webhook_mutation_resolvers
from schema.external_effects import EXTERNAL_EFFECT
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
from schema.payloads.opt_out_numbers import OptOutNumbersPayload
from schema.payloads.user import CreateUserPayload, UpdateUserPayload
from schema.payloads.webhook import (
    CreateWebhookEndpointPayload,
    DeleteWebhookEndpointPayload,
    RedeliverWebhookEventsPayload,
    RotateWebhookSecretPayload,
    TestWebhookEndpointPayload,
    UpdateWebhookEndpointPayload,
)
from schema.permissions import (
    CanReadContacts,
    CanWriteCampaigns,
    CanWriteContacts,
    CanWriteMessages,
    IsAdmin,
)
from schema.rate_limits import at_most

_WRITES_CONTACTS: list[type[BasePermission]] = [CanWriteContacts]
_WRITES_CAMPAIGNS: list[type[BasePermission]] = [CanWriteCampaigns]


@strawberry.type(
    description=(
        "Write operations. If a payload has errors, the mutation wrote nothing. Fields require the scope "
        "CONTACTS_WRITE unless their description names another scope. Roles do not limit a token without a user. "
        "Without the scope to read it, an object that existed before the call is null in the payload, with the error "
        "FORBIDDEN, and the change is still made. Outcomes, errors and objects that the call created need no scope to "
        "read them."
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
    opt_out_numbers: OptOutNumbersPayload | None = strawberry.mutation(
        resolver=many_numbers_resolvers.opt_out_numbers,
        permission_classes=_WRITES_CONTACTS,
        description=(
            "Opts up to 1000 phone numbers out of messages, each on its own. Makes no contacts. Safe to repeat."
        ),
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
        metadata=at_most(10, per=timedelta(minutes=1)) | EXTERNAL_EFFECT,
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
        permission_classes=[CanWriteCampaigns, CanReadContacts],
        description=(
            "Classifies 1 to 10000 rows for the Review step. It changes no contact and no campaign. The server keeps "
            "the review for a day, for reading in pages and for applyCampaignReview. Requires the scopes "
            "CAMPAIGNS_WRITE and CONTACTS_READ, because a review reveals which numbers belong to contacts."
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
    create_webhook_endpoint: CreateWebhookEndpointPayload | None = strawberry.mutation(
        resolver=webhook_mutation_resolvers.create_webhook_endpoint,
        permission_classes=[IsAdmin],
        description=(
            "Creates a webhook endpoint, which gets all events that are committed after the answer. The secret is "
            "shown only once. Requires the scope ADMIN."
        ),
    )
    update_webhook_endpoint: UpdateWebhookEndpointPayload | None = strawberry.mutation(
        resolver=webhook_mutation_resolvers.update_webhook_endpoint,
        permission_classes=[IsAdmin],
        description=(
            "Changes a webhook endpoint, or switches it on or off; unset fields stay unchanged. Requires the scope "
            "ADMIN."
        ),
    )
    delete_webhook_endpoint: DeleteWebhookEndpointPayload | None = strawberry.mutation(
        resolver=webhook_mutation_resolvers.delete_webhook_endpoint,
        permission_classes=[IsAdmin],
        description=(
            "Deletes a webhook endpoint and its deliveries. What waits for it is not sent. Requires the scope ADMIN."
        ),
    )
    rotate_webhook_secret: RotateWebhookSecretPayload | None = strawberry.mutation(
        resolver=webhook_mutation_resolvers.rotate_webhook_secret,
        permission_classes=[IsAdmin],
        description=(
            "Makes a new secret of a webhook endpoint, and shows it only once. The former one signs as well for a day "
            "by default. Requires the scope ADMIN."
        ),
    )
    test_webhook_endpoint: TestWebhookEndpointPayload | None = strawberry.mutation(
        resolver=webhook_mutation_resolvers.test_webhook_endpoint,
        permission_classes=[IsAdmin],
        description="Sends a made-up event to one webhook endpoint. Requires the scope ADMIN.",
    )
    redeliver_webhook_events: RedeliverWebhookEventsPayload | None = strawberry.mutation(
        resolver=webhook_mutation_resolvers.redeliver_webhook_events,
        permission_classes=[IsAdmin],
        description=(
            "Sends events of the last seven days to a webhook endpoint again, with the same IDs and payloads. Requires "
            "the scope ADMIN."
        ),
    )
