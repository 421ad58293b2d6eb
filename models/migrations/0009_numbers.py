"""Functions for the locks of models.db.phone_locks; 0009_numbers.sql has the statements."""

from models.migrations._tables import RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0008_contact_change")]

    operations = [RunScript("0009_numbers.sql")]
