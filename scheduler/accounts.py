"""An inbox as its channel needs it, with its credentials opened."""

from __future__ import annotations

from bot.channels.base import InboxAccount
from crm.models import Inbox
from crm.vault import unseal_credentials


def account_of(inbox: Inbox) -> InboxAccount:
    """What a request to the provider goes by."""
    return InboxAccount(inbox.key, inbox.channel, inbox.external_id, unseal_credentials(inbox.credentials))
