"""Search by characters between words; 0014_search_between_words.sql has the statements."""

from models.migrations._tables import RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0013_job_speed")]

    operations = [RunScript("0014_search_between_words.sql")]
