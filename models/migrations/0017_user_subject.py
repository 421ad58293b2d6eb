"""The subject of a user at the identity provider; 0017_user_subject.sql has the statements."""

from tortoise import fields

from models.migrations._tables import KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0016_relations")]

    operations = [
        RunScript("0017_user_subject.sql"),
        KnowField(model_name="User", name="subject", field=fields.CharField(max_length=255, null=True)),
    ]
