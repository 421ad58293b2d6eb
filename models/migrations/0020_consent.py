"""Keywords of accounts, and messages to review; 0020_consent.sql has the statements."""

from tortoise import fields

from models.fields import TextListField
from models.migrations._tables import KnowField, RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0019_import_warnings")]

    operations = [
        RunScript("0020_consent.sql"),
        KnowField(model_name="Account", name="opt_out_keywords", field=TextListField(default=[])),
        KnowField(model_name="Account", name="opt_in_keywords", field=TextListField(default=[])),
        KnowField(model_name="Message", name="needs_review", field=fields.BooleanField(default=False)),
    ]
