"""A process keeps nothing of a document that its engine does not keep."""

import gc
from dataclasses import replace

from schema.execution import Engine, Selection
from schema.root import schema
from tests.support.api_client import Api

PAGE = "{ contacts(first: 5) { nodes { id lists { id name } } pageInfo { endCursor } totalCount } }"


def selections() -> int:
    gc.collect()
    return sum(isinstance(each, Selection) for each in gc.get_objects())


async def test_the_selections_of_an_operation_are_deleted_with_it(api: Api) -> None:
    forgetful = replace(api, engine=Engine(schema, cache_bytes=0))
    before = selections()

    for _ in range(3):
        await forgetful.run(PAGE)

    assert selections() <= before
