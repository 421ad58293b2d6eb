"""Sender ids of messaging services, and texts with several numbers."""

import pytest

from services.phones.numbers import numbers_in
from services.phones.sender_ids import undecorated

PHONE = "+254722701501"


@pytest.mark.parametrize(
    "sender",
    [
        "254722701501@c.us",
        "254722701501@s.whatsapp.net",
        "+254722701501@s.whatsapp.net",
        "254722701501:12@s.whatsapp.net",
        "254722701501.0:3@S.WhatsApp.Net",
        "whatsapp:+254722701501",
        "whatsapp:254722701501@c.us",
        "whatsapp%3A%2B254722701501",
        "tel:+254722701501",
        "sms:+254722701501",
        "rcs:+254722701501",
        "signal:+254722701501",
        "imessage://+254722701501",
        "sip:+254722701501@voip.example.com;transport=udp",
        "+254722701501@sms.example.com",
        "Amina <+254722701501>",
        '"Amina" <sip:+254722701501@example.com>',
        " +254722701501 ",
    ],
)
def test_a_decorated_sender_id_is_a_number(sender: str) -> None:
    assert undecorated(sender) == PHONE


@pytest.mark.parametrize(
    "sender",
    [
        "12025550123-1612345678@g.us",
        "120363025246125486@g.us",
        "254722701501@lid",
        "status@broadcast",
        "120363025246125486@newsletter",
        "amina@example.com",
        "INFOSMS",
        "22123",
        "",
        "0722 701 501",
        "a" * 300,
    ],
)
def test_another_text_stays(sender: str) -> None:
    assert undecorated(sender) == sender


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("0712 002 021", ["+254712002021"]),
        ("0712002021 / 0733002021", ["+254712002021", "+254733002021"]),
        ("0712002021;0733002021", ["+254712002021", "+254733002021"]),
        ("0712002021 ::: 0733002021", ["+254712002021", "+254733002021"]),
        ("0712002021\n+44 20 7946 0000", ["+254712002021", "+442079460000"]),
        ("0712002021, 0712 002 021", ["+254712002021"]),
        ("0712002023 ext. 4", ["+254712002023"]),
        ("0712002021 x1 / 0733002021 ext 2", ["+254712002021", "+254733002021"]),
        ("Joy (mother) 0712002023", ["+254712002023"]),
        ("256772123001", ["+256772123001"]),
        ("n/a", []),
        ("", []),
        ("12", []),
        ("0" * 5_000, []),
    ],
)
def test_every_number_in_a_text_is_found(text: str, numbers: list[str]) -> None:
    assert numbers_in(text, region="KE") == numbers
