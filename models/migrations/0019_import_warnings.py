"""Warnings of imports, and how they read their files; 0019_import_warnings.sql has the statements."""

from tortoise import fields

from models.migrations._tables import KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0018_contact_purge")]

    operations = [
        RunScript("0019_import_warnings.sql"),
        KnowField(model_name="Job", name="warnings", field=fields.JSONField(default=list)),
        KnowField(model_name="Job", name="encoding", field=fields.TextField(null=True)),
        KnowField(model_name="Job", name="delimiter", field=fields.TextField(null=True)),
        KnowField(model_name="Job", name="header_line", field=fields.BigIntField(null=True)),
        KnowField(model_name="Job", name="sheet", field=fields.TextField(null=True)),
        KnowField(model_name="Job", name="sheets", field=fields.JSONField(default=list)),
        KnowField(model_name="JobRowError", name="row_number", field=fields.BigIntField(null=True)),
    ]
