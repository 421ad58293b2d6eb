"""The allowed values of a contact's fields."""

from typing import Any

from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given, settings, strategies as st

from services.contacts.normalization import normalized
from services.phones.numbers import PhonePolicy

parts = st.text(alphabet="abzAZ09._+-' é", max_size=70)
domains = st.sampled_from(["example.com", "Mail.Example.ORG", "bücher.de", "xn--bcher-kva.de", "a.test", "x", "a..b"])


def kept(email: str) -> Any:
    values, _ = normalized({"email": email}, region=None, policy=PhonePolicy.POSSIBLE)
    return values.get("email")


def by_library(email: str) -> str | None:
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        return None


@settings(max_examples=500)
@given(st.builds(lambda local, domain: f"{local}@{domain}", parts, domains | parts) | st.emails())
@example("INFO@example.com")
@example("Info.Desk@example.com")
@example("a@" + "b" * 63 + "." + "c" * 63 + "." + "d" * 63 + "." + "e" * 60 + ".com")
@example("a" * 64 + "@example.com")
@example("a" * 65 + "@example.com")
@example("xn--a@example.com")
def test_an_email_is_kept_as_the_library_normalizes_it(email: str) -> None:
    assert kept(email) == by_library(email)
