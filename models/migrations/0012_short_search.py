"""Search by one or two characters on SQLite; 0012_short_search.sql has the statements."""

from tortoise import migrations

from models.migrations._tables import RunScript


class Migration(migrations.Migration):
    dependencies = [("models", "0011_contact_search")]

    operations = [RunScript("0012_short_search.sql")]
