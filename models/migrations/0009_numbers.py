"""Functions by which whoever makes a contact and whoever records a message with its number wait for each other."""

from tortoise import migrations

from models.migrations._tables import RunScript


class Migration(migrations.Migration):
    dependencies = [("models", "0008_contact_change")]

    operations = [RunScript("0009_numbers.sql")]
