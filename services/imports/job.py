"""Runs an import as a job.

An import that resumes after a crash has the same result as one that was not interrupted.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from models.db import database, staging
from services.accounts.settings import AccountSettings, load_account_settings
from services.contacts.saving import IfExists
from services.imports import rejected_rows
from services.imports.block_parsing import ParsedBlock, ParsingOptions
from services.imports.columns import Columns, assign, by_header
from services.imports.duplicate_rows import FirstRows
from services.imports.errors import FileUnreadable, Sheet
from services.imports.merge import ListGone, MergeTarget, Outcomes, merge_block
from services.imports.options import ImportOptions, options_from_input
from services.imports.parser_pool import Parsers, parsers
from services.imports.progress import Progress
from services.imports.record_splitting import Block, Records
from services.imports.row_parsing import Rules
from services.imports.warnings import Warnings, storable
from services.jobs import files as job_files, temp_directory
from services.jobs.worker import Work
from services.phones import network_recheck
from services.planner_statistics import Growth
from services.refusal import Code, Refusal, Refused, refuse

# Rows per block. Blocks are smaller on SQLite, because all other writers wait for its one writer.
_BLOCK_ROWS: Final = {True: 5_000, False: 2_000}
_MERGING: Final = 2
_PARSED_AHEAD: Final = 2
_ERROR_COLUMNS: Final = (
    "job_id", "line", "position", "code", "column", "value", "message", "suggestion", "is_rejected", "row_number",
)  # fmt: skip


async def run(work: Work) -> None:
    """Imports the file.

    Raises Refused if the file is unreadable, in which case nothing was imported, or if the list was deleted.
    """
    options = options_from_input(work.input)
    async with temp_directory.directory() as directory:
        source, text = directory / "input", directory / "text"
        await job_files.copy_to(source, account_id=work.account_id, job_id=work.job_id, role=job_files.FileRole.INPUT)
        try:
            async with parsers(size=source.stat().st_size) as pool:
                records = await pool.look(source, text, options.look, _BLOCK_ROWS[database.is_postgres()])
                columns = await _columns(work, options, records)
                settings = await load_account_settings(work.account_id)
                await _Import(work, options, settings, records, columns, pool).run()
        except FileUnreadable as unreadable:
            if sheets := unreadable.sheets:
                await work.step(lambda: _sheets_report(sheets), is_progress=False)
            raise Refused(Refusal(unreadable.code, unreadable.message, unreadable.path)) from None
        except ListGone:
            raise refuse(
                Code.NOT_FOUND, "The list was deleted while the import was running.", "input", "listId"
            ) from None
        await rejected_rows.keep(work, records, directory / "rejected.csv")


async def _columns(work: Work, options: ImportOptions, records: Records) -> Columns:
    """Returns the mapping of the columns.

    Raises Unreadable. The job then shows the recognized columns, so that the client can map the others.
    """
    try:
        return assign(records, options.mapping)
    except FileUnreadable:
        await work.step(lambda: _file_report(records, by_header(records, {})), is_progress=False)
        raise


async def _sheets_report(sheets: Sequence[Sheet]) -> Mapping[str, Any]:
    return {"sheets": [list(sheet) for sheet in sheets]}


async def _file_report(records: Records, columns: Columns) -> Mapping[str, Any]:
    """Returns the job's columns that say how the file was read."""
    warnings = Warnings()
    warnings.merge(records.warnings)
    warnings.merge(columns.warnings)
    return {
        "columns": list(columns.shown),
        "warnings": warnings.to_json(),
        "encoding": records.encoding,
        "delimiter": None if records.sheet is not None else storable(records.delimiter),
        "header_line": records.header_line,
        "sheet": records.sheet,
        **await _sheets_report(records.sheets),
    }


class _Undone(Exception):
    """Rolls back the block's writes in a dry run."""

    def __init__(self, outcomes: Outcomes) -> None:
        self.outcomes = outcomes


