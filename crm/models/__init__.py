"""Tables only; rules live in `crm/<noun>.py`."""

from crm.models.base import GymTable, new_id
from crm.models.booking import Booking, Reminder, ScheduledClass, TrainerTime, WaitlistEntry
from crm.models.contact import (
    Activity,
    Consent,
    Contact,
    ContactInbox,
    ErasedAddress,
    FollowUp,
    Lead,
    LeadReference,
)
from crm.models.conversation import (
    Conversation,
    Delivery,
    InboundPayload,
    Message,
    Pace,
    StaffCard,
    StaffChat,
    TemplateReview,
    TrackerEvents,
)
from crm.models.gym import ApiKey, Discount, FaqEntry, Gym, Inbox, Offering, Plan, Staff

__all__ = [
    "Activity",
    "ApiKey",
    "Booking",
    "Consent",
    "Contact",
    "ContactInbox",
    "Conversation",
    "Delivery",
    "Discount",
    "ErasedAddress",
    "FaqEntry",
    "FollowUp",
    "Gym",
    "GymTable",
    "InboundPayload",
    "Inbox",
    "Lead",
    "LeadReference",
    "Message",
    "Offering",
    "Pace",
    "Plan",
    "Reminder",
    "ScheduledClass",
    "Staff",
    "StaffCard",
    "StaffChat",
    "TemplateReview",
    "TrackerEvents",
    "TrainerTime",
    "WaitlistEntry",
    "new_id",
]
