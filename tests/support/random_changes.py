"""Changes an account at random, by mutations of all kinds."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from tests.support.api_client import HOUR, Api
from tests.support.mutations import mutate

Act = Callable[["Writer"], Awaitable[Any]]


class Writer:
    """Changes an account at random. Changes that are refused, for example of deleted objects, count as well."""

    def __init__(self, api: Api, seed: int, known: dict[str, list[str]]) -> None:
        self.api = api
        self.random = Random(seed)
        self.known = known
        self.called: set[str] = set()
        """The mutations that this writer has sent."""

    @staticmethod
    async def known_objects(api: Api) -> dict[str, list[str]]:
        """Makes one object of each kind, and returns their ids by kind."""
        return {
            "contact": [await api.make_contact("+254712000001")],
            "list": [await api.make_list("L")],
            "user": [(await api.make_user("Bob"))[0]],
            "campaign": [(await mutate(api, "createCampaign", "campaign { id }", name="C"))["campaign"]["id"]],
        }

    async def act(self, act: "Act | None" = None) -> None:
        """Does an act an hour later than the one before; a random one by default."""
        self.api = self.api.later(HOUR)
        await (act or self.random.choice(ACTS))(self)

    def phone(self) -> str:
        return f"+2547120000{self.random.randrange(20):02}"

    def one(self, kind: str) -> str:
        return self.random.choice(self.known[kind])

    def some(self) -> dict[str, Any]:
        return {"ids": self.random.sample(self.known["contact"], min(3, len(self.known["contact"])))}

    async def mutate(self, name: str, selected: str = "", /, **input: Any) -> Any:
        self.called.add(name)
        return await mutate(self.api, name, selected, **input)

    async def delete(self, name: str, kind: str) -> None:
        """Deletes an object, unless it is one of the last two of its kind."""
        if len(self.known[kind]) > 2:
            deleted = self.one(kind)
            self.known[kind].remove(deleted)
            await self.mutate(name, id=deleted)

    async def make(self, kind: str, name: str, selected: str, /, **input: Any) -> None:
        made = (await self.mutate(name, f"{selected} {{ id }}", **input))[selected]
        if made is not None and made["id"] not in self.known[kind]:
            self.known[kind].append(made["id"])


async def create(w: Writer) -> None:
    contact = {
        "phone": w.phone(),
        "name": "A",
        "tags": ["a"],
        "listIds": [w.one("list")],
        "assigneeIds": [w.one("user")],
    }
    await w.make("contact", "createContact", "contact", contact=contact, ifExists="UPDATE")


async def create_many(w: Writer) -> None:
    await w.mutate("bulkCreateContacts", contacts=[{"phone": w.phone()} for _ in range(3)], listId=w.one("list"))


async def add_to_campaign(w: Writer) -> None:
    rows = [{"contact": w.phone(), "name": "N"} for _ in range(2)]
    await w.mutate("addCampaignContacts", campaignId=w.one("campaign"), contacts=rows, ifDuplicate="UPDATE")


async def purge(w: Writer) -> None:
    purged = w.one("contact")
    if len(w.known["contact"]) > 2:
        w.known["contact"].remove(purged)
        await w.mutate("purgeContacts", contacts={"ids": [purged]}, fromAnywhere=True)


async def message(w: Writer) -> None:
    body = w.random.choice(["STOP", "START", "Hello"])
    at = w.api.now.isoformat()
    messages = [{"phone": w.phone(), "direction": "INBOUND", "body": body, "occurredAt": at}]
    await w.mutate("recordMessages", messages=messages)


ACTS: list[Act] = [
    create,
    create,
    create_many,
    add_to_campaign,
    message,
    lambda w: w.mutate("updateContact", contact={"id": w.one("contact")}, name=f"N{w.random.random()}"),
    lambda w: w.mutate("updateContact", contact={"id": w.one("contact")}, listIds=[w.one("list")], assigneeIds=[]),
    lambda w: w.mutate("tagContacts", contacts=w.some(), add=["b"], remove=["a"]),
    lambda w: w.mutate("assignContacts", contacts=w.some(), ownerId=w.one("user"), addAssigneeIds=[w.one("user")]),
    lambda w: w.mutate("addContactsToList", listId=w.one("list"), contacts=w.some()),
    lambda w: w.mutate("removeContactsFromList", listId=w.one("list"), contacts=w.some()),
    lambda w: w.mutate("trashContacts", contacts=w.some()),
    lambda w: w.mutate("restoreContacts", contacts=w.some()),
    purge,
    lambda w: w.mutate("optOut", phone=w.phone()),
    lambda w: w.mutate("optIn", phone=w.phone()),
    lambda w: w.make("list", "createContactList", "contactList", name=f"L{w.random.random()}"),
    lambda w: w.mutate("updateContactList", id=w.one("list"), description="D"),
    lambda w: w.delete("deleteContactList", "list"),
    lambda w: w.make("campaign", "createCampaign", "campaign", name="C", listIds=[w.one("list")]),
    lambda w: w.mutate("updateCampaign", id=w.one("campaign"), listIds=[w.one("list")]),
    lambda w: w.mutate("updateCampaign", id=w.one("campaign"), status="SCHEDULED"),
    lambda w: w.mutate("removeCampaignContacts", campaignId=w.one("campaign"), contacts=w.some()),
    lambda w: w.delete("deleteCampaign", "campaign"),
    lambda w: w.mutate("verifyContact", contact={"phone": w.phone()}, action="CONFIRM"),
    lambda w: w.mutate("updateUser", id=w.one("user"), name=f"U{w.random.random()}"),
]
