"""Maps task names to the functions that a worker runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from services import bulk_changes, bulk_jobs, campaign_audience, recheck
from services.contact_export import exporting
from services.contact_import import order
from services.job_worker import Task, Work
from services.late import Late

if TYPE_CHECKING:
    from services.contact_import import running
else:
    running = Late("services.contact_import.running")


async def _import(work: Work) -> None:
    await running.run(work)


TASKS: Mapping[str, Task] = {
    campaign_audience.TASK: campaign_audience.take_in_all,
    order.TASK: _import,
    recheck.TASK: recheck.run,
    **dict.fromkeys(bulk_changes.TASKS, bulk_jobs.run),
    exporting.TASK: exporting.export,
}
