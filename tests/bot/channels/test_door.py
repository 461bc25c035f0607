"""Who gets in: signatures, secrets, handshakes, and what a broken or hostile body may do."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import random
from collections.abc import Mapping
from typing import Any

import pytest
from twilio.request_validator import RequestValidator

from bot import channels
from bot.channels._meta import channel_of
from bot.channels.base import InboxAccount, MalformedPayload, Unverified, WebhookRequest
from bot.channels.door import Received, receive
from tests.bot.channels.payload_cases import PROVIDERS, Case, load_cases, load_index

CASES = load_cases()
CONFIG = load_index()["config"]
MUTATIONS = 1500


def door(request: WebhookRequest, folder: str, accounts: list[InboxAccount]) -> Received:
    return receive(request, PROVIDERS[folder], accounts)


def signed(body: bytes, secret: str, url: str = "https://gym.example/webhooks/meta") -> WebhookRequest:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return WebhookRequest("POST", url, {"x-hub-signature-256": f"sha256={digest}"}, body)


def without(accounts: list[InboxAccount], *names: str) -> list[InboxAccount]:
    def kept(account: InboxAccount) -> dict[str, str]:
        return {name: value for name, value in account.credentials.items() if name not in names}

    return [dataclasses.replace(account, credentials=kept(account)) for account in accounts]


SECRETS = (
    "app_secret",
    "instagram_app_secret",
    "auth_token",
    "shared_key_secret",
    "secret_token",
    "verify_token",
)


@pytest.mark.feature("14.12")
class TestSecrets:
    @pytest.mark.parametrize("missing", ["left out", "empty"])
    @pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES.values()])
    def test_a_missing_secret_closes_the_door(
        self, case: Case, missing: str, accounts: list[InboxAccount]
    ) -> None:
        bare = without(accounts, *SECRETS)
        if missing == "empty":
            bare = [
                dataclasses.replace(one, credentials={**one.credentials, **dict.fromkeys(SECRETS, "")})
                for one in bare
            ]

        received = door(case.request, case.folder, bare)

        assert received.status == 403
        assert received.payloads == ()

    def test_a_body_signed_with_one_gyms_secret_is_not_for_another_gym(
        self, accounts: list[InboxAccount]
    ) -> None:
        case = CASES["whatsapp_cloud/text_basic"]
        (ours,) = [one for one in accounts if one.channel == "whatsapp"]
        theirs = InboxAccount("other", "whatsapp", "999", {"app_secret": "their-own-secret"})

        forged = signed(case.request.body, "their-own-secret")
        received = receive(forged, "meta", [ours, theirs])

        assert received.payloads == ()
        assert len(received.dropped) == 1

    def test_whatsapp_does_not_take_the_instagram_secret(self, accounts: list[InboxAccount]) -> None:
        case = CASES["whatsapp_cloud/text_basic"]

        assert (
            receive(signed(case.request.body, CONFIG["instagram_app_secret"]), "meta", accounts).status == 403
        )

    def test_verify_says_the_same_as_the_door(self, account_on: Mapping[str, InboxAccount]) -> None:
        account = account_on["whatsapp"]
        good, bad = CASES["whatsapp_cloud/text_basic"].request, CASES["whatsapp_cloud/bad_signature"].request

        channels.CHANNELS["whatsapp"].verify(good, [account])
        with pytest.raises(Unverified):
            channels.CHANNELS["whatsapp"].verify(bad, [account])


@pytest.mark.feature("14.12")
class TestTwilioSignature:
    def request(self, form: Mapping[str, str], **headers: str) -> WebhookRequest:
        from urllib.parse import urlencode

        url = "https://gym.example/webhooks/twilio/sms"
        given = {"content-type": "application/x-www-form-urlencoded", **headers}
        if "x-twilio-signature" not in given:
            signature = RequestValidator(CONFIG["twilio_auth_token"]).compute_signature(url, form)
            given["x-twilio-signature"] = signature
        return WebhookRequest("POST", url, given, urlencode(form).encode())

    form: Mapping[str, str] = {
        "MessageSid": "SM1", "From": "+12025550142", "To": CONFIG["twilio_sms_from"], "Body": " ñandú ", "ToZip": "",
        "AccountSid": CONFIG["twilio_account_sid"],
    }  # fmt: skip

    def test_agrees_with_twilios_own_validator(self, accounts: list[InboxAccount]) -> None:
        assert len(receive(self.request(self.form), "twilio", accounts).payloads) == 1

    def test_refuses_another_account_of_twilio(self, accounts: list[InboxAccount]) -> None:
        assert receive(self.request({**self.form, "AccountSid": "ACother"}), "twilio", accounts).status == 403

    @pytest.mark.parametrize("algorithm", ["HMAC_SHA1", "HMAC_MD5", "none", ""])
    def test_takes_no_algorithm_that_was_not_configured(
        self, algorithm: str, accounts: list[InboxAccount]
    ) -> None:
        settings = f"key=x,algorithm={algorithm}"
        plain = self.request(self.form, **{"x-twilio-webhooks-signature-settings": settings})

        assert receive(plain, "twilio", accounts).status == 403

    def test_takes_no_shared_key_where_none_is_configured(self, accounts: list[InboxAccount]) -> None:
        case = CASES["twilio_sms/shared_key_sha256"]

        assert receive(case.request, "twilio", without(accounts, "shared_key_secret")).status == 403

    def test_a_json_body_must_be_the_one_that_was_hashed(self, accounts: list[InboxAccount]) -> None:
        case = CASES["twilio_sms/json_event_bodysha256"]
        changed = dataclasses.replace(case.request, body=case.request.body + b" ")
        url = "https://gym.example/webhooks/twilio/events"
        signature = hmac.new(CONFIG["twilio_auth_token"].encode(), url.encode(), hashlib.sha1).digest()
        headers = {
            "content-type": "application/json",
            "x-twilio-signature": base64.b64encode(signature).decode(),
        }
        unhashed = WebhookRequest("POST", url, headers, case.request.body)

        assert receive(changed, "twilio", accounts).status == 403
        assert receive(unhashed, "twilio", accounts).status == 403


class TestTheDoor:
    def test_keeps_a_message_once_however_often_one_post_repeats_it(
        self, accounts: list[InboxAccount]
    ) -> None:
        case = CASES["whatsapp_cloud/duplicate_inside_one_post"]

        assert len(door(case.request, case.folder, accounts).payloads) == 1

    @pytest.mark.parametrize("provider", ["meta", "twilio", "telegram"])
    def test_knows_no_other_methods(self, provider: Any, accounts: list[InboxAccount]) -> None:
        assert (
            receive(WebhookRequest("PUT", "https://gym.example/x", {}, b""), provider, accounts).status == 405
        )

    def test_typed_text_waits_and_nothing_else_does(self, accounts: list[InboxAccount]) -> None:
        for case in CASES.values():
            for arrived in door(case.request, case.folder, accounts).payloads:
                channel = channels.CHANNELS[arrived.account.channel]
                (event,) = channel.parse(arrived.payload.payload)
                if arrived.payload.waits:
                    assert (event.kind, "command" in event.extra) == ("text", False), case.id
                elif event.action == "handle" and event.text != "❤️":
                    assert event.kind != "text" or "command" in event.extra, case.id

    def test_queues_by_the_address_that_the_event_names(self, accounts: list[InboxAccount]) -> None:
        for case in CASES.values():
            for arrived in door(case.request, case.folder, accounts).payloads:
                (event,) = channels.CHANNELS[arrived.account.channel].parse(arrived.payload.payload)
                if event.group_id is None:
                    assert arrived.payload.address == event.address, case.id

    def test_kept_payloads_are_json_that_a_database_takes(self, accounts: list[InboxAccount]) -> None:
        body = json.dumps({
            "object": "whatsapp_business_account",
            "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
                "metadata": {"phone_number_id": CONFIG["whatsapp_phone_number_id"]},
                "messages": [{"id": "wamid.N", "from": "447700900123", "type": "text", "text": {"body": "a\x00b\ud83d"}}],
            }}]}],
        }).encode()  # fmt: skip

        (arrived,) = receive(signed(body, CONFIG["meta_app_secret"]), "meta", accounts).payloads
        (event,) = channels.CHANNELS["whatsapp"].parse(arrived.payload.payload)

        assert event.text == "a\ufffdb\ufffd"
        assert "\\u0000" not in json.dumps(arrived.payload.payload)

    def test_tells_whatsapp_and_instagram_apart(self) -> None:
        assert channel_of(CASES["whatsapp_cloud/text_basic"].request.body) == "whatsapp"
        assert channel_of(CASES["instagram/text_basic"].request.body) == "instagram"
        assert channel_of(CASES["whatsapp_cloud/wrong_object_page"].request.body) is None

    def test_two_channels_of_one_name_fail_at_import(self) -> None:
        with pytest.raises(ValueError, match="sms"):
            channels.collect([channels.CHANNELS["sms"], channels.CHANNELS["sms"]])


JUNK: tuple[Any, ...] = (
    None, True, -1, 10**30, 1e308, "", "x", "GB.1", "\ud800", "\x00", [], {}, [None], [[]], {"id": []}, [{}], "9" * 5000,
)  # fmt: skip


def mutated(value: Any, dice: random.Random) -> Any:
    """The same JSON with one place changed, removed, doubled or replaced."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(sorted(value))
        chance = dice.random()
        if chance < 0.12:
            return {name: item for name, item in value.items() if name != key}
        return {**value, key: mutated(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.85:
        index = dice.randrange(len(value))
        if dice.random() < 0.1:
            return value + value
        return [*value[:index], mutated(value[index], dice), *value[index + 1 :]]
    return dice.choice(JUNK)


@pytest.mark.feature("14.12")
class TestBrokenBodies:
    def check(self, channel_name: str, request: WebhookRequest) -> None:
        channel = channels.CHANNELS[channel_name]
        try:
            kept = channel.split(request)
        except (Unverified, MalformedPayload):
            return
        for payload in kept:
            json.dumps(dict(payload.payload), allow_nan=False).encode()
            payload.address.encode()
            assert payload.external_id
            for event in channel.parse({**payload.payload, "account": {}}):
                (event.text or "").encode()
                assert event.kind

    @pytest.mark.parametrize("folder", ["whatsapp_cloud", "instagram", "telegram"])
    def test_changed_json_is_read_or_refused(self, folder: str) -> None:
        dice = random.Random(20261120)
        bodies = []
        for case in CASES.values():
            if case.folder == folder and case.request.body and not case.name.startswith("malformed"):
                bodies.append(json.loads(case.request.body))
        name = {"whatsapp_cloud": "whatsapp"}.get(folder, folder)
        for _ in range(MUTATIONS):
            value = dice.choice(bodies)
            for _ in range(dice.randint(1, 3)):
                value = mutated(value, dice)
            self.check(name, WebhookRequest("POST", "https://gym.example/x", {}, json.dumps(value).encode()))

    @pytest.mark.parametrize(
        ("folder", "name"), [("twilio_whatsapp", "whatsapp-twilio"), ("twilio_sms", "sms")]
    )
    def test_changed_forms_are_read_or_refused(self, folder: str, name: str) -> None:
        from urllib.parse import parse_qsl, urlencode

        dice = random.Random(20261120)
        forms = [
            case.request.body
            for case in CASES.values()
            if case.folder == folder and b"=" in case.request.body
        ]
        for _ in range(MUTATIONS):
            pairs = parse_qsl(dice.choice(forms).decode(), keep_blank_values=True)
            for _ in range(dice.randint(1, 4)):
                index = dice.randrange(len(pairs))
                junk = dice.choice(
                    ("", "x", "-1", "9" * 40, "\x00", "whatsapp:", "nan", "whatsapp:GB.", "+", "\ufffd")
                )
                pairs[index : index + 1] = dice.choice(
                    ([], [(pairs[index][0], junk)], [pairs[index]] * 2)
                ) or [("A", "")]
            self.check(name, WebhookRequest("POST", "https://gym.example/x", {}, urlencode(pairs).encode()))

    @pytest.mark.parametrize("folder", sorted(PROVIDERS))
    def test_changed_bytes_get_an_answer(self, folder: str, accounts: list[InboxAccount]) -> None:
        dice = random.Random(20261120)
        cases = [case for case in CASES.values() if case.folder == folder and case.request.body]
        for _ in range(MUTATIONS // 5):
            case = dice.choice(cases)
            body = bytearray(case.request.body)
            for _ in range(dice.randint(1, 8)):
                body[dice.randrange(len(body))] = dice.randrange(256)
            request = dataclasses.replace(case.request, body=bytes(body[: dice.randint(1, len(body))]))

            assert door(request, folder, accounts).status in (200, 400, 403)
            for channel in channels.CHANNELS.values():
                self.check(channel.name, request)

    @pytest.mark.parametrize(
        "body",
        [b"", b"[]", b"null", b"{", b"[" * 5000, b'{"entry":[1]}', b'{"a":NaN}', b"\xff\xfe", b"1" * 6000],
    )
    def test_odd_bodies_get_an_answer(self, body: bytes, accounts: list[InboxAccount]) -> None:
        assert receive(signed(body, CONFIG["meta_app_secret"]), "meta", accounts).status in (200, 400)
        told = WebhookRequest(
            "POST",
            "https://gym.example/x",
            {"x-telegram-bot-api-secret-token": CONFIG["telegram_secret_token"]},
            body,
        )
        assert receive(told, "telegram", accounts).status == 200
