"""The change log without triggers: the statements of the services write it."""

from tortoise import migrations

from models.migrations._change_log import DropChangeTriggers


class Migration(migrations.Migration):
    dependencies = [("models", "0029_subscription_events")]

    operations = [DropChangeTriggers()]
