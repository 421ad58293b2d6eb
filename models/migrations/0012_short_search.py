"""Search by one or two characters on SQLite; 0012_short_search.sql has the statements."""

from models.migrations._tables import RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0011_contact_search")]

    operations = [RunScript("0012_short_search.sql")]
