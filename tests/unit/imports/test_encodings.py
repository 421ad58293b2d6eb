"""Imports recognize the encodings of many systems by the names in a file, and report uncertain guesses."""

import codecs
import random
from pathlib import Path

import pytest

from services.imports.decoding import LookOptions
from services.imports.encodings.guess import codec_of, guess, label_of
from services.imports.errors import FileUnreadable
from services.imports.parsing_worker import look
from services.imports.record_splitting import BlockNotes, Records, read_block

# None of these people is in the module of names that the guess learns from.
PEOPLE = {
    "cp1252": [
        "Thaís Sá", "Matías Ibarra Peña", "Aïda N'Diaye", "Raphaëlle Dupré", "Hélder Luís", "Cátia Brandão",
        "Bärbel Höß", "Jón Þórsson", "Bjørn Ødegaard", "Pekka Hämäläinen", "Ángela Ruíz", "Jean-René Prud’homme",
    ],
    "mac_roman": [
        "José Núñez", "Zoë Müller", "François Lefèvre", "Inês Gonçalves", "Jürgen Weiß", "Åsa Öberg", "Søren Kjær",
    ],
    "cp1250": [
        "Małgorzata Wąsik", "Řehoř Šimůnek", "Květoslava Ježková", "Gyöngyi Szőke", "Željka Šimić", "Ľubica Kováčiková",
        "Ryszard Świerczyński", "Vojtěch Říha", "Đurđica Čolić",
    ],
    "cp1251": ["Геннадий Пушкарёв", "Зоя Хрущёва", "Тимур Ахметов", "Оксана Підлісна", "Эмиль Юсупов", "Галина Цой"],
    "cp1254": ["Tuğba Büyüküstün", "Çağatay Ulusoy", "İsmail Küçükkaya", "Barış Manço", "Kıvanç Tatlıtuğ"],
    "cp1256": ["خالد بن الوليد", "سعاد حسني", "جميلة بوحيرد", "غسان كنفاني", "زياد الرحباني"],
    "cp1253": ["Γιώργος Νταλάρας", "Μελίνα Μερκούρη", "Αλέξης Τσίπρας", "Ελένη Αρβελέρ"],
    "cp1255": ["דוד בן גוריון", "גולדה מאיר", "שמעון פרס", "נעמי שמר"],
    "cp932": ["渡部さくら", "ヤマダ ハナコ", "小野寺学", "五十嵐未来", "大谷翔平", "綾瀬はるか", "ﾔﾏﾀﾞ ﾀﾛｳ"],
    "gb18030": ["欧阳娜娜", "陈晓旭", "诸葛亮", "慕容雪", "司马光", "徐静蕾", "刘德华", "邓紫棋"],
    "big5hkscs": ["張學友", "歐陽靖", "鄧麗君", "劉備", "蔡英文", "林美惠"],
    "cp949": ["박지성", "최민식", "손흥민", "남궁민", "제갈공", "황보라", "윤여정", "송강호"],
    "koi8_r": ["Геннадий Пушкарев", "Зоя Хрущева", "Тимур Ахметов", "Эмиль Юсупов"],
}  # fmt: skip


def looked(content: bytes, tmp_path: Path, **options: str) -> Records:
    (tmp_path / "file").write_bytes(content)
    return look(str(tmp_path / "file"), str(tmp_path / "text"), LookOptions(**options), 5_000)  # type: ignore[arg-type]


def names(records: Records) -> list[str]:
    return [cells[0] for block in records.blocks for _, cells, _ in read_block(records, block, BlockNotes())]


def sheet(people: list[str]) -> str:
    return "name,phone\n" + "".join(f"{name},0712000{place:03}\n" for place, name in enumerate(people))


def told(records: Records) -> list[tuple[str, int | None, str | None, int]]:
    return [(each.code.value, each.line, each.value, each.count) for each in records.warnings]


@pytest.mark.parametrize("codec", PEOPLE)
def test_names_are_read_as_they_were_written(codec: str, tmp_path: Path) -> None:
    records = looked(sheet(PEOPLE[codec]).encode(codec), tmp_path)

    assert (names(records), records.encoding, told(records)) == (PEOPLE[codec], label_of(codec), [])


@pytest.mark.parametrize("codec", PEOPLE)
def test_few_names_are_read_right_or_the_guess_is_told(codec: str) -> None:
    chance = random.Random(codec)
    right = asked = 0
    for size in (1, 2, 2, 3, 3):
        for _ in range(8):
            some = chance.sample(PEOPLE[codec], min(size, len(PEOPLE[codec])))
            found = guess([name.encode(codec) for name in some])
            is_right = (
                found is not None and [name.encode(codec).decode(found.codec, "replace") for name in some] == some
            )
            assert is_right or found is None or not found.is_sure, (some, found)
            asked, right = asked + 1, right + is_right
    assert right >= asked * 0.9


