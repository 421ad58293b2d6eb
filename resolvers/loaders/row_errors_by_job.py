"""Loads a page of each job's row errors, in file order."""

from models.db.sql import TRUE
from resolvers.loaders.loading import PageByParent
from resolvers.query.default_orders import ROW_ERRORS_IN_FILE_ORDER
from resolvers.query.page_sql import PageSource
from resolvers.query.tables import JOB_ROW_ERRORS


class RowErrorsByJob(PageByParent):
    def source(self) -> PageSource:
        return PageSource(
            JOB_ROW_ERRORS,
            TRUE,
            ROW_ERRORS_IN_FILE_ORDER,
            parent="job_row_error.job_id",
        )
