"""Columns of consent are recognized by their headers, and their cells are read in the sense of the column."""

import pytest

from services.imports.consent.columns import Sense, looks_like_consent, sense_of
from services.imports.consent.values import Verdict, verdict

OPT_OUT = """
Opt_Out__c|SMS_Opt_Out__c|hs_sms_opt_out
Opt out|Opt-out|Opted Out|OPTED_OUT|optOut|OptedOut|is_opted_out|Unsubscribed|unsubscribed_at
Is Unsubscribed|SMS Opt Out|SMS opt-out|sms_opt_out|SmsOptOut|SMS_BLACKLISTED|SMS Unsubscribed
Unsubscribe date|Unsubscribed (SMS)|Unsubscribed from SMS|HasOptedOutOfSms|Has opted out of SMS
Opted out of texts|Text opt out|Texting Opt-Out|Mobile opt-out|Message opt out|Do not text|Do Not Contact
Do-not-SMS|Don't text|DNC|Do not send SMS|No SMS|STOP SMS|contact[optOut]|Contact Opt Out|Opt-Out Date
Opted out at|Opt out (yes/no)|Opted-out?|Opt Out Status|Blacklist|Blacklisted|Blocklisted|Suppressed
Désabonné|Désabonnée|Désinscrit|Ne pas contacter|Liste noire|Dado de baja|Fecha de baja|Desuscrito
No contactar|Descadastrado|Não contatar|Abgemeldet|Nicht kontaktieren|Werbesperre|Disiscritto
Uitgeschreven|Amejitoa|Отписан|отписался|Не беспокоить|Чёрный список|Відписаний|退订|拒收短信|配信停止
수신거부|إلغاء الاشتراك|Marketing opt-out
"""
CONSENT = """
Consent to be texted
SMS Consent|sms_consent|SMSConsent|SMS Consent Timestamp|Accepts SMS Marketing|SMS Opt In|Text opt in
SMS Marketing Consent|Text permission|OK to text|Receives SMS|SMS allowed|Allow SMS|Consent to SMS
согласие на sms|Subscribed to SMS
"""
STATEMENT = """
Subscription status|SMS Subscription Status|Subscribed|consent|Opt-in|opted_in|SMS status|smsStatus
Marketing consent
"""
LEFT_OUT = """
Status|Marketing status|Contact status|STOP|Stopped|Email Opt Out|Unsubscribed from all email
EMAIL_BLACKLISTED|Email Consent|Accepts Email Marketing|WhatsApp opt out|WHATSAPP_BLACKLISTED|UNSUB_TIME
Do Not Call|Phone Opt Out|Opt-out reason|Unsubscribe link|Newsletter subscription|GDPR consent|Blocked
DND|Do not disturb|OPTIN_TIME|statut|Estado
"""
ORDINARY = "Name|Mobile|SMS|Phone|Notes|Tags|Options|Optician|Adoption date|Town|Stopwatch|Company|Text|Message|Date|"


