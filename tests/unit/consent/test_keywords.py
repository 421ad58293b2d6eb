"""The texts that are keywords, and their effect on a number's consent state."""

from datetime import datetime, timedelta

import pytest

from services.consent.keywords import ConsentChange, ConsentState, Keyword, KeywordMessage, apply_keyword, keyword_in
from tests.support.api_client import MONDAY

STOP, START = Keyword.STOP, Keyword.START
STOPS = "STOP STOPALL UNSUBSCRIBE CANCEL END QUIT OPTOUT ARRET PARAR SAIR BAJA ALTO ACHA SIMAMA".split()
STARTS = "START UNSTOP ALTA ANZA".split()
PHONE = "+254712345678"


@pytest.mark.parametrize("word", STOPS)
def test_each_word_that_stops_does_in_any_letter_case(word: str) -> None:
    assert {keyword_in(form) for form in (word, word.lower(), word.title(), word.swapcase())} == {STOP}


@pytest.mark.parametrize("word", STARTS)
def test_each_word_that_starts_does_in_any_letter_case(word: str) -> None:
    assert {keyword_in(form) for form in (word, word.lower(), word.title(), word.swapcase())} == {START}


@pytest.mark.parametrize(
    "text",
    [
        " stop ",
        "STOP.",
        "Stop!!!",
        "¡stop!",
        "«STOP»",
        "“Stop”",
        "(stop)",
        "\r\n*STOP*\n",
        "- stop -",
        "STOP…",
        "stop\u00a0",
        "\ufeffSTOP",
        "ST\u200bOP",
        "STOP\u200e",
        "ＳＴＯＰ",
        "𝐒𝐓𝐎𝐏",
        "STOP 🙏🏾",
        "stop" + "!" * 190,
        "arrêt",
        "arre\u0302t",
        "ARRÊT.",
        "quıt".replace("ı", "i\u0307"),
    ],
)
def test_what_is_around_a_word_and_how_its_letters_are_written_does_not_matter(text: str) -> None:
    assert keyword_in(text) is STOP


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "   ",
        "...",
        "🙏",
        "stop it",
        "please stop",
        "STOP STOP",
        "stop1",
        "1 stop",
        "stops",
        "opt-out",
        "non stop",
        "the end",
        "stop\nnow",
        "СТОП",
        "restart",
        "stop" + "!" * 250,
        "a" * 100_000,
    ],
)
def test_a_word_that_is_not_alone_is_none(text: str | None) -> None:
    assert keyword_in(text) is None


def at(hour: int) -> datetime:
    return MONDAY + timedelta(hours=hour)


OUT, IN = True, False


@pytest.mark.parametrize(
    ("before", "word", "hour", "change", "after"),
    [
        # without a state
        (ConsentState(), STOP, 1, (OUT, 1), (OUT, 1, 1)),
        (ConsentState(), START, 1, None, (IN, None, None)),
        # opted out at 2, by a STOP or otherwise
        (ConsentState(True, at(2), at(2)), STOP, 3, None, (OUT, 2, 3)),
        (ConsentState(True, at(2), at(2)), STOP, 1, None, (OUT, 2, 2)),
        (ConsentState(True, at(2), at(2)), START, 3, (IN, 3), (IN, 3, 2)),
        (ConsentState(True, at(2), at(2)), START, 2, None, (OUT, 2, 2)),
        (ConsentState(True, at(2), at(2)), START, 1, None, (OUT, 2, 2)),
        (ConsentState(True, at(2), None), START, 3, (IN, 3), (IN, 3, None)),
        (ConsentState(True, at(2), None), START, 1, None, (OUT, 2, None)),
        # said STOP again at 4: a START of 3 that arrives late must not revert it
        (ConsentState(True, at(2), at(4)), START, 3, None, (OUT, 2, 4)),
        (ConsentState(True, at(2), at(4)), START, 4, None, (OUT, 2, 4)),
        (ConsentState(True, at(2), at(4)), START, 5, (IN, 5), (IN, 5, 4)),
        # opted in at 3: any STOP opts out, and the date does not move back
        (ConsentState(False, at(3), at(2)), STOP, 4, (OUT, 4), (OUT, 4, 4)),
        (ConsentState(False, at(3), at(2)), STOP, 1, (OUT, 3), (OUT, 3, 2)),
        (ConsentState(False, at(3), None), START, 4, None, (IN, 3, None)),
    ],
)
def test_a_keyword_changes_where_a_number_stands(
    before: ConsentState,
    word: Keyword,
    hour: int,
    change: tuple[bool, int] | None,
    after: tuple[bool, int | None, int | None],
) -> None:
    told = apply_keyword(before, KeywordMessage(PHONE, word, at(hour)))

    assert told == (None if change is None else ConsentChange(PHONE, change[0], at(change[1])))
    is_opted_out, changed, stopped = after
    assert before == ConsentState(
        is_opted_out, None if changed is None else at(changed), None if stopped is None else at(stopped)
    )
