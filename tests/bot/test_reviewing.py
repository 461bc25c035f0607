"""Messages to learn from: kept in the turn that did not understand them, explained by the team at a tap."""

from __future__ import annotations

import datetime as dt
import functools
import itertools

import pytest

from bot import nlu, registry, teaching
from bot.answers import record
from crm import consents, personal_data, reviews
from crm.db import TenantSession
from crm.models import ReviewItem
from nlu_models.parse import OUT_OF_SCOPE, Context
from tests.bot.prospect_phone import ProspectPhone
from tests.bot.staff_room import StaffRoom

pytestmark = [pytest.mark.feature("5.4"), pytest.mark.feature("5.8")]

WORDS = (
    ("purple", "wooden", "seventh", "banana", "other"), ("ladder", "fold", "hinge", "wall", "one", "gravel"),
    ("so", "under it", "of seven", "instead then", "or without", "sideways"),
)  # fmt: skip


@functools.cache
def unclear() -> tuple[str, ...]:
    """Messages that the model of today does not understand: found, not fixed, since it depends on what it has learnt."""
    context = Context(sent_at=dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC))
    candidates = (f"{first} the {second} {third}" for first, second, third in itertools.product(*WORDS))
    found = (text for text in candidates if nlu.shipped().parse(text, context).intent.confidence < nlu.ASK)
    return tuple(itertools.islice(found, 6))


class Gym:
    """The staff group, and a person who writes what nobody understands."""

    def __init__(self, session: TenantSession, now: dt.datetime) -> None:
        self.session = session
        self.room = StaffRoom(session, now)
        self.ana = ProspectPhone(session, now)

    def kept(self) -> list[ReviewItem]:
        """What is on the review list."""
        self.session.flush()
        return list(reviews.list_unlabelled(self.session))


@pytest.fixture
def gym(session: TenantSession, now: dt.datetime) -> Gym:
    """Nothing is on the list."""
    return Gym(session, now)