def headers(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize(
    ("text", "sense"), [(OPT_OUT, Sense.OPT_OUT), (CONSENT, Sense.CONSENT), (STATEMENT, Sense.STATEMENT)]
)
def test_a_header_that_can_only_mean_consent_has_a_sense(text: str, sense: Sense) -> None:
    assert {header: sense_of(header) for header in headers(text)} == dict.fromkeys(headers(text), sense)


def test_a_header_that_looks_like_consent_and_may_mean_something_else_has_none() -> None:
    assert [header for header in headers(LEFT_OUT) if sense_of(header) is not None] == []
    assert [header for header in headers(LEFT_OUT) if not looks_like_consent(header)] == []


def test_other_headers_do_not_look_like_consent() -> None:
    assert [header for header in headers(ORDINARY) if sense_of(header) or looks_like_consent(header)] == []


YES = """
Yes|YES |y|1|1.0|01|TRUE|true|T|x|X|[x]|on|✓|✔|☑|Oui|o|si|Sí|Sim|Ja|j|da|да|Да|так|Tak|ndiyo|evet|نعم|हाँ
हां|是|はい|예|có|ใช่|'TRUE|=TRUE()|="Yes"|"Yes"|Yes.|yes!|yes - by phone|Yes (2024)|Y, called
Yes 2024-03-01|checked|wahr|vrai|verdadero
"""
NO = """
No|NO |n|0|0.0|00|FALSE|f|off|non|Nein|nie|нет|ні|não|hapana|hayır|لا|नहीं|否|いいえ|아니요|không
=FALSE()|'FALSE|falsch
"""
DATES = """
2024-03-01|2024-03-01T10:00:00Z|2024-03-01 10:00:00|2024-03-01T10:00:00+03:00|01/03/2024|3/1/24|1.3.2024
01-03-2024|1 March 2024|01-Mar-2024|Mar 1, 2024|20240301|45352|45352.5|1709251200|1709251200000
2024/03/01 10:00 AM|2024年3月1日
"""
SAID_OUT = """
Opted out|opted-out|OPTED_OUT|OptedOut|Opt-out|Unsubscribed|unsub|STOP|stopped|Stop all|REVOKE|Cancel
Do not contact|DNC|do not text|blacklisted|Blocked|revoked|withdrawn|declined|Suppressed|Désabonné
Dado de baja|cancelado|Descadastrado|Abgemeldet|отписан|Отписался|відписаний|amejitoa|退订|수신거부
Unsubscribed on 2024-03-01|Opted out - by phone|customer has opted out|STOP (2024-03-01)
"""
SAID_IN = (
    "active|Subscribed|Opted in|opt-in|not opted out|Not unsubscribed|abonné|suscrito|inscrito|abonniert|подписан|START"
)
BLANK = "-|--|N/A|n/a|none|NULL|#N/A|[ ]|☐|0000-00-00|1970-01-01| |\u00a0|.|''"
UNKNOWN = """
maybe|?|2|never|Never subscribed|NEVER_SUBSCRIBED|Pending|cleaned|inactive|yes please
has not opted out yet|❌|tak!no
"""


def verdicts(text: str, sense: Sense) -> dict[str, Verdict]:
    return {cell: verdict(cell, sense) for cell in headers(text)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (YES, (Verdict.OPTED_OUT, None, None)),
        (NO, (Verdict.NOT_OPTED_OUT, Verdict.OPTED_OUT, Verdict.UNKNOWN)),
        (DATES, (Verdict.OPTED_OUT, Verdict.NOT_OPTED_OUT, Verdict.NOT_OPTED_OUT)),
        (SAID_OUT, (Verdict.OPTED_OUT,) * 3),
        (SAID_IN, (Verdict.NOT_OPTED_OUT,) * 3),
        (UNKNOWN, (Verdict.UNKNOWN,) * 3),
    ],
)
def test_a_cell_is_read_in_the_sense_of_its_column(text: str, expected: tuple[Verdict | None, ...]) -> None:
    for sense, wanted in zip((Sense.OPT_OUT, Sense.CONSENT, Sense.STATEMENT), expected, strict=True):
        if wanted is not None:
            assert verdicts(text, sense) == dict.fromkeys(headers(text), wanted)


def test_a_plain_yes_is_no_opt_out_in_a_column_of_consent() -> None:
    assert set(verdicts(YES, Sense.CONSENT).values()) == {Verdict.NOT_OPTED_OUT, Verdict.UNKNOWN}
    assert set(verdicts(YES, Sense.STATEMENT).values()) == {Verdict.UNKNOWN}
    assert verdict("yes", Sense.CONSENT) is Verdict.NOT_OPTED_OUT
    assert verdict("not subscribed", Sense.CONSENT) is Verdict.OPTED_OUT
    assert verdict("not subscribed", Sense.OPT_OUT) is Verdict.UNKNOWN


@pytest.mark.parametrize("sense", Sense)
def test_a_placeholder_says_nothing(sense: Sense) -> None:
    assert {cell: verdict(cell, sense) for cell in BLANK.split("|")} == dict.fromkeys(BLANK.split("|"), Verdict.BLANK)
