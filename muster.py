"""The command line: `python -m muster …`. Results go to standard output, and messages to standard error."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from commands import accounts, backups, checks, doctor, exporting, importing, jobs, listing, serving, shell, upkeep

app = typer.Typer(
    help="Muster: contacts and campaigns over GraphQL. Settings come from the environment (MUSTER_*).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
account_app = typer.Typer(help="Accounts: the customers of this server.", no_args_is_help=True)
user_app = typer.Typer(help="The users of an account.", no_args_is_help=True)
token_app = typer.Typer(help="The API tokens of an account.", no_args_is_help=True)
job_app = typer.Typer(help="Jobs: imports, exports and other work in the background.", no_args_is_help=True)
app.add_typer(account_app, name="account")
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")
app.add_typer(job_app, name="job")


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        project = tomllib.loads((Path(__file__).parent / "pyproject.toml").read_text())["project"]
        print(f"Muster {project['version']}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


app.command("serve")(serving.serve)
app.command("demo-serve")(serving.demo_serve)
app.command("work")(serving.work)

app.command("migrate")(upkeep.migrate)
app.command("purge")(upkeep.purge)
app.command("demo")(upkeep.fill_demo)

account_app.command("create")(accounts.create_account)
account_app.command("list")(listing.list_accounts)
user_app.command("create")(accounts.create_user)
user_app.command("update")(accounts.update_user)
user_app.command("list")(listing.list_users)
token_app.command("create")(accounts.create_token)
token_app.command("revoke")(accounts.revoke_token)
token_app.command("list")(listing.list_tokens)
job_app.command("list")(listing.list_jobs)
job_app.command("cancel")(jobs.cancel_job)

app.command("import")(importing.import_file)
app.command("export")(exporting.export_file)

app.command("doctor")(doctor.doctor)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("shell")(shell.shell)

app.command("schema")(checks.print_schema)
app.command("drift")(checks.drift)

if __name__ == "__main__":
    app(prog_name="python -m muster")