class TestWhatIsKept:
    def test_a_message_that_was_not_understood(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        (item,) = gym.kept()
        assert (item.text, item.kind, item.state) == (unclear()[0], "missed", "open")
        assert item.guesses

    def test_nothing_of_what_was_understood(self, gym: Gym) -> None:
        gym.ana.say("how much is it a month?")
        gym.ana.say("can I do a trial on thursday at 10?")
        gym.ana.tap("Confirm")
        assert gym.kept() == []

    def test_the_same_words_once(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        ProspectPhone(gym.session, gym.ana.now, channel="sms", name="Ben").say(unclear()[0].upper() + "!")
        assert len(gym.kept()) == 1

    def test_neither_name_nor_number(self, gym: Gym) -> None:
        gym.ana.say("it's Ana, 085 123 4567, how much is it a month?")
        gym.room.say("lena", "/wrong Ana")
        assert [item.text for item in gym.kept()] == ["it's …, [number], how much is it a month?"]

    def test_nothing_about_health(self, gym: Gym) -> None:
        gym.ana.say("how much is it with my bad knee?")
        gym.room.say("lena", "/wrong Ana")
        assert gym.kept() == []

    def test_nothing_to_teach_from_of_who_wants_no_messages(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        consents.give(
            gym.session, gym.ana.contact.id, "everything", granted=False, words="STOP", channel="whatsapp",
            now=gym.ana.now,
        )  # fmt: skip
        assert gym.kept() == []
        assert "Nothing to teach me" in gym.room.say("lena", "/teach").text

    def test_what_a_colleague_puts_right_just_after_the_assistant_answered(self, gym: Gym) -> None:
        gym.ana.say("how much is it a month?")
        gym.room.now = gym.ana.now
        gym.room.say("lena", "/reply Ana: sorry, you meant the family price, I think")
        (item,) = gym.kept()
        assert (item.text, item.kind) == ("how much is it a month?", "corrected")
        assert next(iter(item.guesses)) == "faq/price"

    def test_not_what_a_colleague_writes_to_somebody_who_asked_for_a_person(self, gym: Gym) -> None:
        gym.ana.say("can I talk to a person please")
        gym.room.now = gym.ana.now
        gym.room.say("lena", "/reply Ana: hi, Lena here")
        assert gym.kept() == []

    def test_what_nobody_explains_goes_after_half_a_year(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        reviews.forget_old(gym.session, now=gym.ana.now + dt.timedelta(days=179))
        assert len(gym.kept()) == 1
        reviews.forget_old(gym.session, now=gym.ana.now + dt.timedelta(days=181))
        assert gym.kept() == []

    def test_it_goes_with_the_person_and_is_told_them(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        facts = gym.ana.facts
        told = personal_data.export(gym.session, facts, gym.ana.contact.id)["kept_to_learn_from"]
        assert [one["words"] for one in told] == [unclear()[0]]
        personal_data.erase(gym.session, facts, gym.ana.contact.id, now=gym.ana.now, actor="staff:niamh")
        assert gym.kept() == []


class TestTeach:
    def test_shows_one_message_without_who_wrote_it_and_the_likeliest_meanings(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        said = gym.room.say("lena", "/teach")
        assert said.text == (
            f'Somebody wrote:\n"{unclear()[0]}"\nI did not understand it. What did they want? (the last one)'
        )
        assert len(said.titles) == 6
        assert said.titles[3:] == ["Something else", "Not for us", "Skip"]

    def test_a_tap_labels_it_and_shows_the_next(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        gym.ana.say(unclear()[1])
        assert "(2 left)" in gym.room.say("lena", "/teach").text
        title = gym.room.last.titles[0]
        said = gym.room.tap("lena", title)
        assert said.text.startswith(
            f'Thanks: "{unclear()[0]}" is {title}.\nSomebody wrote:\n"{unclear()[1]}"'
        )
        said = gym.room.tap("lena", "Not for us")
        assert "none of our business" in said.text
        assert "Nothing left to teach me" in said.text
        first, second = reviews.list_labelled(gym.session)
        assert [teaching.title(first.intents[0]), second.intents] == [title, [OUT_OF_SCOPE]]
        assert first.labelled_by == "staff:lena"

    def test_where_nothing_was_ever_taught_it_says_what_will_be_here(self, gym: Gym) -> None:
        said = gym.room.say("lena", "/teach").text
        assert said.startswith("Nothing to teach me now")
        assert "What I learnt" not in said

    def test_something_else_offers_every_meaning_a_page_at_a_time(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        seen = set(gym.room.say("lena", "/teach").titles[:3])
        page = gym.room.tap("lena", "Something else")
        while not seen >= {title for title in page.titles if title not in ("More", "Skip")}:
            seen |= set(page.titles)
            page = gym.room.tap("lena", "More")
        offered = {teaching.title(name) for name in registry.intents() if name != OUT_OF_SCOPE}
        assert offered <= seen
        gym.room.tap("lena", "Running late")
        assert reviews.list_labelled(gym.session)[0].intents == ["running_late"]

    def test_a_slip_can_be_mended(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        gym.room.say("lena", "/teach")
        gym.room.tap("lena", "Not for us")
        assert unclear()[0] in gym.room.tap("lena", "Change the last one").text
        assert reviews.list_labelled(gym.session) == []

    def test_skipped_ones_are_not_shown_again(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        gym.room.say("lena", "/teach")
        assert "Nothing to teach me" in gym.room.tap("lena", "Skip").text
        assert len(gym.kept()) == 1

    def test_two_colleagues_label_one_message_once(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        (item,) = gym.kept()
        payload = f"1:cmd:teach:{record('r', item.id)}:"
        gym.room.tap_id("lena", payload + "faq/price")
        assert "told me already" in gym.room.tap_id("conor", payload + "complaint").text
        assert reviews.list_labelled(gym.session)[0].intents == ["faq/price"]

    def test_every_meaning_fits_a_button_everywhere(self, gym: Gym) -> None:
        gym.ana.say(unclear()[0])
        (item,) = gym.kept()
        for name in registry.intents():
            assert len(f"1:cmd:teach:{record('r', item.id)}:{name}".encode()) <= 64
        assert set(teaching.choices(item)) == set(registry.intents()) - {OUT_OF_SCOPE}


class TestWrong:
    def test_the_last_message_is_put_on_the_list_and_asked_about(self, gym: Gym) -> None:
        gym.ana.say("how much is it a month?")
        said = gym.room.say("lena", "/wrong Ana")
        assert "I may have got it wrong" in said.text
        assert said.titles[0] == "Prices"

    def test_there_must_be_a_message(self, gym: Gym) -> None:
        gym.ana.say("my knee is broken and it hurts")
        assert "no message of Ana" in gym.room.say("lena", "/wrong Ana").text
