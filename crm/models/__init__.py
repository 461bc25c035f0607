"""Tables only; rules live in `crm/<noun>.py`."""

from crm.models.attachment import MessageAttachment
from crm.models.base import GymTable, new_id
from crm.models.booking import Booking, Reminder, ScheduledClass, TimeOff, TrainerTime, WaitlistEntry
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
from crm.models.identity import ContactMerge, IdentityQuestion
from crm.models.learning import Question, QuestionAsker, ReviewItem, TrainedModel

__all__ = [
    "Activity",
    "ApiKey",
    "Booking",
    "Consent",
    "Contact",
    "ContactInbox",
    "ContactMerge",
    "Conversation",
    "Delivery",
    "Discount",
    "ErasedAddress",
    "FaqEntry",
    "FollowUp",
    "Gym",
    "GymTable",
    "IdentityQuestion",
    "InboundPayload",
    "Inbox",
    "Lead",
    "LeadReference",
    "Message",
    "MessageAttachment",
    "Offering",
    "Pace",
    "Plan",
    "Question",
    "QuestionAsker",
    "Reminder",
    "ReviewItem",
    "ScheduledClass",
    "Staff",
    "StaffCard",
    "StaffChat",
    "TemplateReview",
    "TimeOff",
    "TrackerEvents",
    "TrainedModel",
    "TrainerTime",
    "WaitlistEntry",
    "new_id",
]
