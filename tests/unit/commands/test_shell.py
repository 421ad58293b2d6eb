"""`python -m muster shell`, driven through a pipe."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import muster

FIRST = """
from datetime import UTC, datetime
from schema.ids import IdPrefix, encode
from services.accounts import management
account_id = await management.create(name="Acme", default_region="KE", now=datetime.now(UTC))
uuid_of(encode(IdPrefix.ACCOUNT, account_id)) == account_id
await Contact.filter(account_id=account_id)
[(account.name, account.default_region) for account in await Account.filter(id=account_id)]
await Contact.get(account_id=account_id)
async def sleep():
    async with database.transaction():
        await Account.filter(id=account_id).update(name="Lost")
        print("asleep", flush=True)
        await asyncio.sleep(600)

await sleep()
"""
SECOND = """
(await Account.get(id=account_id)).name
exit(3)
"""


def test_the_shell_awaits_queries_shows_errors_and_outlives_ctrl_c(database_url: str) -> None:
    shell = subprocess.Popen(
        [sys.executable, "-m", "muster", "shell"],
        cwd=Path(muster.__file__).parent,
        env={**os.environ, "MUSTER_DATABASE_URL": database_url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert shell.stdin is not None
    assert shell.stdout is not None

    try:
        shell.stdin.write(FIRST)
        shell.stdin.flush()
        shown = [shell.stdout.readline().strip() for _ in range(4)]
        shell.send_signal(signal.SIGINT)
        rest, errors = shell.communicate(SECOND, timeout=60)
    finally:
        shell.kill()

    assert shown == ["True", "[]", "[('Acme', 'KE')]", "asleep"]
    assert rest.splitlines() == ["'Acme'"]
    assert [line for line in errors.splitlines() if not line.startswith((" ", "Traceback"))] == [
        'tortoise.exceptions.DoesNotExist: Object "Contact" does not exist',
        "KeyboardInterrupt",
    ]
    assert shell.returncode == 3
