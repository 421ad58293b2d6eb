"""Loads a page of each phone number's messages, newest first."""

from resolvers.loaders.loading import MessagePageByParent


class MessagesByPhone(MessagePageByParent):
    parent = "message.phone"
