"""The version of a contact; 0027_contact_version.sql has the statement."""

from tortoise import fields

from models.migrations._tables import KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0026_contact_history")]

    operations = [
        RunScript("0027_contact_version.sql"),
        KnowField(model_name="Contact", name="version", field=fields.IntField(default=1)),
    ]
