"""Lead Ads: from Meta's signed webhook, by the form that has to be asked for, to a lead with its advertisement."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from typing import Any

import pytest
from sqlmodel import select

from api import channel_checks
from bot import channels, engine
from bot.ad_leads import FormUnavailable
from bot.channels import CHANNELS
from bot.channels.base import InboxAccount, WebhookRequest
from bot.channels.door import Received, receive
from crm.config import Settings
from crm.db import TenantSession
from crm.models import Contact, InboundPayload, Lead
from tests.bot.channels.fake_provider import FakeProvider
from tests.bot.prospect_phone import ProspectPhone
from tests.factories import an_inbox

pytestmark = [pytest.mark.feature("1.13"), pytest.mark.feature("1.17")]

PAGE = InboxAccount(
    "ads", "lead-ads", "1029384756",
    {"app_secret": "shh", "access_token": "page-token", "page_id": "1029384756", "verify_token": "v"},
)  # fmt: skip
FORM = {
    "field:full_name": "Ana Silva", "field:phone_number": "+353851234567", "field:email": "Ana@Example.com",
    "field:what_is_your_goal?": "lose weight", "ad": "New year, new you", "campaign": "january", "source": "ig",
    "ad_id": "777",
}  # fmt: skip


def webhook(*leads: str, page: str = "1029384756", field: str = "leadgen") -> dict[str, Any]:
    changes = [
        {
            "field": field,
            "value": {
                "leadgen_id": lead,
                "page_id": page,
                "form_id": "5",
                "ad_id": "777",
                "created_time": 1795161600,
            },
        }
        for lead in leads
    ]
    return {"object": "page", "entry": [{"id": page, "time": 1795161600, "changes": changes}]}


def post(body: dict[str, Any], *, secret: str = "shh") -> Received:
    raw = json.dumps(body).encode()
    signature = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    request = WebhookRequest(
        "POST", "https://gym.example/webhooks/meta", {"x-hub-signature-256": signature}, raw
    )
    return receive(request, "meta", [PAGE])


def handled(session: TenantSession, form: dict[str, str] | None, now: dt.datetime) -> None:
    (arrived,) = post(webhook("987")).payloads
    inbox = an_inbox(session, channel="lead-ads")
    payload = InboundPayload(
        gym_id=session.gym_id, inbox_id=inbox.id, external_id=arrived.payload.external_id,
        address=arrived.payload.address, payload=dict(arrived.payload.payload), received_at=now,
    )  # fmt: skip
    engine.handle(session, inbox, [payload], now=now, form=form)
    session.flush()


def test_each_form_of_a_signed_webhook_is_kept_once() -> None:
    received = post(webhook("987", "988", "987"))
    assert received.status == 200
    assert [one.payload.external_id for one in received.payloads] == ["leadgen:987", "leadgen:988"]
    assert received.payloads[0].payload.provider_at == dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)
    assert not received.payloads[0].payload.waits


def test_forgeries_other_pages_and_other_fields_leave_nothing() -> None:
    assert post(webhook("987"), secret="guess").status == 403
    assert post(webhook("987", page="555")).payloads == ()
    assert post(webhook("987", field="feed")).payloads == ()
    assert post({"object": "page", "entry": [1, {"changes": [None]}]}).payloads == ()


def test_what_was_filled_in_is_asked_for_with_the_pages_token(provider: FakeProvider) -> None:
    answer = {
        "id": "987", "ad_id": "777", "ad_name": "New year, new you", "campaign_name": "january", "platform": "ig",
        "field_data": [
            {"name": "full_name", "values": ["Ana Silva"]}, {"name": "phone_number", "values": ["+353851234567"]},
            {"name": "email", "values": ["Ana@Example.com"]}, {"name": "what_is_your_goal?", "values": ["lose weight"]},
            {"name": "odd", "values": []},
        ],
    }  # fmt: skip
    provider.will_answer(200, answer)
    assert CHANNELS["lead-ads"].form(PAGE, "leadgen:987") == FORM
    (call,) = provider.calls
    assert call.path.startswith("/meta/v25.0/987?fields=field_data")
    assert call.headers["authorization"] == "Bearer page-token"


def test_a_refused_form_is_no_form(provider: FakeProvider) -> None:
    provider.will_answer(400, {"error": {"message": "(#200) Requires leads_retrieval", "code": 200}})
    assert CHANNELS["lead-ads"].form(PAGE, "leadgen:987") is None


def test_the_form_becomes_a_lead_that_tells_its_advertisement(
    session: TenantSession, now: dt.datetime
) -> None:
    handled(session, FORM, now)
    lead = session.exec(select(Lead)).one()
    contact = session.exec(select(Contact)).one()
    assert (contact.name, contact.phone, contact.email) == ("Ana Silva", "+353851234567", "ana@example.com")
    assert (lead.source, lead.first_words) == ("lead-ad", "what is your goal: lose weight")
    assert lead.referral == {"ad": "New year, new you", "campaign": "january", "source": "ig", "ad_id": "777"}


def test_who_writes_from_that_number_is_the_same_lead(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now)
    handled(session, FORM | {"field:phone_number": phone.address}, now)
    phone.say("how much is a day pass")
    assert phone.lead.source == "lead-ad"


def test_a_claimed_number_opens_nobodys_record(session: TenantSession, now: dt.datetime) -> None:
    phone = ProspectPhone(session, now, name="Bo Lind")
    phone.say("where are you?")
    handled(session, FORM | {"field:phone_number": phone.address}, now)
    assert phone.contact.email is None
    assert phone.lead.source == "whatsapp"


def test_a_form_that_cannot_be_read_yet_is_handled_again(session: TenantSession, now: dt.datetime) -> None:
    with pytest.raises(FormUnavailable, match="leads_retrieval"):
        handled(session, None, now)


def test_a_number_that_is_none_does_not_lose_the_lead(session: TenantSession, now: dt.datetime) -> None:
    handled(session, FORM | {"field:phone_number": "call me"}, now)
    assert session.exec(select(Contact)).one().phone is None


SETTINGS = {"simulator": True, "public_url": "https://gym.example"}
ACCOUNT = channel_checks.Account(
    "lead-ads", "1029384756", PAGE.credentials, "https://gym.example/webhooks/meta"
)


def at(provider: FakeProvider, **answers: tuple[int, Any]) -> Settings:
    """Settings in which Graph is the provider, which knows a Page by the ends of its paths."""
    json_type = {"content-type": "application/json"}
    paths = {"page": "fields=name", "apps": "subscribed_fields", "subscribed": "subscribed_fields=leadgen"}
    for name in ("subscribed", "page", "apps"):
        if name in answers:
            status, body = answers[name]
            provider.by_path[paths[name]] = (status, json_type, body)
    return Settings(_env_file=None, meta_base_url=channels.settings().meta_base_url, **SETTINGS)  # type: ignore[call-arg, arg-type]


class TestTheDoctorOnLeadAds:
    def test_a_page_that_sends_its_forms_is_well(self, provider: FakeProvider) -> None:
        apps = {"data": [{"id": "1", "subscribed_fields": ["leadgen"]}]}
        asked = at(provider, page=(200, {"id": "1029384756", "name": "Harbour"}), apps=(200, apps))
        checked = channel_checks.check(asked, ACCOUNT)
        assert checked.is_good
        assert [one.detail for one in checked.findings] == [
            "the Page Harbour",
            "filled-in forms arrive at the app",
        ]

    def test_a_page_that_is_not_subscribed_is_told_the_command(self, provider: FakeProvider) -> None:
        asked = at(provider, page=(200, {"name": "Harbour"}), apps=(200, {"data": []}))
        (wrong,) = [one for one in channel_checks.check(asked, ACCOUNT).findings if one.state == "wrong"]
        assert "no form arrives" in wrong.detail
        assert "1029384756/subscribed_apps?subscribed_fields=leadgen" in wrong.mend

    def test_a_wrong_token_is_told_with_where_to_get_the_right_one(self, provider: FakeProvider) -> None:
        refused = {"error": {"message": "Invalid OAuth access token", "code": 190}}
        asked = at(provider, page=(401, refused))
        (wrong,) = channel_checks.check(asked, ACCOUNT).findings
        assert "Invalid OAuth access token" in wrong.detail
        assert "leads_retrieval" in wrong.mend

    def test_the_subscription_is_made_for_an_owner(self, provider: FakeProvider) -> None:
        asked = at(provider, subscribed=(200, {"success": True}))
        assert channel_checks.set_up(asked, ACCOUNT).is_good
        (call,) = provider.calls
        assert (call.method, "/1029384756/subscribed_apps" in call.path) == ("POST", True)
