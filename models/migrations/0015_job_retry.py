"""Pauses between the attempts of a job; 0015_job_retry.sql has the statements."""

from tortoise import fields

from models.migrations._tables import KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0014_search_between_words")]

    operations = [
        RunScript("0015_job_retry.sql"),
        KnowField(model_name="Job", name="retry_at", field=fields.DatetimeField(null=True)),
        KnowField(model_name="Job", name="failing_since", field=fields.DatetimeField(null=True)),
    ]
