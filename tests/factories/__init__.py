"""Rows for tests: keyword-only, with a default for everything that a test does not care about."""

from tests.factories.bookings import a_booking, a_scheduled_class
from tests.factories.contacts import a_contact, a_contact_inbox, an_inbox
from tests.factories.conversations import a_conversation, a_delivery, a_kept_file, a_message
from tests.factories.leads import a_lead

__all__ = [
    "a_booking",
    "a_contact",
    "a_contact_inbox",
    "a_conversation",
    "a_delivery",
    "a_kept_file",
    "a_lead",
    "a_message",
    "a_scheduled_class",
    "an_inbox",
]
