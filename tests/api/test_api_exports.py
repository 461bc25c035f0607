"""CSV that opens rightly and cannot do harm."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.api.http_gym import HttpGym

NASTY = [
    '=HYPERLINK("http://evil")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    '<script>alert("1")</script>',
    'a "quoted", name',
]


def rows(text: str) -> list[dict[str, str]]:
    """The file as a spreadsheet reads it."""
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.feature("2.12")
@pytest.mark.feature("13.10")
def test_an_export_names_itself_by_time_and_holds_every_lead(here: HttpGym) -> None:
    for number in range(3):
        here.post("/leads", {"name": f"Person {number}", "phone": f"+35385000000{number}"})
    answer = here.get("/exports/leads.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.search(r'filename="leads-\d{8}-\d{4}\.csv"', answer.headers["content-disposition"])
    assert [row["Name"] for row in rows(answer.text)] == ["Person 0", "Person 1", "Person 2"]
    assert rows(answer.text)[0]["Phone"] == "+353850000000"


@pytest.mark.feature("M.6")
@pytest.mark.parametrize("name", NASTY)
def test_no_cell_can_be_run_as_a_formula(here: HttpGym, name: str) -> None:
    here.post("/leads", {"name": "x", "first_words": name})
    (row,) = rows(here.get("/exports/leads.csv").text)
    said = row["First words"]
    assert not said.startswith(("=", "+", "-", "@", "\t"))
    assert said.removeprefix("'") == name.strip()


@pytest.mark.feature("13.10")
def test_excel_is_told_the_encoding_when_asked(here: HttpGym) -> None:
    here.post("/leads", {"name": "Seán Ó Briain"})
    assert here.get("/exports/leads.csv", excel=True).content.startswith(b"\xef\xbb\xbf")
    assert not here.get("/exports/leads.csv").content.startswith(b"\xef\xbb\xbf")
    assert rows(here.get("/exports/leads.csv", excel=True).text)[0]["Name"] == "Seán Ó Briain"


def test_more_than_a_page_is_exported_whole(here: HttpGym) -> None:
    for number in range(103):
        here.add_person(f"Person {number}", phone=f"35386{number:07}")
    exported = rows(here.get("/exports/leads.csv").text)
    assert sorted(int(row["Number"]) for row in exported) == list(range(1, 104))


@pytest.mark.feature("13.6")
def test_a_report_is_a_table_or_a_file(here: HttpGym) -> None:
    here.add_person()
    table = here.get("/reports/leads_by_day").json()
    assert table["rows"][-1]["leads"] == 1
    text = here.get("/reports/leads_by_day", format="csv").text
    assert rows(text)[0]["Source"] == "whatsapp"
    assert {one["name"] for one in here.get("/reports").json()} == {
        "leads_by_day", "funnel", "trials", "response_times",
    }  # fmt: skip


@pytest.mark.feature("13.6")
def test_a_range_that_is_none_is_refused(here: HttpGym) -> None:
    assert here.get("/reports/funnel", **{"from": "2026-02-01", "until": "2026-01-01"}).status_code == 422
    assert here.get("/reports/funnel", **{"from": "2020-01-01", "until": "2026-01-01"}).status_code == 422
    assert here.get("/reports/nothing").status_code == 404
