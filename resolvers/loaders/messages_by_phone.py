"""A page of the messages with each number, newest first."""

from resolvers.loaders.loading import MessagePageByParent


class MessagesByPhone(MessagePageByParent):
    parent = "message.phone"
