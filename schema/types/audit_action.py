"""The kinds of changes in the audit log and in the history of contacts."""

from enum import Enum

import strawberry


@strawberry.enum(
    description="Kind of a change by a mutation or a job, in the history of a contact and in the audit log."
)
class AuditAction(Enum):
    CREATE = strawberry.enum_value("CREATE", description="Created a contact, a list or a campaign.")
    UPDATE = strawberry.enum_value("UPDATE", description="Changed fields of a contact, a list or a campaign.")
    TRASH = strawberry.enum_value("TRASH", description="Moved contacts to the trash.")
    RESTORE = strawberry.enum_value("RESTORE", description="Restored contacts from the trash.")
    PURGE = strawberry.enum_value("PURGE", description="Deleted contacts permanently.")
    OPT_OUT = strawberry.enum_value("OPT_OUT", description="Opted one or more phone numbers out.")
    OPT_IN = strawberry.enum_value("OPT_IN", description="Lifted the opt-out of phone numbers.")
    VERIFY = strawberry.enum_value("VERIFY", description="Verified a contact's number, or revoked the verification.")
    ASSIGN = strawberry.enum_value("ASSIGN", description="Changed the owner or the assignees of contacts.")
    TAG = strawberry.enum_value("TAG", description="Added tags to contacts, or removed tags from them.")
    ADD_TO_LIST = strawberry.enum_value("ADD_TO_LIST", description="Added contacts to a list.")
    REMOVE_FROM_LIST = strawberry.enum_value("REMOVE_FROM_LIST", description="Removed contacts from a list.")
    IMPORT = strawberry.enum_value("IMPORT", description="Created or changed contacts from an imported file.")
    EXPORT = strawberry.enum_value("EXPORT", description="Exported contacts to a file, or sent that file by e-mail.")
    DELETE = strawberry.enum_value("DELETE", description="Deleted a list or a campaign.")
    ADD_TO_CAMPAIGN = strawberry.enum_value("ADD_TO_CAMPAIGN", description="Added contacts to a campaign.")
    REMOVE_FROM_CAMPAIGN = strawberry.enum_value(
        "REMOVE_FROM_CAMPAIGN", description="Removed contacts from a campaign."
    )
    APPLY_REVIEW = strawberry.enum_value("APPLY_REVIEW", description="Added the rows of a review to a campaign.")
    RECORD_MESSAGES = strawberry.enum_value("RECORD_MESSAGES", description="Recorded messages or their status.")
    CHANGE_ACCOUNT = strawberry.enum_value("CHANGE_ACCOUNT", description="Changed the account's settings.")
    CHANGE_PREFIX = strawberry.enum_value("CHANGE_PREFIX", description="Changed an operator prefix of the account.")
    CREATE_USER = strawberry.enum_value("CREATE_USER", description="Created a user of the account.")
    CHANGE_USER = strawberry.enum_value("CHANGE_USER", description="Changed, activated or deactivated a user.")
    CREATE_TOKEN = strawberry.enum_value("CREATE_TOKEN", description="Created an API token of the account.")
    REVOKE_TOKEN = strawberry.enum_value("REVOKE_TOKEN", description="Revoked an API token of the account.")
    CHANGE_WEBHOOK = strawberry.enum_value(
        "CHANGE_WEBHOOK", description="Changed webhook endpoints or sent events again."
    )
    CANCEL_JOB = strawberry.enum_value("CANCEL_JOB", description="Cancelled a background job.")
