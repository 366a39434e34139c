from datetime import UTC, datetime, timedelta

import pytest

from bots.texts import apart, duration, listed, moment, place, progress, until, when


@pytest.mark.parametrize(
    ("length", "english", "french"),
    [
        (timedelta(days=3), "3 days", "3 jours"),
        (timedelta(days=14), "14 days", "14 jours"),
        (timedelta(hours=1), "1 hour", "1 heure"),
        (timedelta(days=1, hours=12), "1 day and 12 hours", "1 jour et 12 heures"),
        (timedelta(days=2, minutes=5, seconds=9), "2 days and 5 minutes", "2 jours et 5 minutes"),
        (timedelta(seconds=90), "1 minute and 30 seconds", "1 minute et 30 secondes"),
        (timedelta(0), "0 seconds", "0 seconde"),
        (timedelta(days=-1), "0 seconds", "0 seconde"),
    ],
)
def test_a_duration_is_said_in_words(length: timedelta, english: str, french: str):
    assert duration("en", length) == english
    assert duration("fr", length).replace("\u00a0", " ") == french


def test_a_moment_is_said_as_it_is_where_the_campaign_is():
    at = datetime(2026, 12, 31, 19, tzinfo=UTC)
    assert moment("fr", at, "Europe/Paris") == "jeudi 31 décembre 2026 à 20:00 (Paris)"
    assert moment("en-gb", at, "Europe/Paris") == "Thursday, 31 December 2026, 20:00 (Paris)"
    assert moment("en", at, "Asia/Tokyo").replace("\u202f", " ") == "Friday, January 1, 2027, 4:00 AM (Tokyo)"


def test_a_language_without_a_catalogue_is_answered_in_english_throughout():
    assert moment("de", datetime(2026, 12, 31, 19, tzinfo=UTC), "UTC").startswith("Thursday, December 31")
    assert duration("de", timedelta(days=2)) == "2 days"


@pytest.mark.parametrize(
    ("done", "needed", "said"),
    [
        (timedelta(days=2, hours=23), timedelta(days=3), "2 of 3 days"),
        (timedelta(0), timedelta(days=1), "0 of 1 day"),
        (timedelta(days=9), timedelta(days=3), "3 of 3 days"),
        (timedelta(hours=-1), timedelta(hours=2), "0 of 2 hours"),
        (timedelta(days=1), timedelta(hours=36), "1 of 2 days"),
        (timedelta(seconds=30), timedelta(minutes=5), "0 of 5 minutes"),
        (timedelta(0), timedelta(seconds=10), "0 of 10 seconds"),
    ],
)
def test_progress_counts_only_what_is_over(done: timedelta, needed: timedelta, said: str):
    assert progress("en", done, needed) == said


def test_things_are_listed_as_the_language_does():
    assert listed("en", ["stay", "speak", "smile"]) == "stay, speak, and smile"
    assert listed("fr", ["rester", "parler"]) == "rester et parler"
    assert listed("en", ["stay"]) == "stay"
    assert listed("en", []) == ""


@pytest.mark.parametrize(
    ("language", "at", "adverbial", "deadline"),
    [
        ("en-gb", datetime(2026, 12, 3, 17, tzinfo=UTC), "today at 18:00", "until today, 18:00"),
        ("en-gb", datetime(2026, 12, 3, 23, tzinfo=UTC), "tomorrow at 00:00", "until tomorrow, 00:00"),
        ("en-gb", datetime(2026, 12, 6, 8, tzinfo=UTC), "on Sun 6 Dec at 09:00", "until Sun 6 Dec, 09:00"),
        ("en-gb", datetime(2027, 1, 6, 8, tzinfo=UTC), "on Wed, 6 Jan 2027 at 09:00", "until Wed, 6 Jan 2027, 09:00"),
        ("en-gb", datetime(2026, 12, 2, 8, tzinfo=UTC), "on Wed 2 Dec at 09:00", "until Wed 2 Dec, 09:00"),
        ("fr", datetime(2026, 12, 3, 17, tzinfo=UTC), "aujourd’hui à 18:00", "jusqu’à aujourd’hui 18:00"),
        ("fr", datetime(2026, 12, 4, 8, tzinfo=UTC), "demain à 09:00", "jusqu’à demain 09:00"),
        ("fr", datetime(2026, 12, 6, 8, tzinfo=UTC), "le dim. 6 déc. à 09:00", "jusqu’au dim. 6 déc. à 09:00"),
    ],
)
def test_a_time_that_is_near_is_said_as_people_do(language: str, at: datetime, adverbial: str, deadline: str):
    now = datetime(2026, 12, 3, 12, tzinfo=UTC)
    assert when(language, at, "Europe/Paris", now=now) == adverbial
    assert until(language, at, "Europe/Paris", now=now) == deadline


def test_today_is_that_of_the_campaigns_place():
    now, at = datetime(2026, 12, 3, 22, tzinfo=UTC), datetime(2026, 12, 3, 23, tzinfo=UTC)
    assert when("fr", at, "Europe/Paris", now=now).startswith("demain")
    assert when("fr", at, "UTC", now=now).startswith("aujourd’hui")


def test_a_place_is_called_as_the_language_calls_it():
    assert [place(language, "Europe/London") for language in ("en", "fr")] == ["London", "Londres"]


def test_things_apart_are_told_one_after_the_other():
    assert apart("en", ["a", "b", "c"]) == "a; b; c"
    assert apart("fr", ["a", "b"]) == "a\u202f; b"
    assert apart("en", ["{a}"]) == "{a}"
    assert apart("en", []) == ""
