"""A client's copy of an account, which it keeps in step by deltas, and the same read at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from models.db import database
from schema.ids import IdPrefix, encode
from tests.support.api_client import Api

OPT_OUT = "id optOutPhone: phone optedOut: isOptedOut source reason"
NODE = """
... on Contact {
  id phone contactName: name tags deletedAt version isOptedOut optedOutAt lastInboundAt lastOutboundAt updatedAt
  isVerified lists { id } assignees { id } owner { id }
}
... on ContactList { id listName: name description contactCount listUpdatedAt: updatedAt }
... on Campaign {
  id campaignName: name campaignStatus: status contactCount lists { id } segments { segmentId contactCount }
}
... on CampaignContact { id entryName: name context assignee { id } segmentId campaign { id } contact { id } }
... on User { id userName: name role isActive }
"""
OBJECT = f"__typename {NODE} ... on OptOut {{ {OPT_OUT} }}"
CHANGES = (
    "query ($after: String!, $first: Int, $kinds: [SyncKind!]) { changes(after: $after, first: $first, kinds: $kinds) "
    f"{{ nodes {{ kind id isDeleted object {{ {OBJECT} }} }} pageInfo {{ hasNextPage endCursor }} }} }}"
)
KINDS = {
    "Contact": ("contact", IdPrefix.CONTACT),
    "ContactList": ("contact_list", IdPrefix.CONTACT_LIST),
    "Campaign": ("campaign", IdPrefix.CAMPAIGN),
    "CampaignContact": ("campaign_contact", IdPrefix.CAMPAIGN_CONTACT),
    "User": ("account_user", IdPrefix.USER),
}


@dataclass
class SyncedCopy:
    """Objects by id. `load` reads everything, `catch_up` applies the changes since then."""

    api: Api
    objects: dict[str, Any] = field(default_factory=dict)
    cursor: str = ""
    pages: int = 0

    async def load(self) -> "SyncedCopy":
        self.cursor = (await self.api.run("{ syncCursor }"))["syncCursor"]
        self.objects = await everything(self.api)
        return self

    async def catch_up(self, *, first: int = 100) -> None:
        has_next = True
        while has_next:
            found = (await self.api.run(CHANGES, after=self.cursor, first=first))["changes"]
            for change in found["nodes"]:
                self._apply(change)
            self.cursor, has_next = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
            self.pages += 1

    def _apply(self, change: Any) -> None:
        assert change["isDeleted"] == (change["object"] is None)
        if change["object"] is not None:
            assert change["object"]["id"] == change["id"]
            self.objects[change["id"]] = change["object"]
            return
        self.objects.pop(change["id"], None)
        # The server sends no change for objects that belonged to the deleted one.
        for id, each in list(self.objects.items()):
            if change["id"] in (each.get("campaign", each)["id"], each.get("contact", each)["id"]):
                del self.objects[id]
            elif "lists" in each:
                each["lists"] = [one for one in each["lists"] if one["id"] != change["id"]]


async def everything(api: Api) -> dict[str, Any]:
    """Returns all objects of the account that can be synchronized, by id."""
    objects: dict[str, Any] = {}
    for table, prefix in KINDS.values():
        rows = await database.fetch(f"SELECT id FROM {table} WHERE account_id = $1", api.account_id)
        ids = [encode(prefix, row["id"]) for row in rows]
        for start in range(0, len(ids), 100):
            objects |= await _nodes(api, ids[start : start + 100])
    found = await api.run(f"{{ optOuts(first: 100) {{ nodes {{ __typename {OPT_OUT} }} }} }}")
    return objects | {each["id"]: each for each in found["optOuts"]["nodes"]}


async def _nodes(api: Api, ids: Sequence[str]) -> dict[str, Any]:
    text = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename {NODE} }} }}"
    return {each["id"]: each for each in (await api.run(text, ids=ids))["nodes"] if each is not None}
