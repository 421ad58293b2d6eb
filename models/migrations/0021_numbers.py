"""Numbers that are compared in another form than given; 0021_numbers.sql adds it to the tables.

0021_renumbering.sql brings the stored numbers into that form.
"""

from tortoise import fields

from models.migrations._tables import KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0020_consent")]

    operations = [
        RunScript("0021_numbers.sql"),
        KnowField("Account", "digits_only_numbers", fields.CharField(max_length=16, default="INTERNATIONAL")),
        KnowField("Contact", "given_phone", fields.CharField(max_length=16, null=True)),
        KnowField("Message", "given_phone", fields.CharField(max_length=16, null=True)),
        RunScript("0021_renumbering.sql"),
    ]
