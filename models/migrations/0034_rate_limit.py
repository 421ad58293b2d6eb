"""A function of the rate limiter on PostgreSQL; 0034_rate_limit.sql has the statement."""

from tortoise import migrations

from models.migrations._tables import RunScript


class Migration(migrations.Migration):
    dependencies = [("models", "0032_account_queue")]

    operations = [RunScript("0034_rate_limit.sql")]
