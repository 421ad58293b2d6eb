"""What a worker can do: each kind of work by the name that its jobs have."""

from collections.abc import Mapping

from services import bulk_changes, bulk_jobs, campaign_audience, recheck
from services.contact_export import exporting
from services.contact_import import running as contact_import
from services.job_worker import Task

TASKS: Mapping[str, Task] = {
    campaign_audience.TASK: campaign_audience.take_in_all,
    contact_import.TASK: contact_import.run,
    recheck.TASK: recheck.run,
    **dict.fromkeys(bulk_changes.TASKS, bulk_jobs.run),
    exporting.TASK: exporting.export,
}
