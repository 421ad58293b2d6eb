"""The version of a contact; 0027_contact_version.sql has the statement."""

from tortoise import fields, migrations

from models.migrations._tables import KnowField, RunScript


class Migration(migrations.Migration):
    dependencies = [("models", "0025_audit")]

    operations = [
        RunScript("0027_contact_version.sql"),
        KnowField(model_name="Contact", name="version", field=fields.IntField(default=1)),
    ]