class _Import:
    def __init__(
        self,
        work: Work,
        options: ImportOptions,
        settings: AccountSettings,
        records: Records,
        columns: Columns,
        pool: Parsers,
    ) -> None:
        self._work = work
        self._settings = settings
        self._records = records
        self._columns = columns
        self._pool = pool
        self._target = MergeTarget(
            settings=settings,
            job_id=work.job_id,
            user_id=work.created_by_id,
            if_exists=options.if_exists,
            list_id=work.contact_list_id,
            is_existing_added_to_list=options.is_existing_added_to_list,
            headers={field: columns.header[places[0]] for field, places in columns.places.items()},
            match_on=options.match_on,
            is_creating_lists=options.is_creating_lists,
            is_opt_outs_only=options.is_opt_outs_only,
        )
        self._job = ParsingOptions(
            records=records,
            columns=columns,
            rules=Rules(
                options.region, options.phone_policy, options.tags, options.is_opt_outs_only, options.digits_only
            ),
            network_check=settings.network_check,
            custom_prefixes=settings.custom_prefixes,
            is_copied=database.is_postgres(),
            is_updating=options.if_exists is IfExists.UPDATE,
        )
        self._progress = Progress(work.checkpoint, work.summary, work.warnings)
        self._committing = asyncio.Lock()
        self._first_rows = FirstRows()
        account_id, list_id = work.account_id, work.contact_list_id
        self._growth = {"created": Growth("contact", "account_id = $1", account_id)}
        if list_id is not None:
            of_list = "account_id = $1 AND contact_list_id = $2"
            self._growth["added_to_list"] = Growth("contact_list_member", of_list, account_id, list_id)

    async def run(self) -> None:
        if not self._work.checkpoint:
            await self._work.step(self._begin)
            self._progress = Progress(self._work.checkpoint, self._work.summary, self._work.warnings)
        await self._pool.open(self._job)
        merging = asyncio.Semaphore(self._merge_limit)
        parsing: deque[tuple[Block, datetime, asyncio.Task[ParsedBlock]]] = deque()
        merges: set[asyncio.Task[None]] = set()
        waiting = iter(self._records.blocks)
        try:
            while True:
                while len(parsing) < self._pool.count + _PARSED_AHEAD and (block := next(waiting, None)):
                    now = self._work.now()
                    first_id = database.uuid7(now, room=block.count)
                    parsing.append((block, now, asyncio.create_task(self._pool.parse(block, first_id))))
                if not parsing:
                    break
                block, now, task = parsing.popleft()
                parsed = await task
                later = self._first_rows.duplicates_in(parsed)
                opted_out = self._first_rows.newly_opted_out(parsed)
                if self._progress.has(block):
                    continue
                self._follow_growth()
                await merging.acquire()
                for merge in [merge for merge in merges if merge.done()]:
                    merges.remove(merge)
                    merge.result()
                merge = asyncio.create_task(self._merge(block, parsed, later, opted_out, now))
                merge.add_done_callback(lambda _: merging.release())
                merges.add(merge)
            for merge in merges:
                await merge
            self._follow_growth()
            for growth in self._growth.values():
                await growth.finish()
        finally:
            rest: list[asyncio.Task[Any]] = [*merges, *(task for _, _, task in parsing)]
            for task_left in rest:
                task_left.cancel()
            await asyncio.gather(*rest, *(growth.stop() for growth in self._growth.values()), return_exceptions=True)
        await self._work.step(self._finish, is_progress=False)

    def _follow_growth(self) -> None:
        if not self._work.is_dry_run:
            counts = self._progress.summary
            for name, growth in self._growth.items():
                growth.report(counts[name])

    @property
    def _merge_limit(self) -> int:
        """Returns the number of concurrent merges.

        Returns 1 if rows of different blocks may take over each other's external ids, because order matters then.
        """
        is_in_order = self._job.is_updating and "external_id" in self._columns.places
        return _MERGING if database.is_postgres() and not is_in_order else 1

    async def _begin(self) -> Mapping[str, Any]:
        return {
            "checkpoint": {"done": 0, "ahead": []},
            **await _file_report(self._records, self._columns),
            "row_count": self._records.row_count,
            "summary": self._progress.summary,
        }

    async def _finish(self) -> Mapping[str, Any]:
        """Starts a recheck if the account's network settings changed during the import."""
        now = await load_account_settings(self._work.account_id)
        if (now.network_check, now.custom_prefixes) != (self._settings.network_check, self._settings.custom_prefixes):
            await network_recheck.start(
                account_id=self._work.account_id, prefix=None, user_id=self._work.created_by_id, now=self._work.now()
            )
        return {}

    async def _merge(
        self, block: Block, parsed: ParsedBlock, later: dict[int, Code], opted_out: list[str], now: datetime
    ) -> None:
        """Merges the block in one transaction with its row errors and the checkpoint."""
        has_lock, columns = False, {}

        async def write() -> Mapping[str, Any]:
            nonlocal has_lock, columns
            if has_lock:  # the transaction had a conflict and restarts
                has_lock = False
                self._committing.release()
            if self._work.is_dry_run:
                outcomes = await self._rehearse(parsed, later, opted_out, now)
            else:
                outcomes = await merge_block(self._target, parsed, later, opted_out, now=now)
            outcomes.warnings.renumber(parsed.notes.row_number)
            await self._keep_errors(outcomes, parsed)
            await rejected_rows.keep_existing(self._work, block, outcomes.existing_lines)
            # One block at a time until the commit, because each checkpoint includes all committed blocks.
            await self._committing.acquire()
            has_lock = True
            columns = self._progress.with_block(block, outcomes)
            if self._progress.has_file or not outcomes.has_file:
                return columns
            return {**columns, **rejected_rows.output_columns(self._work)}

        try:
            await self._work.step(write)
            self._progress.take(columns)
        finally:
            parsed.forget()
            if has_lock:
                self._committing.release()

    async def _rehearse(
        self, parsed: ParsedBlock, later: dict[int, Code], opted_out: list[str], now: datetime
    ) -> Outcomes:
        try:
            async with database.transaction():
                raise _Undone(await merge_block(self._target, parsed, later, opted_out, now=now))
        except _Undone as undone:
            return undone.outcomes

    async def _keep_errors(self, outcomes: Outcomes, parsed: ParsedBlock) -> None:
        rows: list[tuple[Any, ...]] = []
        last_line, position = 0, 0
        for error in outcomes.errors:
            position = position + 1 if error.line == last_line else 0
            last_line = error.line
            row_number = parsed.notes.row_number(error.line)
            rows.append((self._work.job_id, error.line, position, *error[1:-1], row_number))
        await staging.append("job_row_error", self._work.account_id, _ERROR_COLUMNS, rows)
