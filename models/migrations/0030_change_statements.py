"""The change log without triggers, and with a smaller index of the audit log; see 0030_change_statements.sql."""

from models.migrations._change_log import DropChangeTriggers
from models.migrations._tables import RunScript, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0029_subscription_events")]

    operations = [DropChangeTriggers(), RunScript("0030_change_statements.sql")]
