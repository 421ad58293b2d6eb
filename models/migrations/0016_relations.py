"""The relations of the models. No table changes; the scripts of the earlier migrations define the foreign keys."""

from models.migrations._tables import KnowRelations, ScriptMigration


class Migration(ScriptMigration):
    dependencies = [("models", "0015_job_retry")]

    operations = [
        KnowRelations(
            {
                "User": {"account": "Account"},
                "ApiToken": {"account": "Account", "user": "User"},
                "Campaign": {"account": "Account", "created_by": "User"},
                "CampaignList": {"contact_list": "ContactList"},
                "CampaignContact": {"campaign": "Campaign", "contact": "Contact", "assignee": "User"},
                "CampaignReview": {"account": "Account", "campaign": "Campaign"},
                "Contact": {"account": "Account", "owner": "User"},
                "ContactAssignee": {"user": "User"},
                "Tag": {"account": "Account"},
                "ContactSubscription": {"account": "Account"},
                "ContactChange": {"account": "Account"},
                "ContactList": {"account": "Account"},
                "ContactListMember": {"contact": "Contact"},
                "Event": {"account": "Account"},
                "IdempotencyKey": {"account": "Account"},
                "Job": {"account": "Account"},
                "JobFile": {"account": "Account"},
                "Message": {"account": "Account", "user": "User"},
                "PhoneHistory": {"account": "Account"},
                "OperatorPrefix": {"account": "Account"},
                "OptOut": {"account": "Account", "changed_by": "User"},
                "ConsentEvent": {"account": "Account"},
                "RateLimit": {"account": "Account"},
                "Verification": {"account": "Account"},
            }
        ),
    ]
