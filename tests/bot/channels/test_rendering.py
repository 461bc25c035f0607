"""Fitting messages to platforms: cutting text, and showing choices by what a platform can do."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import channels
from bot.channels.base import Attachment, Button, Limits, Outgoing
from bot.channels.rendering import (
    Unit,
    form_of,
    list_rows,
    measure,
    numbered_choice,
    numbers,
    render,
    split_text,
    unique_titles,
)

GRAPHEMES = ("👨‍👩‍👧‍👦", "🇮🇪", "é", "🏋🏽‍♀️", "न्", "한", "a", " ", "\n", "\r\n", ". ", "Zoë", "👍🏿")
texts = st.lists(st.one_of(st.sampled_from(GRAPHEMES), st.text(max_size=8)), max_size=60).map("".join)
units = st.sampled_from(["characters", "bytes", "utf16"])


def boundaries(text: str) -> set[int]:
    return {0, *(match.end() for match in regex.finditer(r"\X", text))}


class TestCuttingText:
    @settings(max_examples=300, deadline=None)
    @given(text=texts, limit=st.integers(64, 200), last=st.integers(64, 200), unit=units)
    def test_pieces_fit_and_are_cut_between_graphemes(
        self, text: str, limit: int, last: int, unit: Unit
    ) -> None:
        pieces = split_text(text, limit, unit, last_limit=last)

        assert all(measure(piece, unit) <= limit for piece in pieces)
        assert measure(pieces[-1], unit) <= max(limit, last)
        longest = max((measure(one, unit) for one in regex.findall(r"\X", text)), default=0)
        joined = "".join(pieces)
        if joined == text and longest <= min(limit, last):
            cuts, position = set(), 0
            for piece in pieces:
                position += len(piece)
                cuts.add(position)
            assert cuts <= boundaries(text)

    @settings(max_examples=300, deadline=None)
    @given(text=texts.filter(lambda text: text.strip() != ""), limit=st.integers(64, 200), unit=units)
    def test_pieces_join_to_the_text_again(self, text: str, limit: int, unit: Unit) -> None:
        pieces = split_text(text, limit, unit)

        # Only a piece of nothing but blanks may be left out: no platform accepts it.
        assert "".join("".join(pieces).split()) == "".join(text.split())
        if not regex.search(r"\s{30}", text):
            assert "".join(pieces) == text
        assert all(piece.strip() for piece in pieces)

    def test_prefers_the_end_of_a_paragraph_then_of_a_sentence(self) -> None:
        text = "First paragraph here.\n\nSecond one. It goes on for quite a while longer."

        assert split_text(text, 60) == [
            "First paragraph here.\n\n",
            "Second one. It goes on for quite a while longer.",
        ]
        assert split_text("One sentence. Another sentence follows.", 30) == [
            "One sentence. ",
            "Another sentence follows.",
        ]

    def test_a_family_of_four_is_never_parted(self) -> None:
        family = "👨‍👩‍👧‍👦"

        assert split_text(family * 3, 8) == [family, family, family]
        assert split_text(family * 3, 30, "bytes") == [family, family, family]

    def test_a_grapheme_longer_than_the_limit_is_cut_all_the_same(self) -> None:
        pieces = split_text("e" + "\u0301" * 50, 20)

        assert all(len(piece) <= 20 for piece in pieces)


WHATSAPP = Limits(text=4096, buttons=3, list_rows=10, interactive_text=1024)
SMS = Limits(text=1600)
CHOICES = [Button(f"b:{number}", f"Choice {number}") for number in range(1, 14)]


class TestShowingChoices:
    @pytest.mark.parametrize(
        ("count", "limits", "form"),
        [
            (0, WHATSAPP, "text"), (3, WHATSAPP, "buttons"), (4, WHATSAPP, "list"), (10, WHATSAPP, "list"),
            (11, WHATSAPP, "numbered"), (2, SMS, "numbered"), (13, channels.CHANNELS["instagram"].limits, "buttons"),
        ],
    )  # fmt: skip
    def test_the_platforms_limits_decide(self, count: int, limits: Limits, form: str) -> None:
        assert form_of(CHOICES[:count], limits) == form

    def test_long_titles_go_to_a_list_with_the_whole_title_below(self) -> None:
        buttons = (Button("b:1", "Thursday 18:00 with Niamh Doyle"), Button("b:2", "Friday 07:00"))

        rows = list_rows(buttons, WHATSAPP)

        assert form_of(buttons, WHATSAPP) == "list"
        assert [(row.title, description) for row, description in rows] == [
            ("Thursday 18:00 with…", "Thursday 18:00 with Niamh Doyle"),
            ("Friday 07:00", None),
        ]

    def test_titles_that_would_be_equal_are_told_apart(self) -> None:
        titles = [
            one.title
            for one in unique_titles(
                [Button("1", "Foundations with Aoife"), Button("2", "Foundations with Aoibhe")], 20
            )
        ]

        assert titles == ["Foundations with…", "Foundations with… 2"]

    def test_choices_ride_on_the_last_piece(self) -> None:
        parts = render(Outgoing("x", "word " * 1000, tuple(CHOICES[:2]), reply_to="m1"), WHATSAPP)

        assert [bool(part.buttons) for part in parts] == [*[False] * (len(parts) - 1), True]
        assert len(parts[-1].text) <= 1024
        assert [part.reply_to for part in parts] == ["m1", *[None] * (len(parts) - 1)]

    def test_a_number_stands_for_a_button_where_there_are_none(self) -> None:
        buttons = tuple(CHOICES[:2])
        (part,) = render(Outgoing("x", "Which?", buttons), SMS)

        assert part.text == "Which?\n\n1. Choice 1\n2. Choice 2"
        assert part.buttons == ()
        assert numbers(buttons) == {"1": "b:1", "2": "b:2"}
        assert numbered_choice(" 2. ", buttons) == buttons[1]
        assert numbered_choice("option 1", buttons) == buttons[0]
        assert numbered_choice("3", buttons) is None
        assert numbered_choice("2 people", buttons) is None

    @settings(max_examples=100, deadline=None)
    @given(
        text=texts.filter(lambda text: text.strip() != ""),
        count=st.integers(0, 13),
        name=st.sampled_from(sorted(channels.CHANNELS)),
    )
    def test_rendering_again_changes_nothing(self, text: str, count: int, name: str) -> None:
        limits = channels.CHANNELS[name].limits

        for part in render(Outgoing("x", text, tuple(CHOICES[:count])), limits):
            assert render(part, limits) == [part]


class TestAttachments:
    calendar = Attachment("document", mime_type="text/calendar", filename="trial.ics")

    def test_a_caption_rides_along(self) -> None:
        (part,) = render(
            Outgoing("x", "Your trial", attachment=self.calendar, attachment_bytes=b"x"),
            channels.CHANNELS["whatsapp"].limits,
        )

        assert part.text == "Your trial"
        assert part.attachment == self.calendar

    def test_a_file_goes_before_the_text_that_has_choices(self) -> None:
        first, second = render(
            Outgoing("x", "Your trial", tuple(CHOICES[:2]), attachment=self.calendar, attachment_bytes=b"x"),
            channels.CHANNELS["whatsapp"].limits,
        )

        assert (first.text, first.attachment, first.buttons) == ("", self.calendar, ())
        assert (second.text, second.attachment) == ("Your trial", None)

    def test_a_file_without_a_link_is_left_out_where_none_can_be_sent(self) -> None:
        (part,) = render(Outgoing("x", "Your trial", attachment=self.calendar, attachment_bytes=b"x"), SMS)

        assert part.attachment is None
        assert part.attachment_bytes is None
        assert part.text == "Your trial"
