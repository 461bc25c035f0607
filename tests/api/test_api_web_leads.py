"""The website's form: who may send it, what is refused and why, and how it goes on as a chat."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlmodel import select

from api.limits import RateLimit
from crm.models import Contact, Gym, Lead
from tests.api.http_gym import HttpGym

SITE = "https://harbour.example"
FORM = {"name": "Ana Silva", "phone": "085 123 4567", "message": "Can I try a class on Thursday?"}


@pytest.fixture
def site(here: HttpGym) -> HttpGym:
    """A gym with a website and accounts on every channel."""
    here.state.web_limit = RateLimit(rate=1e6, burst=1e6)
    with here.session() as session:
        session.exec(select(Gym)).one().web_origins = [SITE]
    here.add_inbox("whatsapp", display_phone_number="+353 89 123 4567")
    here.add_inbox("telegram", bot_username="@harbour_bot")
    here.add_inbox("instagram", username="harbour.gym")
    here.add_inbox("sms", **{"from": "+353891110000"})
    return here


def send(gym: HttpGym, form: dict[str, Any], *, origin: str | None = SITE, slug: str | None = None) -> Any:
    headers = {"Origin": origin} if origin else {}
    return gym.client.post(f"/api/v1/leads/web?gym={slug or gym.slug}", json=form, headers=headers)


def leads_of(gym: HttpGym) -> list[tuple[Lead, Contact]]:
    with gym.session() as session:
        return [
            (lead, session.exec(select(Contact).where(Contact.id == lead.contact_id)).one())
            for lead in session.exec(select(Lead)).all()
        ]


@pytest.mark.feature("1.12")
@pytest.mark.feature("1.17")
def test_a_form_becomes_a_lead_with_its_source(site: HttpGym) -> None:
    answer = send(site, {**FORM, "page": "/trial", "campaign": "january"})
    assert answer.status_code == 201
    ((lead, contact),) = leads_of(site)
    assert (contact.name, contact.phone) == ("Ana Silva", "+353851234567")
    assert (lead.source, lead.first_words) == ("web", FORM["message"])
    assert lead.referral == {"page": "/trial", "campaign": "january"}


@pytest.mark.feature("1.12")
def test_the_answer_opens_a_chat_on_each_channel_with_the_code_in_it(site: HttpGym) -> None:
    answer = send(site, FORM).json()
    code = answer["reference"]
    urls = {one["app"]: one["url"] for one in answer["links"]}
    assert list(urls) == ["WhatsApp", "Instagram", "Telegram", "SMS"]
    whatsapp = urlsplit(urls["WhatsApp"])
    assert (whatsapp.netloc, whatsapp.path) == ("wa.me", "/353891234567")
    assert parse_qs(whatsapp.query)["text"] == [f"Can I try a class on Thursday? (ref {code})"]
    assert urls["Telegram"] == f"https://t.me/harbour_bot?start={code}"
    assert urls["Instagram"] == f"https://ig.me/m/harbour.gym?ref={code}"
    assert urls["SMS"].startswith("sms:+353891110000?&body=Can%20I%20try")


@pytest.mark.feature("1.16")
def test_a_browser_on_the_gyms_site_may_send_it(site: HttpGym) -> None:
    asked = site.client.options(
        f"/api/v1/leads/web?gym={site.slug}",
        headers={"Origin": SITE, "Access-Control-Request-Method": "POST"},
    )
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == SITE
    assert asked.headers["access-control-allow-headers"] == "Content-Type"
    sent = send(site, FORM)
    assert (sent.headers["access-control-allow-origin"], sent.headers["vary"]) == (SITE, "Origin")


@pytest.mark.feature("1.16")
def test_any_other_site_may_not(site: HttpGym, there: HttpGym) -> None:
    asked = site.client.options(
        f"/api/v1/leads/web?gym={site.slug}", headers={"Origin": "https://evil.example"}
    )
    assert (asked.status_code, "access-control-allow-origin" in asked.headers) == (403, False)
    sent = send(site, FORM, origin="https://evil.example")
    assert (sent.status_code, sent.json()["error"]["code"]) == (403, "origin_forbidden")
    assert "gym.web_origins" in sent.json()["error"]["message"]
    assert send(there, FORM).status_code == 403
    assert leads_of(site) == []


def test_our_own_pages_and_servers_without_a_browser_may(site: HttpGym) -> None:
    assert send(site, FORM, origin="https://gym.example").status_code == 201
    assert send(site, FORM, origin=None).status_code == 201


@pytest.mark.feature("1.12")
@pytest.mark.feature("16.11")
@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"name": "  "}, "name", "at least 1"),
        ({"phone": None}, "", "phone number or an e-mail"),
        ({"phone": None, "email": "ana@"}, "email", "write it like"),
        ({"email": "ana silva@x.com"}, "email", "write it like"),
        ({"message": "x" * 301}, "message", "at most 300"),
        ({"shoe_size": 44}, "shoe_size", "not permitted"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    site: HttpGym, change: dict[str, Any], where: str, says: str
) -> None:
    answer = send(site, {**FORM, **change})
    assert answer.status_code == 422
    (problem,) = answer.json()["error"]["data"]["problems"]
    assert problem["where"].endswith(where)
    assert says in problem["message"]
    assert answer.headers["access-control-allow-origin"] == SITE


def test_a_number_that_is_none_is_refused(site: HttpGym) -> None:
    answer = send(site, {**FORM, "phone": "12"})
    assert answer.status_code == 422
    assert "phone" in answer.json()["error"]["message"]


@pytest.mark.feature("1.15")
@pytest.mark.parametrize(
    ("email", "meant"),
    [
        ("ana@gmial.com", "ana@gmail.com"),
        ("ana@gmail.con", "ana@gmail.com"),
        ("ana@hotmial.com", "ana@hotmail.com"),
        ("ana@gmail.com", None),
        ("ana@harbour.example", None),
    ],
)
def test_a_slip_in_an_address_is_pointed_out(site: HttpGym, email: str, meant: str | None) -> None:
    assert send(site, {**FORM, "email": email}).json()["did_you_mean"] == meant


def test_a_robot_that_fills_the_trap_is_told_nothing_and_leaves_nothing(site: HttpGym) -> None:
    answer = send(site, {**FORM, "website": "http://spam.example"})
    assert answer.status_code == 201
    assert len(answer.json()["reference"]) == 6
    assert leads_of(site) == []


def test_forms_come_at_a_persons_pace(site: HttpGym) -> None:
    site.state.web_limit = RateLimit(rate=0.1, burst=2)
    assert [send(site, FORM).status_code for _ in range(3)] == [201, 201, 429]
    late = send(site, FORM)
    assert int(late.headers["retry-after"]) > 0
    assert "try again in" in late.json()["error"]["message"]


def test_a_gym_that_is_not_there(site: HttpGym) -> None:
    assert send(site, FORM, slug="nowhere").status_code == 404


def test_sent_twice_it_is_one_lead(site: HttpGym) -> None:
    first, second = send(site, FORM).json(), send(site, FORM).json()
    assert first["reference"] != second["reference"]
    assert len(leads_of(site)) == 1


def test_a_claimed_number_does_not_reach_into_somebody_elses_record(site: HttpGym) -> None:
    """Somebody with a thread keeps it to themselves; whoever types their number is a lead of their own."""
    known = site.add_person("Bo Lind", phone="353851234567")
    send(site, FORM)
    found = leads_of(site)
    assert len(found) == 2
    assert {contact.id for _, contact in found} > {known.contact_id}
