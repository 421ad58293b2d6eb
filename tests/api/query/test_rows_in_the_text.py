"""Rows of a batch in the text of an operation are judged one by one, like rows in variables."""

from typing import Any

import pytest

from resolvers.loaders import LOADERS
from schema.context import Context
from schema.execution import RequestError, RequestErrorKind
from tests.support.api_client import Api

MESSAGES = """
mutation {
  ... on Mutation {
    named: recordMessages(input: {messages: [
      {phone: "0712 345 671", direction: INBOUND, body: "STOP", occurredAt: "2026-01-05T09:30:00"}
      {phone: 254712345672, direction: INBOUND, body: 5}
      {phone: "0712 345 673", direction: SIDEWAYS, body: "STOP"}
      {phone: "0712 345 674", direction: INBOUND, sentiment: {is: ["bad", 1.5, null]}}
    ]}) { summary { created failed } results { index outcome error { code path } } }
  }
  viewer: updateAccount(input: {name: "Acme"}) { errors { code } }
}
"""


async def test_a_value_that_does_not_fit_fails_its_row(api: Api) -> None:
    answer = (await api.run(MESSAGES))["named"]

    assert answer["summary"] == {"created": 1, "failed": 3}
    told = [(row["error"]["code"], row["error"]["path"][3:]) if row["error"] else None for row in answer["results"]]
    assert told == [
        ("INVALID", ["occurredAt"]),
        None,
        ("INVALID", ["direction"]),
        ("INVALID", ["sentiment"]),
    ]
    opted_out = (await api.run("{ optOuts { nodes { phone } } }"))["optOuts"]["nodes"]
    assert {row["phone"] for row in opted_out} == {"+254712345671", "+254712345673"}


async def test_rows_of_several_batches_and_operations_do_not_meet(api: Api) -> None:
    text = """
    mutation First($reason: String) {
      a: bulkCreateContacts(input: {contacts: [{phone: "0712345671", name: {}}, {phone: "0712345672"}]}) { ...Counts }
      b: bulkCreateContacts(input: {contacts: {phone: "0712 345 673", tags: 7}, ifExists: SKIP}) { ...Counts }
      optOut(input: {phone: "0712 345 674", reason: $reason}) { errors { code } }
    }
    mutation Second { bulkCreateContacts(input: {contacts: [{phone: "0712 345 675", tags: {}}]}) { ...Counts } }
    fragment Counts on BulkCreateContactsPayload { summary { total created rejected } }
    """

    context = Context(caller=api.caller, now=api.now, request_id="test", loaders=LOADERS)
    first = await api.engine.execute(text, variables={"reason": "x"}, operation_name="First", context=context)
    second = await api.engine.execute(text, operation_name="Second", context=context)

    assert first.errors is second.errors is None
    data: Any = first.data
    assert data["a"] == {"summary": {"total": 2, "created": 1, "rejected": 1}}
    assert data["b"] == {"summary": {"total": 1, "created": 1, "rejected": 0}}
    assert second.data == {"bulkCreateContacts": {"summary": {"total": 1, "created": 0, "rejected": 1}}}


async def test_what_is_wrong_beside_the_rows_refuses_the_whole_text(api: Api) -> None:
    texts = [
        "mutation { bulkCreateContacts(input: {contacts: [{phone: 1, phone: 2, name: {}}]}) { summary { total } } }",
        "mutation ($p: Int) { bulkCreateContacts(input: {contacts: [{phone: $p, name: {}}]}) { summary { total } } }",
        'mutation { bulkCreateContacts(input: {contacts: [{name: {}}], ifExists: "X"}) { summary { total } } }',
        "mutation { bulkCreateContacts(input: {contacts: [{name: {}}]}) { sumary } }",
    ]

    for text in texts:
        with pytest.raises(RequestError) as refused:
            await api.ask(text)
        assert refused.value.refusal is RequestErrorKind.VALIDATION