def test_an_uncertain_guess_shows_its_sample(tmp_path: Path) -> None:
    records = looked("name,phone\nAnn,0712000001\nZoë,0712000002\n".encode("cp1252"), tmp_path)

    assert names(records) == ["Ann", "Zoë"]
    assert told(records) == [("ENCODING_GUESSED", 3, "Zoë", 1)]


def test_symbols_alone_do_not_make_a_file_unreadable(tmp_path: Path) -> None:
    records = looked("name,phone,notes\nAnn,0712000001,20°C and £5 – “ok”\n".encode("cp1252"), tmp_path)

    assert records.encoding == "windows-1252"


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "marked"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
def test_a_line_that_is_not_utf_8_spoils_no_other(mark: bytes, end: str, tmp_path: Path) -> None:
    good = sheet(["José Núñez", "Ольга", "王伟"])
    content = mark + (good.replace("\n", end)).encode() + b"Bro\xe9,0712000008" + end.encode() + b"Ann,0712000009"

    records = looked(content, tmp_path)

    assert names(records) == ["José Núñez", "Ольга", "王伟", "Broé", "Ann"]
    assert (records.encoding, told(records)) == ("utf-8", [("UNREADABLE_BYTES", 5, "Broé,0712000008", 1)])


def test_a_character_that_another_program_cut_off_is_left_out(tmp_path: Path) -> None:
    content = sheet(["José Núñez", "Zoë"]).encode() + b"Jos\xc3,0712000008\nAm\xc3\xa9lie C\xc3,0712000009\n"

    records = looked(content, tmp_path)

    assert names(records) == ["José Núñez", "Zoë", "Jos", "Amélie C"]
    assert [(code, line) for code, line, *_ in told(records)] == [("UNREADABLE_BYTES", 4), ("UNREADABLE_BYTES", 5)]


def test_halves_of_different_encodings_are_each_read_in_their_own(tmp_path: Path) -> None:
    content = sheet(PEOPLE["cp1252"][:6]).encode() + sheet(PEOPLE["cp1252"][6:]).partition("\n")[2].encode("cp1252")

    records = looked(content, tmp_path)

    assert names(records) == PEOPLE["cp1252"]
    assert {code for code, *_ in told(records)} == {"UNREADABLE_BYTES"}


def test_a_line_that_the_given_encoding_lacks_is_told_without_a_replacement(tmp_path: Path) -> None:
    content = sheet(["山田太郎", "高橋ソ能"]).encode("cp932") + b"Bad\x81,0712000008\n"

    records = looked(content, tmp_path, encoding="Shift-JIS")

    assert names(records) == ["山田太郎", "高橋ソ能", "Bad"]
    assert (records.encoding, told(records)) == ("shift_jis", [("UNREADABLE_BYTES", 4, "Bad,0712000008", 1)])


def test_a_given_encoding_that_most_lines_contradict_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="5 lines of the file are not valid euc-kr") as raised:
        looked(b"name,phone\n" + b"\xff\xfe,0712000001\n" * 5, tmp_path, encoding="euc-kr")

    assert raised.value.path == ("input", "encoding")


def test_an_encoding_that_contradicts_utf_8_is_followed_and_told(tmp_path: Path) -> None:
    records = looked(sheet(["José"]).encode(), tmp_path, encoding="windows-1252")

    assert (names(records), told(records)) == (["JosÃ©"], [("ENCODING_GUESSED", None, None, 1)])


def test_japanese_with_escape_sequences_is_recognized(tmp_path: Path) -> None:
    records = looked(sheet(["山田太郎", "Ann"]).encode("iso2022_jp"), tmp_path)

    assert (names(records), records.encoding, told(records)) == (["山田太郎", "Ann"], "iso2022-jp", [])


def test_wide_characters_are_recognized_without_a_mark_and_can_be_named(tmp_path: Path) -> None:
    content = sheet(["Иван Петров", "王伟", "José"])

    for codec in ("utf-16-le", "utf-16-be"):
        assert names(looked(content.encode(codec), tmp_path)) == ["Иван Петров", "王伟", "José"]
        assert names(looked(content.encode(codec), tmp_path, encoding=codec)) == ["Иван Петров", "王伟", "José"]


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("windows-1251", "cp1251"), ("CP1251", "cp1251"), ("latin1", "cp1252"), ("ISO-8859-1", "cp1252"),
        ("ascii", "utf_8"), ("UTF-8", "utf_8"), ("utf8", "utf_8"), ("Shift_JIS", "cp932"), ("sjis", "cp932"),
        ("gb2312", "gb18030"), ("GBK", "gb18030"), ("euc-kr", "cp949"), ("big5", "big5hkscs"),
        ("macintosh", "mac_roman"), ("mac-roman", "mac_roman"), ("x-mac-cyrillic", "mac_cyrillic"),
        ("windows-874", "cp874"), ("base64", None), ("rot13", None), ("zip", None), ("idna", None), ("", None),
        ("klingon", None), ("utf-7", None), ("a\0b", None), ("x" * 10_000, None),
    ],
)  # fmt: skip
def test_encodings_have_the_names_that_programs_use(label: str, codec: str | None) -> None:
    assert codec_of(label) == codec
