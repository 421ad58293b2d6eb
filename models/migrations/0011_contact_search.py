"""Search by short texts, and in large accounts; 0011_contact_search.sql has the statements."""

from models.migrations._tables import RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0010_name_keys")]

    operations = [RunScript("0011_contact_search.sql")]
