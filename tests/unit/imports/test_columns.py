"""Columns are recognized by their headers, as programs and people write them."""

import pytest

from services.imports.columns import Columns, MappingEntry, assign, field_problem
from services.imports.dialects import Dialect
from services.imports.errors import FileUnreadable
from services.imports.record_splitting import Records


def assigned(*header: str, mapping: list[tuple[str, str]] | None = None) -> Columns:
    entries = [MappingEntry(named, None, field) for named, field in mapping or ()]
    return assign(Records("", Dialect(), header, tuple(() for _ in header), ()), entries)


def fields(*header: str, mapping: list[tuple[str, str]] | None = None) -> list[str | None]:
    return [column["field"] for column in assigned(*header, mapping=mapping).shown]


@pytest.mark.parametrize(
    "header",
    [
        "phone", "Phone", " PHONE ", "phone_number", "Phone Number", "PhoneNumber", "Phone No.", "Mobile",
        "mobile phone", "Mobile-Phone", "Cell", "Tel", "Tel.", "Telephone", "SMS", "WhatsApp", "WhatsApp number",
        "MSISDN",
        "Number", "Numéro", "numero", "Numéro de téléphone", "Téléphone", "TÉLÉPHONE PORTABLE", "Portable",
        "N° de téléphone",
        "Teléfono", "Teléfono móvil", "Número de celular", "Celular", "Móvil",
        "Telefone", "Telemóvel", "Número de telefone", "Telefone celular",
        "Simu", "Namba ya simu", "Nambari ya simu", "Simu ya mkononi",
        "Phone 1 - Value", "Primary Phone", "Home Phone", "Business Phone",
    ],
)  # fmt: skip
def test_a_phone_column_is_known_in_five_languages(header: str) -> None:
    assert fields(header) == ["phone"]


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("First Name", "first_name"), ("Prénom", "first_name"), ("Primer nombre", "first_name"),
        ("Primeiro nome", "first_name"), ("Jina la kwanza", "first_name"), ("Given Name", "first_name"),
        ("Surname", "last_name"), ("Nom de famille", "last_name"), ("Apellidos", "last_name"), ("Apelido", "last_name"),
        ("Sobrenome", "last_name"), ("Jina la ukoo", "last_name"), ("Family Name", "last_name"),
        ("Full name", "name"), ("Nom complet", "name"), ("Nombre completo", "name"), ("Jina kamili", "name"),
        ("Nom", "name"), ("Nome", "name"), ("Nombre", "name"), ("Jina", "name"),
        ("E-mail", "email"), ("E-mail 1 - Value", "email"), ("Courriel", "email"), ("Correo electrónico", "email"),
        ("Barua pepe", "email"), ("Adresse e-mail", "email"), ("Endereço de e-mail", "email"),
        ("Company", "company_name"), ("Account Name", "company_name"), ("Société", "company_name"),
        ("Empresa", "company_name"), ("Kampuni", "company_name"), ("Organization 1 - Name", "company_name"),
        ("Labels", "tags"), ("Étiquettes", "tags"), ("Etiquetas", "tags"), ("Categories", "tags"),
        ("Group Membership", "tags"),
        ("Notes", "notes"), ("Commentaires", "notes"), ("Observações", "notes"), ("Maelezo", "notes"),
        ("Record ID", "external_id"), ("EXT_ID", "external_id"), ("Contact ID", "external_id"),
        ("sender_number", "sender_number"),
        ("opt_out", "opt_out"), ("opted_out", "opt_out"), ("is_opted_out", "opt_out"), ("Unsubscribed", "opt_out"),
        ("SMS_BLACKLISTED", "opt_out"),
        ("custom:Favourite tea", "custom:Favourite tea"), ("Custom: Age ", "custom:Age"),
        ("EMAIL_BLACKLISTED", None), ("UNSUB_TIME", None), ("OPTIN_TIME", None), ("Business Fax", None),
        ("Pager", None), ("Phone 1 - Label", None), ("E-mail 1 - Label", None), ("status", None), ("created_at", None),
        ("Age", None),
        ("line", None), ("code", None), ("message", None), ("", None), ("custom:", None),
        ("custom:" + "x" * 101, None),
    ],
)  # fmt: skip
def test_a_column_is_what_its_header_says(header: str, field: str | None) -> None:
    assert fields("Phone", header) == ["phone", field]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("Nome", "Apelido", "Telemóvel"), ["first_name", "last_name", "phone"]),
        (("Nom", "Prénom", "Tel"), ["last_name", "first_name", "phone"]),
        (("Nombre", "Apellidos", "Móvil"), ["first_name", "last_name", "phone"]),
        (("Nom", "Tel"), ["name", "phone"]),
    ],
)
def test_a_word_means_what_its_neighbours_leave_to_it(header: tuple[str, ...], expected: list[str]) -> None:
    assert fields(*header) == expected


