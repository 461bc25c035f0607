"""No input makes an error of ours."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.http_gym import HttpGym

ANY_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=40)
TRICKY = st.sampled_from(
    ["", "\x00", "'", '"; DROP TABLE leads; --', "%", "_", "\\", "../../etc/passwd", "9" * 400, "-1", "NaN", "1e999",
     "null", "true", "2026-02-30", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00",
     "<script>alert(1)</script>", "\U0001f600", "\u202e", "a" * 5000]
)  # fmt: skip
WORDS = st.one_of(ANY_TEXT, TRICKY)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=6,
)
QUIET = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


def operations(app: FastAPI) -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of everything in the document."""
    return [
        (verb.upper(), path, operation)
        for path, verbs in app.openapi()["paths"].items()
        for verb, operation in verbs.items()
        if not path.startswith("/health")
    ]


@pytest.mark.feature("14.12")
@pytest.mark.feature("M.20")
@QUIET
@given(data=st.data())
def test_junk_is_refused_and_never_breaks_anything(app: FastAPI, here: HttpGym, data: st.DataObject) -> None:
    method, path, operation = data.draw(st.sampled_from(operations(app)))
    real = here.add_person() if data.draw(st.booleans()) else None
    ids = (
        {"lead_id": real.lead_id, "contact_id": real.contact_id, "conversation_id": real.conversation_id}
        if real
        else {}
    )
    url = re.sub(r"{(\w+)}", lambda found: _quoted(str(ids.get(found[1]) or data.draw(WORDS)) or "x"), path)
    known = [one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"]
    query = {name: data.draw(WORDS) for name in known if data.draw(st.booleans())}
    body: bytes | None = None
    if method != "GET":
        body = data.draw(st.one_of(st.binary(max_size=60), _bodies(app, operation).map(_dumped)))
    headers = {
        **here.headers,
        "Content-Type": data.draw(st.sampled_from(["application/json", "text/plain", "nonsense"])),
    }
    answer = here.client.request(method, url, params=query, content=body, headers=headers)
    assert answer.status_code < 500 or answer.json()["error"]["code"] == "unavailable", (
        method,
        url,
        query,
        body,
        answer.text,
    )
    if answer.status_code >= 400:
        assert set(answer.json()["error"]) == {"code", "message", "data"}, (method, url, answer.text)


def _bodies(app: FastAPI, operation: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Objects with the fields that are known, filled with anything."""
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    for part in (schema, *schema.get("anyOf", ())):
        if "$ref" in part:
            named = app.openapi()["components"]["schemas"][part["$ref"].rpartition("/")[2]]
            return st.dictionaries(st.sampled_from(sorted(named["properties"])), JSON, max_size=5)
    return JSON


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _quoted(words: str) -> str:
    from urllib.parse import quote

    return quote(words, safe="")


@pytest.mark.parametrize(
    "path", ["/", "/api", "/api/v1/nothing", "/wp-login.php", "/report/a/b", "/%00", "/..%2f"]
)
def test_what_is_not_there_is_not_found(here: HttpGym, path: str) -> None:
    assert here.client.get(path).status_code == 404


def test_every_answer_can_be_found_in_the_log(here: HttpGym) -> None:
    assert (
        here.client.get("/health/live", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    )
    assert len(here.client.get("/health/live").headers["x-request-id"]) == 32
    assert len(here.client.get("/nothing", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"]) == 32


def test_an_unexpected_error_says_nothing_of_the_inside(
    here: HttpGym, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret inside")

    monkeypatch.setattr("crm.directory.leads", fail)
    answer = here.get("/leads")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.json()["error"]["data"]["request_id"] == answer.headers["x-request-id"]
