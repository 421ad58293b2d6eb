"""The kinds of changes in the audit log and in the history of contacts."""

from enum import Enum

import strawberry


@strawberry.enum(
    description=(
        "Kind of a change, in the audit log and in the history of a contact. A job's action is that of its mutation."
    )
)
class AuditAction(Enum):
    CREATE = strawberry.enum_value("CREATE", description="Contacts, a contact list or a campaign were created.")
    UPDATE = strawberry.enum_value("UPDATE", description="Contacts, a contact list or a campaign were changed.")
    TRASH = strawberry.enum_value("TRASH", description="Contacts were moved to the trash.")
    RESTORE = strawberry.enum_value("RESTORE", description="Contacts were restored from the trash.")
    PURGE = strawberry.enum_value("PURGE", description="Contacts were deleted permanently, on request or by time.")
    OPT_OUT = strawberry.enum_value("OPT_OUT", description="Phone numbers were opted out.")
    OPT_IN = strawberry.enum_value("OPT_IN", description="The opt-out of a phone number was lifted.")
    VERIFY = strawberry.enum_value("VERIFY", description="A verification was requested, confirmed or revoked.")
    ASSIGN = strawberry.enum_value("ASSIGN", description="The owner or the assignees of contacts were set.")
    TAG = strawberry.enum_value("TAG", description="Tags of contacts were added or removed.")
    ADD_TO_LIST = strawberry.enum_value("ADD_TO_LIST", description="Contacts were added to a list.")
    REMOVE_FROM_LIST = strawberry.enum_value("REMOVE_FROM_LIST", description="Contacts were removed from a list.")
    IMPORT = strawberry.enum_value("IMPORT", description="An import of a file began or ended.")
    EXPORT = strawberry.enum_value("EXPORT", description="An export began or ended, or a file was to be e-mailed.")
    DELETE = strawberry.enum_value("DELETE", description="A contact list or a campaign was deleted.")
    ADD_TO_CAMPAIGN = strawberry.enum_value(
        "ADD_TO_CAMPAIGN", description="Contacts were added to a campaign, or changed in it."
    )
    REMOVE_FROM_CAMPAIGN = strawberry.enum_value(
        "REMOVE_FROM_CAMPAIGN", description="Contacts were removed from a campaign."
    )
    APPLY_REVIEW = strawberry.enum_value(
        "APPLY_REVIEW", description="Rows of a campaign review were added to its campaign."
    )
    RECORD_MESSAGES = strawberry.enum_value(
        "RECORD_MESSAGES", description="Messages were recorded, with the opt-outs and opt-ins of their keywords."
    )
    CHANGE_ACCOUNT = strawberry.enum_value(
        "CHANGE_ACCOUNT", description="The account was created, or its settings were changed."
    )
    CHANGE_PREFIX = strawberry.enum_value("CHANGE_PREFIX", description="A custom operator prefix was set or deleted.")
    CREATE_USER = strawberry.enum_value("CREATE_USER", description="A user of the account was created.")
    CHANGE_USER = strawberry.enum_value("CHANGE_USER", description="A user was changed, for example deactivated.")
    CREATE_TOKEN = strawberry.enum_value("CREATE_TOKEN", description="An API token was created.")
    REVOKE_TOKEN = strawberry.enum_value("REVOKE_TOKEN", description="An API token was revoked.")
    CHANGE_WEBHOOK = strawberry.enum_value(
        "CHANGE_WEBHOOK",
        description="A webhook endpoint was created, changed, tested, switched off or deleted, or got events again.",
    )
    CANCEL_JOB = strawberry.enum_value("CANCEL_JOB", description="A job was cancelled. It is also the job's end.")
