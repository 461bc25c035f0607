"""Phone numbers as the platforms write them, and the one number they mean."""

from __future__ import annotations

import pytest

from bot import channels
from bot.channels._addresses import canonical_phone, is_bsuid
from bot.channels._keywords import carrier_keyword, chat_keyword


@pytest.mark.feature("1.6")
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("447700900123", "+447700900123"), ("+44 7700 900123", "+447700900123"), ("0044 7700 900123", "+447700900123"),
        ("whatsapp:+353851234567", "+353851234567"),
        ("5215512345678", "+525512345678"), ("525512345678", "+525512345678"),
        ("556298765432", "+5562998765432"), ("5562998765432", "+5562998765432"), ("551132345678", "+551132345678"),
        ("5491123456789", "+5491123456789"), ("541123456789", "+5491123456789"), ("+54 11 15 2345-6789", "+5491123456789"),
        ("GB.1184620937715540286", None), ("AMAZON", None), ("32665", None), ("07700 900123", None), ("", None), ("٣٤٥٦٧٨٩", None),
    ],
)  # fmt: skip
def test_a_written_number_means_one_canonical_number(written: str, meant: str | None) -> None:
    assert canonical_phone(written) == meant


def test_a_scoped_id_is_no_phone_number() -> None:
    assert is_bsuid("GB.1184620937715540286")
    assert is_bsuid("US.ENT.abc123")
    assert not is_bsuid("447700900123")
    assert not is_bsuid("gb.118")


@pytest.mark.parametrize(
    ("channel", "address"),
    [
        ("whatsapp", "353851234567"), ("whatsapp-twilio", "whatsapp:+353851234567"), ("sms", "+353851234567"),
    ],
)  # fmt: skip
def test_a_channel_writes_a_number_its_own_way(channel: str, address: str) -> None:
    assert channels.CHANNELS[channel].address_of("+353851234567") == address
    assert channels.CHANNELS[channel].address_of(address) == address


@pytest.mark.feature("6.19")
def test_set_words_are_whole_messages() -> None:
    assert carrier_keyword(" STOP ") == "optout"
    assert carrier_keyword("Stop.") is None
    assert carrier_keyword("cancel") == "optout"
    assert chat_keyword(" Stop. ") == "optout"
    assert chat_keyword("stop the reminders") is None
    assert chat_keyword("cancel") is None
