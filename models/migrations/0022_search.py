"""Search by words without accents, and the indexes of custom variables and companies.

0022_search.sql and 0022_search_indexes.sql have the statements. The texts are folded again in between.
"""

from tortoise import fields

from models.migrations._tables import FoldSearchTexts, KnowModel, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0021_numbers")]

    operations = [
        RunScript("0022_search.sql"),
        FoldSearchTexts(),
        RunScript("0022_search_indexes.sql"),
        KnowModel(
            name="CustomVariableLabel",
            fields=[
                (
                    "account",
                    fields.ForeignKeyField(
                        "models.Account", source_field="account_id", related_name=False, on_delete=fields.NO_ACTION
                    ),
                ),
                ("label", fields.CharField(max_length=100, primary_key=True)),
                ("contact_count", fields.IntField()),
            ],
            options={"table": "custom_variable_label"},
        ),
    ]
