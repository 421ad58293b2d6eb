"""The texts that are keywords, and their effect on a number's consent state."""

import re
import unicodedata
from datetime import datetime, timedelta

import pytest

from services.consent.keyword_table import OPT_IN, OPT_OUT
from services.consent.keywords import (
    ConsentChange,
    ConsentState,
    Keyword,
    KeywordMessage,
    OwnKeywords,
    apply_keyword,
    keyword_in,
    mentions_keyword,
)
from tests.support.api_client import MONDAY

ANSWERS = (
    *(
        "yes",
        "no",
        "ok",
        "sawa",
        "ndio",
        "hapana",
        "si",
        "non",
        "oui",
        "nein",
        "нет",
        "да",
        "لا",
        "نعم",
        "أبدا",
        "不",
        "好",
    ),
    *(
        "नहीं",
        "हाँ",
        "बंद",
        "はい",
        "아니요",
        "seis",
        "band",
        "fin",
        "red",
        "dur",
        "misa",
        "mira",
        "basta",
        "dung",
        "Huy",
        "para",
    ),
    *(
        "enough",
        "done",
        "later",
        "wrong number",
        "who is this?",
        "thanks",
        "T",
        "TD",
        "0",
        "1",
        "selesai",
        "Imani",
        "koma",
    ),
)

STOP, START = Keyword.STOP, Keyword.START
PHONE = "+254712345678"


@pytest.mark.parametrize(("table", "keyword"), [(OPT_OUT, STOP), (OPT_IN, START)])
def test_each_word_counts_in_any_letter_case(table: tuple[str, ...], keyword: Keyword) -> None:
    words = [word.strip() for line in table for word in line.split(",")]

    for word in words:
        forms = (word, word.lower(), word.upper(), word.title(), unicodedata.normalize("NFD", word), f"{word}\n-- \nJo")
        assert {keyword_in(form) for form in forms} == {keyword}, word
        assert mentions_keyword(word)


def test_each_word_is_in_one_script() -> None:
    for line in (*OPT_OUT, *OPT_IN):
        for word in re.split("[, ]+", line):
            scripts = {unicodedata.name(letter).split()[0] for letter in word if letter.isalpha()}
            assert len(scripts) == 1 or word == "停止する", word


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
        "stop?",
        "stop\u00a0",
        "\ufeffSTOP",
        "ST\u200bOP",
        "STOP\u200e",
        "STOP\ufe0f",
        "ＳＴＯＰ",
        "𝐒𝐓𝐎𝐏",
        "STOP 🙏🏾",
        "🙏🏾\nSTOP",
        "stop" + "!" * 190,
        "arrêt",
        "arre\u0302t",
        "ARRÊT.",
        "quıt".replace("ı", "i\u0307"),
        # separated and repeated
        "S T O P",
        "s.t.o.p.",
        "S-T-O-P",
        "U N S U B S C R I B E",
        "STOP ALL",
        "stop-all",
        "Stop_All",
        "opt out",
        "opt-out",
        "Opt.Out!",
        "un-subscribe",
        "STOP STOP",
        "stop, stop, STOP",
        "STOPSTOP",
        "stop stop all",
        "STOP / ARRET",
        "Stop & unsubscribe",
        "start stop",
        "退订退订",
        # followed by a signature, a quotation or another sentence
        "STOP\n\nSent from my iPhone",
        "stop\nnow",
        "Stop\r\n--\r\nJoy Wanjiru, Nairobi",
        "STOP\n> Karibu! Reply STOP to opt out",
        "> Karibu! Reply STOP to opt out\n\nSTOP",
        "Stop. Thank you",
        "Stop.Thank you",
        "STOP! I never signed up for this.",
        "S. T. O. P. I mean it.",
        "Cancel. See you Tuesday",
        "退订。谢谢",
        "बंद करो। धन्यवाद",
        "STOP" + "\n" * 10 + "a" * 100_000,
        # other languages
        "отпишите меня!",
        "إيقاف",
        "ايقاف",
        "إلغاء الاشتراك",
        "إلغـــاء",
        "لغو",
        "بند کریں",
        "بند كريں",
        "הסר",
        "ΔΙΑΓΡΑΦΉ",
        "İPTAL",
        "abonelikten çık",
        "Rezygnuję",
        "बन्द करें",
        "አቁም።",
        "退訂",
        "配信停止",
        "수신거부",
        "หยุด",
        "Hủy đăng ký",
        "UNREG",
        "to'xtatish",
    ],
)
def test_a_text_that_consists_of_a_keyword_opts_out(text: str) -> None:
    assert keyword_in(text) is STOP


@pytest.mark.parametrize(
    ("text", "is_mentioned"),
    [
        (None, False),
        ("", False),
        ("   ", False),
        ("...", False),
        ("🙏", False),
        ("stop it", True),
        ("please stop", True),
        ("STOP please", True),
        ("Stop, thank you", True),
        ("Cancel? No!", True),
        ("1 stop", True),
        ("non stop", True),
        ("the end", True),
        ("stop" + "!" * 250, True),
        ("The bus stop is opposite the bank", True),
        ("Please cancel my appointment on Friday", True),
        ("Hi,\nSTOP", True),
        ("How do I opt-out?", True),
        ("tafadhali acha hiyo", True),
        ("Я хочу отписаться завтра", True),
        ("请停止发送", True),
        ("수신거부해주세요", True),
        ("When do we start?", True),
        ("START. When do I get it?", True),
        ("stop1", False),
        ("stops", False),
        ("restart", False),
        ("I will attend", False),
        ("a" * 100_000, False),
        # ordinary answers, also those that look like words of other languages
        *((answer, False) for answer in ANSWERS),
    ],
)
def test_a_text_with_more_than_a_keyword_opts_nobody_out(text: str | None, is_mentioned: bool) -> None:
    assert keyword_in(text) is None
    assert mentions_keyword(text) is is_mentioned


@pytest.mark.parametrize("text", ["Start", "un-stop", "START START", "start\nSent from my iPhone", "Opt in!", "СТАРТ"])
def test_a_text_that_consists_of_a_keyword_opts_in(text: str) -> None:
    assert keyword_in(text) is START


def test_an_account_has_own_words_besides_the_built_in_ones() -> None:
    own = OwnKeywords(opt_out=("Nitoke", "toa jina"), opt_in=("nirudishe",))

    assert [keyword_in(text, own) for text in ("NITOKE!", "toa-jina", "Nirudishe", "stop", "start", "toa")] == [
        *(STOP, STOP, START, STOP, START, None)
    ]
    assert keyword_in("nitoke") is None
    assert mentions_keyword("tafadhali nitoke hapa kesho", own)
    assert not mentions_keyword("tafadhali nitoke hapa kesho")


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
