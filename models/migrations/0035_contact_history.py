"""A table of the history of contacts without row ids; 0035_contact_history.sql has the statements."""

from tortoise import migrations

from models.migrations._tables import RunScript


class Migration(migrations.Migration):
    dependencies = [("models", "0034_rate_limit")]

    operations = [RunScript("0035_contact_history.sql")]
