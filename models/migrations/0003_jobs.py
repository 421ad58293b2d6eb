"""Jobs under a lease, and their files; 0003_jobs.sql has the statements."""

from uuid import uuid4

from tortoise import fields

from models.migrations._tables import KnowField, KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0002_event")]

    operations = [
        RunScript("0003_jobs.sql"),
        KnowField("Job", "task", fields.CharField(max_length=32)),
        KnowField("Job", "lease_id", fields.UUIDField(null=True)),
        KnowField("Job", "failure_count", fields.IntField()),
        KnowField("Job", "output_name", fields.TextField(null=True, unique=False)),
        KnowField("Job", "output_type", fields.TextField(null=True, unique=False)),
        KnowField("Job", "output_size", fields.BigIntField(null=True)),
        KnowField("Job", "output_key", fields.TextField(null=True, unique=False)),
        KnowModel(
            name="JobFile",
            fields=[
                ("account_id", fields.UUIDField()),
                ("job_id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("role", fields.CharField(max_length=16)),
                ("position", fields.IntField()),
                ("content", fields.BinaryField()),
            ],
            options={"table": "job_file", "app": "models", "pk_attr": "job_id"},
            bases=["Model"],
        ),
    ]
