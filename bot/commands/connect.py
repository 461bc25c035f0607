"""/connect: an owner connects a channel, on a page of their own: no key is ever asked for, or kept, in a chat."""

from __future__ import annotations

from bot import cards
from bot.answers import answer, is_plain, order, words
from bot.roles import OWNER
from bot.staff_turn import Command, StaffSay, StaffTurn
from bot.wording import listing
from crm import gyms

TITLES = {
    "whatsapp": "WhatsApp",
    "whatsapp-twilio": "WhatsApp by Twilio",
    "instagram": "Instagram",
    "telegram": "Telegram",
    "sms": "SMS",
    "lead-ads": "Lead Ads",
}
SAID = {
    "wa": "whatsapp", "ig": "instagram", "insta": "instagram", "twilio": "whatsapp-twilio", "text": "sms",
    "texts": "sms", "tg": "telegram", "ads": "lead-ads", "lead": "lead-ads", "leadads": "lead-ads",
}  # fmt: skip
"""What people call them."""


def handle(turn: StaffTurn, text: str) -> list[StaffSay]:
    """Say what is connected and what can be; with a channel, send its page's link to the owner alone."""
    if is_plain(turn):
        return []
    said = text.split()
    if not said:
        return [_overview(turn)]
    name = SAID.get(said[0].lower(), said[0].lower())
    if name not in TITLES:
        if len(said[0]) > 20:
            return [answer("utter_staff_connect_secret", channel="whatsapp")]
        return [answer("utter_staff_connect_unknown", said=said[0], channels=listing(list(TITLES)))]
    if any(len(word) > 15 for word in said[1:]):
        return [answer("utter_staff_connect_secret", channel=name)]
    return [_link(turn, name)]


def _overview(turn: StaffTurn) -> StaffSay:
    there = dict.fromkeys(
        TITLES.get(inbox.channel, inbox.channel) for inbox in gyms.list_inboxes(turn.session)
    )
    connected = (
        words("utter_staff_connect_some", channels=listing(list(there)))
        if there
        else words("utter_staff_connect_none")
    )
    buttons = [order(title, "connect", name) for name, title in TITLES.items()]
    return answer("utter_staff_connect", buttons, connected=connected)


def _link(turn: StaffTurn, name: str) -> StaffSay:
    from crm.config import settings
    from crm.links import connect_link

    link = connect_link(settings(), turn.session.gym_id, turn.staff.key, name, turn.now)
    needed = words(f"utter_staff_connect_{name.replace('-', '_')}")
    params = {"channel": TITLES[name], "needed": needed, "link": link}
    if not turn.is_group:
        return answer("utter_staff_connect_link", channel=TITLES[name], needed=needed, link=link)
    if cards.tell_trainer(
        turn.session, turn.facts, turn.staff.id, "utter_staff_connect_link", params, turn.now
    ):
        return answer("utter_staff_connect_private", channel=TITLES[name])
    return answer("utter_staff_connect_unreachable", channel=name)


COMMAND = Command(
    "connect",
    "Connects WhatsApp, Instagram, SMS or another channel.",
    "/connect whatsapp",
    OWNER,
    handle,
)
