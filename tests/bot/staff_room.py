"""The staff group and staff's own chats, from outside: a message or a tap in, what the gym's bot queued out."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from typing import Any

from sqlmodel import col, select

from bot import cards, staff
from bot.channels.base import Incoming
from crm import cards as staff_cards
from crm import conversations, gyms, leads
from crm import facts as gym_facts
from crm.db import TenantSession
from crm.facts import GymFacts
from crm.models import Contact, Conversation, Delivery, Inbox, Lead, Staff
from tests.bot.answer import Answer
from tests.factories import a_contact, a_contact_inbox, an_inbox

GROUP = "-1001234567890"
USERS = {
    "niamh": "501",
    "conor": "502",
    "lena": "503",
    "aoife": "504",
    "marcus": "505",
    "priya": "506",
    "tom": "507",
}
_ids = itertools.count(1000)


class StaffRoom:
    """The demo gym with its staff bound to Telegram and accounts on three channels."""

    def __init__(self, session: TenantSession, now: dt.datetime) -> None:
        self.session, self.now = session, now
        self.telegram = an_inbox(session, channel="telegram", staff_chat=GROUP)
        self.whatsapp = an_inbox(session, channel="whatsapp")
        self.sms = an_inbox(session, channel="sms")
        for person in session.exec(select(Staff)).all():
            person.chat_address = USERS[person.key]
        gyms.facts_changed(session)
        self.last: Answer = Answer()

    @property
    def facts(self) -> GymFacts:
        """The gym's facts as they are now."""
        return gym_facts.load(self.session)

    # What staff do

    def say(
        self, who: str, text: str, *, own: bool = False, reply_to: str | None = None, to_bot: bool = False, **extra: Any
    ) -> Answer:  # fmt: skip
        """A message in the group, or in the own chat; what the bot says in that chat."""
        chat = USERS[who] if own else GROUP
        incoming = Incoming(
            kind="text", action="handle", sender=f"tg:{USERS.get(who, who)}", address=chat,
            message_id=f"{chat}:{next(_ids)}", name=who.title(), text=text, reply_to=reply_to,
            group_id=None if own else GROUP, extra={"mention": True} if to_bot else extra,
        )  # fmt: skip
        return self._handle(incoming, chat)

    def stranger_says(self, user: str, text: str, name: str = "Sam New") -> Answer:
        """Somebody in the group whom the bot does not know."""
        incoming = Incoming(
            kind="text", action="handle", sender=f"tg:{user}", address=GROUP, message_id=f"{GROUP}:{next(_ids)}",
            name=name, text=text, group_id=GROUP,
        )  # fmt: skip
        return self._handle(incoming, GROUP)

    def share_contact(self, who: str, name: str, phone: str) -> Answer:
        """A contact card passed on to the group."""
        incoming = Incoming(
            kind="contact", action="handle", sender=f"tg:{USERS[who]}", address=GROUP,
            message_id=f"{GROUP}:{next(_ids)}", group_id=GROUP, extra={"contacts": [{"name": name, "phone": phone}]},
        )  # fmt: skip
        return self._handle(incoming, GROUP)

    def tap(self, who: str, title: str, *, own: bool = False) -> Answer:
        """The newest button in the chat whose title begins so."""
        chat = USERS[who] if own else GROUP
        for delivery in reversed(self.sent_to(chat)):
            for button in delivery.content.get("buttons", []):
                if button["title"].lower().startswith(title.lower()):
                    return self.tap_id(who, button["id"], own=own, title=button["title"])
        raise AssertionError(f"there is no button {title!r}")

    def tap_id(self, who: str, payload: str, *, own: bool = False, title: str = "") -> Answer:
        """A button by what it carries."""
        chat = USERS[who] if own else GROUP
        incoming = Incoming(
            kind="choice", action="handle", sender=f"tg:{USERS[who]}", address=chat, message_id=f"cbq:{next(_ids)}",
            text=title, payload=payload, reply_to=f"{chat}:{next(_ids)}", group_id=None if own else GROUP,
        )  # fmt: skip
        return self._handle(incoming, chat)

    def _handle(self, incoming: Incoming, chat: str) -> Answer:
        before = {delivery.id for delivery in self._all()}
        staff.handle(self.session, self.facts, self.telegram, incoming, self.now)
        self.session.flush()
        fresh = [
            delivery
            for delivery in self.sent_to(chat)
            if delivery.id not in before and delivery.card_id is None and delivery.purpose == "staff"
        ]
        self.last = Answer(
            [delivery.content["text"] for delivery in fresh],
            [button for delivery in fresh for button in delivery.content.get("buttons", [])],
        )
        return self.last

    def wait(self, **duration: float) -> None:
        """Time goes by."""
        self.now += dt.timedelta(**duration)

    def deliver(self) -> None:
        """Everything that was queued to the group has been posted: messages have provider ids, cards too."""
        for delivery in self._all():
            if delivery.state == "queued" and delivery.purpose == "staff":
                delivery.state, delivery.external_id = "sent", f"{delivery.address}:{next(_ids)}"
                if delivery.card_id is not None:
                    card = staff_cards.get(self.session, delivery.card_id)
                    is_edit = "edit_of" in delivery.content
                    posted = None if is_edit else delivery.external_id
                    staff_cards.mark_shown(card, delivery.content, external_id=posted)
        self.session.flush()

    # Who there is

    def lead(
        self, name: str, *, channel: str = "whatsapp", words: str = "hi, can I try it?", **fields: Any
    ) -> Lead:
        """Somebody who wrote, with their thread and their lead."""
        inbox: Inbox = {"whatsapp": self.whatsapp, "sms": self.sms, "telegram": self.telegram}[channel]
        contact = a_contact(self.session, name=name)
        known = a_contact_inbox(self.session, contact=contact, inbox=inbox, last_inbound_at=self.now)
        thread = conversations.ensure(self.session, known, now=self.now)
        conversations.receive(
            self.session,
            thread,
            known,
            text=words,
            external_id=f"in-{next(_ids)}",
            content={},
            sent_at=self.now,
        )
        lead = leads.capture(
            self.session, contact, source=channel, referral={}, first_words=words, now=self.now
        )
        for key, value in fields.items():
            setattr(lead, key, value)
        self.session.flush()
        return lead

    def contact(self, name: str) -> Contact:
        """The person of that name."""
        return self.session.exec(select(Contact).where(Contact.name == name)).one()

    def thread(self, name: str) -> Conversation:
        """Their thread."""
        return self.session.exec(
            select(Conversation).where(Conversation.contact_id == self.contact(name).id)
        ).one()

    # What was sent

    def _all(self) -> list[Delivery]:
        self.session.flush()
        found = self.session.exec(
            select(Delivery).order_by(col(Delivery.position)).execution_options(populate_existing=True)
        ).all()
        for delivery in found:
            if delivery.card_id is not None and delivery.state == "queued":
                self._draw(delivery, delivery.card_id)
        return list(found)

    def _draw(self, delivery: Delivery, card_id: uuid.UUID) -> None:
        """A card is drawn when it leaves; here it always leaves at once."""
        card = staff_cards.get(self.session, card_id)
        content = cards.draw(self.session, self.facts, card, self.now)
        delivery.content = content | ({"edit_of": card.external_id} if card.external_id else {})
        self.session.flush()

    def sent_to(self, chat: str) -> list[Delivery]:
        """What was queued to a chat, in order; called off ones aside."""
        return [
            delivery for delivery in self._all() if delivery.address == chat and delivery.state != "cancelled"
        ]

    def group_saw(self) -> str:
        """All that the bot wrote into the group."""
        return "\n".join(delivery.content["text"] for delivery in self.sent_to(GROUP))

    def trainer_saw(self, key: str) -> str:
        """All that the bot wrote into somebody's own chat."""
        return "\n".join(delivery.content["text"] for delivery in self.sent_to(USERS[key]))

    def person_got(self, name: str) -> list[Delivery]:
        """What goes to a customer, called off ones aside."""
        contact = self.contact(name)
        return [
            delivery
            for delivery in self._all()
            if delivery.contact_id == contact.id
            and delivery.purpose != "staff"
            and delivery.state != "cancelled"
        ]

    def customers_got(self) -> list[str]:
        """Every word that goes to any customer."""
        return [
            delivery.content["text"]
            for delivery in self._all()
            if delivery.purpose != "staff" and delivery.state != "cancelled"
        ]

    def cards(self) -> list[Delivery]:
        """What was posted and edited of cards."""
        return [delivery for delivery in self._all() if delivery.card_id is not None]
