"""Maps task names to the functions that a worker runs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from services.campaigns import audience as campaign_audience
from services.contacts import bulk_changes, bulk_jobs
from services.exports import job as export_job
from services.imports import options as import_options
from services.jobs.worker import Task, Work
from services.lazy_module import LazyModule
from services.phones import network_recheck

if TYPE_CHECKING:
    from services.imports import job as import_job
else:
    import_job = LazyModule("services.imports.job")


async def _import(work: Work) -> None:
    await import_job.run(work)


TASKS: Mapping[str, Task] = {
    campaign_audience.TASK: campaign_audience.run_members_job,
    import_options.TASK: _import,
    network_recheck.TASK: network_recheck.run,
    **dict.fromkeys(bulk_changes.TASKS, bulk_jobs.run),
    export_job.TASK: export_job.export,
}
