import asyncio, collections
from random import Random
import pytest
from models import database
from tests.api.mutations import mutate
from tests.api_client import Api

@pytest.mark.parametrize("seed", [1,2,3])
async def test_explore(api: Api, seed: int, monkeypatch) -> None:
    seen = collections.Counter()
    real = database._conflict
    def watch(error):
        c = real(error); seen[type(error).__name__]+=1; return c
    monkeypatch.setattr(database, "_conflict", watch)
    rnd = Random(seed)
    async def batch():
        rows=[{"phone": f"0712{rnd.randint(0,150):06}", "externalId": f"e{rnd.randint(0,150)}", "tags":[f"t{rnd.randint(0,9)}"]} for _ in range(30)]
        return await mutate(api,"bulkCreateContacts","summary { created rejected }",contacts=rows,ifExists="UPDATE")
    import time; t=time.time()
    res = await asyncio.gather(*(batch() for _ in range(60)), return_exceptions=True)
    print(seen, collections.Counter(type(r).__name__ for r in res), time.time()-t)
    assert not [r for r in res if isinstance(r, Exception)]
