"""Case-folded names; 0010_name_keys.sql has the statements. The migration then folds the existing names."""

from tortoise import fields

from models.migrations._tables import FoldNames, KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0009_numbers")]

    operations = [
        RunScript("0010_name_keys.sql"),
        FoldNames("campaign"),
        FoldNames("account_user"),
        KnowField(model_name="Campaign", name="name_key", field=fields.CharField(max_length=400, default="")),
        KnowField(model_name="User", name="name_key", field=fields.CharField(max_length=400, default="")),
    ]
