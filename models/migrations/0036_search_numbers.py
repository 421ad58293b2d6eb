"""Search for digits within numbers; 0036_search_numbers.sql has the statements."""

from models.migrations._tables import RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0035_contact_history")]

    operations = [RunScript("0036_search_numbers.sql")]
