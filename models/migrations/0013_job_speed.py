"""Columns for the speed of a job; 0013_job_speed.sql has the statements."""

from tortoise import fields

from models.migrations._tables import KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0012_short_search")]

    operations = [
        RunScript("0013_job_speed.sql"),
        KnowField(model_name="Job", name="taken_up_at", field=fields.DatetimeField(null=True)),
        KnowField(model_name="Job", name="taken_up_row_count", field=fields.BigIntField(default=0)),
    ]
