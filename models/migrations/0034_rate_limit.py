"""A function of the rate limiter on PostgreSQL; 0034_rate_limit.sql has the statement."""

from models.migrations._tables import RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0032_account_queue")]

    operations = [RunScript("0034_rate_limit.sql")]
