"""The subject of a user at the identity provider; 0017_user_subject.sql has the statements."""

from tortoise import fields, migrations

from models.migrations._tables import KnowField, RunScript


class Migration(migrations.Migration):
    dependencies = [("models", "0016_relations")]

    operations = [
        RunScript("0017_user_subject.sql"),
        KnowField(model_name="User", name="subject", field=fields.CharField(max_length=255, null=True)),
    ]
