"""Permissions of a caller, by the scopes of the token and the role of the user."""

from services.accounts.authentication import Caller, Scope


def permissions_of(caller: Caller) -> dict[str, bool]:
    """Returns whether the caller may do each thing that an app offers, by name.

    The rules are those of docs/concepts.md ("Users, roles and tokens"). The operations themselves enforce them.
    """
    reads_contacts, writes_contacts = caller.may(Scope.CONTACTS_READ), caller.may(Scope.CONTACTS_WRITE)
    writes_campaigns, manages = caller.may(Scope.CAMPAIGNS_WRITE), caller.may_manage
    return {
        "read_contacts": reads_contacts,
        "write_contacts": writes_contacts,
        "bulk_by_filter": manages and reads_contacts and writes_contacts,
        "purge_from_anywhere": manages and writes_contacts,
        "override_protection": manages and (writes_contacts or writes_campaigns),
        "import_contacts": writes_contacts,
        "export_contacts": manages and reads_contacts,
        "read_campaigns": caller.may(Scope.CAMPAIGNS_READ),
        "write_campaigns": writes_campaigns,
        "assign_others_in_review": manages and reads_contacts and writes_campaigns,
        "read_messages": caller.may(Scope.MESSAGES_READ),
        "write_messages": caller.may(Scope.MESSAGES_WRITE),
        "administer": caller.may(Scope.ADMIN),
    }
