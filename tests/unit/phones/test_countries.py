"""Countries are read from codes, from names in many languages, and from calling codes."""

import pytest

from services.phones.countries import country_in


@pytest.mark.parametrize(
    ("text", "region"),
    [
        *(("KE", "KE"), (" ke ", "KE"), ("KEN", "KE"), ("Kenya", "KE"), ("KENYA", "KE"), ("Kenia", "KE")),
        *(("Kenya (KE)", "KE"), ("KE - Kenya", "KE"), ("Kenya +254", "KE"), ("Republic of Kenya", "KE")),
        *(("\U0001f1f0\U0001f1ea", "KE"), ("Qu\u00eania", "KE")),
        *(("Uganda", "UG"), ("Ouganda", "UG"), ("\u0423\u0433\u0430\u043d\u0434\u0430", "UG"), ("Tanzanie", "TZ")),
        *(("Tanzania, United Republic of", "TZ"), ("United Republic of Tanzania", "TZ"), ("Afrika Kusini", "ZA")),
        *(("C\u00f4te d\u2019Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("Ivory Coast", "CI"), ("Costa do Marfim", "CI")),
        *(("DRC", "CD"), ("Democratic Republic of the Congo", "CD"), ("Congo, Democratic Republic of the", "CD")),
        *(("Congo", "CG"), ("USA", "US"), ("U.S.A.", "US"), ("United States of America", "US"), ("Marekani", "US")),
        *(("UK", "GB"), ("England", "GB"), ("Espa\u00f1a", "ES"), ("Dominican Republic", "DO"), ("Dominica", "DM")),
        *(("Niger", "NE"), ("Guinea-Bissau", "GW"), ("South Sudan", "SS"), ("Sudan", "SD"), ("The Gambia", "GM")),
        *(("+256", "UG"), ("256", "UG"), ("00256", "UG"), ("1", "US"), ("+1-868", "US"), ("44", "GB")),
        ("Uganda (+256)", "UG"),
    ],
)  # fmt: skip
def test_a_country_is_read_however_it_is_written(text: str, region: str) -> None:
    assert country_in(text) == region


@pytest.mark.parametrize(
    "text", ["", "-", "N/A", "Yes", "Nairobi", "Kenyan", "12345", "999", "KE, UG", "Ghana;Nigeria"]
)
def test_a_text_that_names_no_country_or_several_is_none(text: str) -> None:
    assert country_in(text) is None
