"""Loads a page of each campaign's messages, newest first."""

from resolvers.loaders.loading import MessagePageByParent


class MessagesByCampaign(MessagePageByParent):
    parent = "message.campaign_id"