def test_phone_columns_are_looked_at_from_mobile_to_work() -> None:
    columns = assigned("Business Phone", "Home Phone", "Phone 2", "Phone", "WhatsApp", "Mobile", "Mobile phone")

    assert columns.places["phone"] == (5, 6, 4, 3, 2, 1, 0)


@pytest.mark.parametrize(
    "header",
    [
        *("Phone Number (WhatsApp)", "Phone - Mobile", "Mobile Numbers", "Primary Phone Number", "mobilePhoneNumber"),
        *("Phones / Primary Phone Number", "Phone 4 - Value", "Your phone number*", "Phone number (with country code)"),
        *(
            "WhatsApp No.",
            "Telephone Number(s)",
            "Tel. (Mobile)",
            "Num\u00e9ro de t\u00e9l\u00e9phone (WhatsApp)",
            "Cell #",
        ),
    ],
)
def test_a_phone_header_may_have_words_around_it(header: str) -> None:
    assert fields("Name", header) == ["name", "phone"]


@pytest.mark.parametrize(
    "header",
    ["Phone Type", "Phone Carrier", "Emergency contact phone", "Do not phone", "Phone verified"],
)  # fmt: skip
def test_a_header_with_other_words_is_no_phone(header: str) -> None:
    assert fields("Phone", header) == ["phone", None]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (("Surname", "Other Names", "Phone"), ["last_name", "first_name", "phone"]),
        (("First Name", "Other Names", "Phone"), ["first_name", "last_name", "phone"]),
        (("First Name", "Last Name", "Other Names", "Phone"), ["first_name", "last_name", None, "phone"]),
        (("Full Names", "Phone"), ["name", "phone"]),
        (("Names", "Phone"), ["name", "phone"]),
        (("Other Names", "Phone"), ["name", "phone"]),
        (("Pays", "Indicatif", "Tel"), ["country", "calling_code", "phone"]),
        (("Phones / Primary Phone Calling Code", "lists", "owner_email", "Assignee e-mail", "Tel"),
         ["calling_code", "lists", "owner_email", "assignee_email", "phone"]),
    ],
)  # fmt: skip
def test_names_countries_and_links_are_known(header: tuple[str, ...], expected: list[str | None]) -> None:
    assert fields(*header) == expected


def test_of_a_mapped_field_the_columns_that_are_not_mapped_are_left_out() -> None:
    mapping = [("Reach at", "phone"), ("name", "ignore"), (" EMAIL", "custom:Mail")]

    assert fields("Phone", "Reach at", "Name", "Email", mapping=mapping) == [None, "phone", None, "custom:Mail"]


def test_a_file_without_a_phone_column_is_told_of_its_headers() -> None:
    with pytest.raises(FileUnreadable) as raised:
        assigned("Name", "", "Age")

    assert raised.value.message == (
        "No column is recognized as phone numbers. The columns are: Name, (blank), Age. "
        "Name the column with phone numbers in mapping."
    )


def test_what_a_column_can_be_mapped_to() -> None:
    assert field_problem("phone") is field_problem("ignore") is field_problem("custom:A b") is None
    assert field_problem("Phone") == (
        "'Phone' is not a field. Use one of first_name, last_name, name, phone, email, company_name, notes, tags, "
        "external_id, sender_number, opt_out, country, calling_code, lists, owner_email, assignee_email, "
        "custom:<label> or ignore."
    )
    assert field_problem("custom: ") == field_problem("custom:" + "x" * 101)
