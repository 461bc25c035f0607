"""Telegram's Bot API as the app meets it, read with python-telegram-bot."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.error import BadRequest, Forbidden, InvalidToken, RetryAfter

ANA = "700100200"
GROUP = -1001234


@pytest.fixture
async def bot(gym: Any) -> AsyncIterator[Bot]:
    own = gym.credentials["telegram"]
    made = Bot(
        own["bot_token"], base_url=f"{gym.sim}/telegram/bot", base_file_url=f"{gym.sim}/telegram/file/bot"
    )
    async with made:
        yield made


def update(posted: Any) -> Update:
    found = Update.de_json(posted.json, None)
    assert found is not None
    return found


def keyboard(*titles: str) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(title, callback_data=f"v1:{title}") for title in titles]]
    )


def test_updates_carry_the_secret_and_can_be_read(gym: Any) -> None:
    gym.say("telegram", ANA, "/start trial", name="Amy Okafor")
    posted = gym.hook("telegram")
    assert posted.headers["x-telegram-bot-api-secret-token"] == "telegram-secret"
    message = update(posted).message
    assert message is not None
    assert message.chat.type == "private"
    assert message.from_user is not None
    assert message.from_user.full_name == "Amy Okafor"
    assert message.entities[0].type == "bot_command"
    assert message.entities[0].length == 6


def test_update_ids_grow(gym: Any) -> None:
    for text in ("one", "two", "three"):
        gym.say("telegram", ANA, text)
    gym.settle("telegram", ANA)
    ids = [update(posted).update_id for posted in gym.hooks("telegram")]
    assert ids == sorted(set(ids))
    assert len(ids) == 3


def test_the_staff_group_is_a_supergroup_with_people_in_it(gym: Any) -> None:
    gym.say("telegram", "staff", "/leads", **{"from": "aoife"})
    message = update(gym.hook("telegram")).message
    assert message is not None
    assert (message.chat.id, message.chat.type, message.chat.title) == (GROUP, "supergroup", "Trainers")
    assert message.from_user is not None
    assert (message.from_user.id, message.from_user.username) == (502, "aoife")


async def test_a_bot_sends_edits_and_deletes(gym: Any, bot: Bot) -> None:
    gym.say("telegram", ANA, "hi")
    sent = await bot.send_message(
        int(ANA), "Pick <b>one</b>", parse_mode="HTML", reply_markup=keyboard("10:00", "11:00")
    )
    shown = gym.messages("telegram", ANA)[1]
    assert (shown["text"], [b["title"] for b in shown["buttons"]]) == ("Pick one", ["10:00", "11:00"])
    assert shown["entities"] == [{"offset": 5, "length": 3, "type": "bold"}]
    await bot.edit_message_text("Booked", int(ANA), sent.message_id)
    shown = gym.messages("telegram", ANA)[1]
    assert (shown["id"], shown["text"], shown["buttons"], shown["edited"]) == (
        str(sent.message_id),
        "Booked",
        [],
        True,
    )
    assert gym.write("telegram", ANA, tap="10:00").status_code == 409
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("Booked", int(ANA), sent.message_id)
    await bot.edit_message_reply_markup(int(ANA), sent.message_id, reply_markup=keyboard("Undo"))
    assert [b["title"] for b in gym.messages("telegram", ANA)[1]["buttons"]] == ["Undo"]
    assert await bot.delete_message(int(ANA), sent.message_id)
    assert gym.messages("telegram", ANA)[1]["status"] == "deleted"


async def test_a_tap_is_a_query_that_is_answered_once(gym: Any, bot: Bot) -> None:
    await bot.send_message(GROUP, "New lead: Ana", reply_markup=keyboard("Take"))
    gym.write("telegram", "staff", tap="take", **{"from": "niamh"})
    query = update(gym.hook("telegram")).callback_query
    assert query is not None
    assert (query.data, query.from_user.id) == ("v1:Take", 501)
    assert query.message is not None
    assert query.message.message_id == 1
    assert await bot.answer_callback_query(query.id, "Yours")
    with pytest.raises(BadRequest, match=r"(?i)query is too old"):
        await bot.answer_callback_query(query.id)


async def test_a_bot_cannot_write_first(gym: Any, bot: Bot) -> None:
    with pytest.raises(Forbidden, match="initiate"):
        await bot.send_message(700999, "cold")
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(-100999, "cold")
    await bot.send_message(502, "your day", parse_mode=None)
    assert gym.messages("telegram", "staff:aoife")[0]["text"] == "your day"


async def test_a_wrong_token_is_unknown(gym: Any) -> None:
    with pytest.raises(InvalidToken):
        async with Bot("1:wrong", base_url=f"{gym.sim}/telegram/bot"):
            pass


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": ""}, "message text is empty"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "1 < 2", "parse_mode": "HTML"}, "can't parse entities"),
        ({"text": "a.b", "parse_mode": "MarkdownV2"}, "can't parse entities"),
        ({"text": "x", "reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        (
            {
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "t", "callback_data": "\u00e9" * 33}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
    ],
)
def test_what_is_not_well_formed_is_refused(gym: Any, values: dict[str, Any], words: str) -> None:
    gym.say("telegram", ANA, "hi")
    answer = gym.telegram("sendMessage", chat_id=ANA, **values)
    assert answer.status_code == 400
    assert words in answer.json()["description"]


async def test_a_group_takes_twenty_messages_a_minute(
    gym: Any, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    for number in range(20):
        await bot.send_message(GROUP, str(number))
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(GROUP, "one too many")
    assert timedelta(seconds=1) <= refused.value.retry_after <= timedelta(seconds=4)  # type: ignore[operator]
    assert gym.http.get("/stats").json()["channels"]["telegram"]["pace_violations"] >= 1


async def test_documents_photos_and_commands(gym: Any, bot: Bot) -> None:
    gym.say("telegram", ANA, "hi")
    await bot.send_document(
        int(ANA), io.BytesIO(b"BEGIN:VCALENDAR"), caption="Your calendar", filename="trial.ics"
    )
    await bot.send_photo(int(ANA), "https://gym.example/map.png")
    document, photo = gym.messages("telegram", ANA)[1:]
    assert (document["text"], document["media"]["filename"]) == ("Your calendar", "trial.ics")
    assert gym.http.get(document["media"]["url"]).content == b"BEGIN:VCALENDAR"
    assert photo["media"]["url"] == "https://gym.example/map.png"
    assert await bot.set_my_commands([BotCommand("leads", "Leads of today")])
    assert [c.command for c in await bot.get_my_commands()] == ["leads"]
    assert (await bot.get_me()).username == "GymBot"
    assert (await bot.get_chat(GROUP)).title == "Trainers"


async def test_setting_a_webhook_says_where_and_what(gym: Any, bot: Bot) -> None:
    url = f"{gym.receiver.url}/hooks/{gym.slug}/moved"
    assert await bot.set_webhook(
        url, secret_token="new-secret", allowed_updates=["message", "message_reaction"]
    )
    assert (await bot.get_webhook_info()).url == url
    gym.say("telegram", ANA, "hi")
    assert gym.hook("moved").headers["x-telegram-bot-api-secret-token"] == "new-secret"
    await bot.send_message(int(ANA), "hello", reply_markup=keyboard("Tap"))
    gym.write("telegram", ANA, reaction="\U0001f44d", reply_to="2")
    reaction = update(gym.hook("moved", lambda p: b"message_reaction" in p.body)).message_reaction
    assert reaction is not None
    assert reaction.message_id == 2
    gym.write("telegram", ANA, tap="Tap")
    gym.settle("telegram", ANA)
    assert not [p for p in gym.hooks("moved") if b"callback_query" in p.body]
    assert await bot.delete_webhook()
    gym.say("telegram", ANA, "into the void")
    gym.settle("telegram", ANA)
    assert not [p for p in gym.hooks("moved") if b"void" in p.body]


def test_quotes_edits_and_files_of_people(gym: Any) -> None:
    gym.telegram("sendMessage", chat_id=GROUP, text="Ana asks: is there parking?")
    gym.say("telegram", "staff", "yes, free for two hours", reply_to="1", **{"from": "niamh"})
    gym.write("telegram", "staff", edit="yes, two hours", reply_to="2", **{"from": "niamh"})
    gym.write("telegram", ANA, media={"type": "voice"})
    gym.settle("telegram", ANA)
    gym.settle("telegram", "staff")
    quote = update(gym.hook("telegram", lambda p: b"free for two" in p.body)).message
    assert quote is not None
    assert quote.reply_to_message is not None
    assert quote.reply_to_message.text == "Ana asks: is there parking?"
    edited = update(gym.hook("telegram", lambda p: b"edited_message" in p.body)).edited_message
    assert edited is not None
    assert (edited.text, edited.message_id) == ("yes, two hours", 2)
    voice = update(gym.hook("telegram", lambda p: b'"voice"' in p.body)).message
    assert voice is not None
    assert voice.voice is not None
    path = gym.telegram("getFile", file_id=voice.voice.file_id).json()["result"]["file_path"]
    token = gym.credentials["telegram"]["bot_token"]
    assert gym.http.get(f"/telegram/file/bot{token}/{path}").content.startswith(b"OggS")


def test_blocking_the_bot_is_told_and_forbids_writing(gym: Any) -> None:
    gym.say("telegram", ANA, "hi")
    gym.faults(blocked=[ANA])
    told = update(gym.hook("telegram", lambda p: b"my_chat_member" in p.body)).my_chat_member
    assert told is not None
    assert told.new_chat_member.status == "kicked"
    answer = gym.telegram("sendMessage", chat_id=ANA, text="hello?")
    assert (answer.status_code, answer.json()["description"]) == (
        403,
        "Forbidden: bot was blocked by the user",
    )
