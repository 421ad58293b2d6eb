"""Reads the cells of columns of consent. Pure."""

import re
import unicodedata
from enum import Enum
from typing import Final

from services.consent.keywords import BUILT_IN, Keyword, compact
from services.imports.consent.columns import Sense


class Verdict(Enum):
    """The meaning of a cell. An UNKNOWN cell has no effect, and the import warns of it."""

    OPTED_OUT = "OPTED_OUT"
    NOT_OPTED_OUT = "NOT_OPTED_OUT"
    BLANK = "BLANK"
    UNKNOWN = "UNKNOWN"


def _set(words: str) -> frozenset[str]:
    return frozenset(map(compact, words.split(",")))


_YES: Final = _set(
    "yes, y, yeah, yep, true, t, x, on, checked, ticked, selected, enabled, oui, o, vrai, si, sí, s, verdadero, sim, "
    "verdadeiro, vero, ja, j, jawohl, wahr, waar, tak, prawda, ano, igen, da, jah, evet, e, doğru, ya, iya, "
    "benar, betul, "
    "opo, oo, ndiyo, ndio, kweli, haa, eeyyee, да, д, так, т, правда, истина, ναι, نعم, أجل, ہاں, جی ہاں, "
    "جی, हाँ, हां, हा, "
    "जी, जी हाँ, होय, হ্যাঁ, ஆம், అవును, ಹೌದು, അതെ, ඔව්, አዎ, አዎን, ኣወ, 是, 是的, 对, 真, はい, 有り, 예, 네, có, vâng, "
    "ใช่, כן"
)
_NO: Final = _set(
    "no, n, nope, false, f, off, unchecked, unticked, disabled, non, faux, falso, não, nein, falsch, nee, "
    "onwaar, nie, "
    "fałsz, ne, nem, nej, nei, hayır, h, yanlış, tidak, bukan, hindi, hapana, siyo, la, нет, н, ні, ложь, "
    "όχι, لا, كلا, نہیں, "
    "नहीं, नही, ना, না, இல்லை, కాదు, ಇಲ್ಲ, ഇല്ല, නැත, አይ, አይደለም, ኣይ, 否, 不, 不是, 假, いいえ, 無し, 아니요, 아니오, không, "
    ""
    "ไม่, ไม่ใช่, לא"
)
_OUT: Final = _set(
    "opted out, opts out, opt-out, opted-out of sms, sms opted out, unsubscribed, unsubscribes, unsubs, "
    "has unsubscribed, "
    "stopped, blocked, blacklisted, blacklist, blocklisted, blocklist, on blacklist, dnc, dnd, do not contact, "
    "do not text, do not sms, do not message, do not disturb, do not send, dont contact, dont text, no sms, "
    "no texts, "
    "no more texts, no messages, suppressed, revoked, withdrawn, withdrew, declined, refused, denied, "
    "rejected, objected, "
    "cancelled, canceled, removed, consent revoked, consent withdrawn, "
    "désabonné, désabonnée, désinscrit, désinscrite, résilié, refusé, refusée, bloqué, ne pas contacter, "
    "liste noire, "
    "dado de baja, dada de baja, de baja, desuscrito, desuscripto, cancelado, cancelada, bloqueado, "
    "bloqueada, rechazado, "
    "no contactar, lista negra, descadastrado, descadastrada, desinscrito, recusado, recusada, não contatar, "
    "abgemeldet, gekündigt, gesperrt, widersprochen, abgelehnt, nicht kontaktieren, disiscritto, "
    "disiscritta, annullato, "
    "revocato, uitgeschreven, afgemeld, geblokkeerd, wypisany, zrezygnował, zablokowany, "
    "отписан, отписана, отписался, отписалась, отказался, отказалась, заблокирован, не беспокоить, не писать, "
    "черный список, чёрный список, відписаний, відписана, відписався, відписалася, відмовився, заблоковано, "
    "amejitoa, amejiondoa, amekataa, amesitisha, iptal edildi, reddetti, abonelikten çıktı, berhenti berlangganan, "
    "ملغي, ألغى الاشتراك, ملغى الاشتراك, غير مشترك, محظور, 已退订, 已退訂, 已取消, 拒绝, 拒絕, 黑名单, 黑名單, "
    "解除済み, 配信停止中, 停止中, 拒否, 수신거부, 거부, 차단, 차단됨"
)
_IN: Final = _set(
    "active, subscribed, subscribes, opted in, opts in, opt-in, not opted out, not unsubscribed, never opted out, "
    "still subscribed, resubscribed, allowed, granted, accepted, confirmed, consented, consent given, "
    "agreed, permitted, "
    "abonné, abonnée, inscrit, inscrite, actif, active, accepté, activo, activa, suscrito, suscrita, "
    "suscripto, aceptado, "
    "ativo, ativa, inscrito, inscrita, aceito, aktiv, abonniert, angemeldet, eingewilligt, attivo, iscritto, actief, "
    "aangemeld, aktywny, zapisany, подписан, подписана, активен, активный, підписаний, підписана, активний, "
    "amejiunga, amekubali, abone, aktif, مشترك, نشط, 已订阅, 已訂閱, 订阅, 有效, 購読中, 구독, 구독중, 동의"
)
_WITHOUT_CONSENT: Final = _set(
    "not subscribed, not opted in, no consent, not consented, without consent, not allowed, not granted, "
    "not accepted, "
    "non abonné, non inscrit, no suscrito, sin consentimiento, não inscrito, sem consentimento, nicht abonniert, "
    "keine einwilligung, не подписан, нет согласия, не підписаний"
)
"""No in a column of consent. In another column, these cells can also mean that nobody asked the person."""
_BLANK: Final = _set("n/a, na, none, null, nil, nan, undefined, not set, not applicable, #n/a, empty, blank")

_SAID_OUT: Final = re.compile(
    "(?:OPTEDOUT|OPTOUT|UNSUBSCRIBED|DONOTCONTACT|DONOTTEXT|DONOTSMS|DONOTMESSAGE|BLACKLISTED|BLOCKLISTED)"
)
_NEGATED: Final = re.compile("NOT|NEVER|HASNT|DIDNT|ISNT|PENDING|NOPT|NOUNSUB")
_TICKS: Final = re.compile("[\u2713\u2714\u2705\u2611\u221a\U0001f5f8\U0001f5f9]")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,6})?")
_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_DATE: Final = re.compile(
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.](?:[0-9]{4}|[0-9]{2})|"
    rf"[0-9]{{1,2}}[ -](?:{_MONTHS})[a-z]*[ ,-]+[0-9]{{2,4}}|(?:{_MONTHS})[a-z]*[ .]+[0-9]{{1,2}},? +[0-9]{{4}}|"
    r"[0-9]{8}|[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日)"
    r"(?:[T, ]+[0-9]{1,2}[:.][0-9]{2}(?:[:.][0-9]{2}(?:[.,][0-9]+)?)?(?: ?[ap]\.?m\.?)?)?"
    r"(?: ?(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}))?",
    re.IGNORECASE,
)
_NO_DATE: Final = re.compile(r"0000|1899|1900|1970[-/.]0?1[-/.]0?1|0?1[-/.]0?1[-/.](?:1970|70)")
_SERIAL_DAYS: Final = range(25_569, 80_000)
"""Days since 1899-12-30 by which spreadsheets store the dates from 1970 to 2119."""
_SECONDS: Final = range(10**9, 5 * 10**9)
_PART: Final = re.compile(r"\s*[\u2013\u2014,:;(|/\[]\s*|\s+-+\s*|\s*-+\s+")
_LEADING_TO_DATE: Final = re.compile(
    r"[\s,:(\-\u2013]*(?:on|at|since|as of|le|el|am|em|seit|с|от)?[\s:(]*$", re.IGNORECASE
)


def verdict(text: str, sense: Sense) -> Verdict:
    """Returns what a cell says in a column with this sense."""
    plain = unicodedata.normalize("NFKC", text).strip(" \t\r\n\v\f'\"`=\u00a0\u200b\ufeff\u2018\u2019\u201c\u201d")
    if not plain:
        return Verdict.BLANK
    letters = compact(plain)
    if not letters:
        return _of_signs(plain, sense)
    known = _of_number_or_date(plain, sense) or _of_words(letters, sense)
    if known is not None:
        return known
    for part in (_without_date(plain), _PART.split(plain, maxsplit=1)[0]):
        # The rest of the cell is a remark. It can change a no, but a yes stays one.
        if part != plain and _of_words(compact(part), sense) is Verdict.OPTED_OUT:
            return Verdict.OPTED_OUT
    if _SAID_OUT.search(letters) and not _NEGATED.search(letters):
        return Verdict.OPTED_OUT
    return Verdict.UNKNOWN


def _of_signs(plain: str, sense: Sense) -> Verdict:
    if _TICKS.search(plain):
        return _of_yes(sense)
    return Verdict.UNKNOWN if any(sign in plain for sign in "?\u2717\u2718\u274c\u2612\u2716") else Verdict.BLANK


def _of_number_or_date(plain: str, sense: Sense) -> Verdict | None:
    if _NUMBER.fullmatch(plain):
        value = float(plain.replace(",", "."))
        if value in (0, 1):
            return _of_yes(sense) if value else _of_no(sense)
        if int(value) in _SERIAL_DAYS or int(value) in _SECONDS or int(value) // 1000 in _SECONDS:
            return _of_date(sense)
    if _DATE.fullmatch(plain):
        return Verdict.BLANK if _NO_DATE.search(plain) else _of_date(sense)
    return None


def _of_words(letters: str, sense: Sense) -> Verdict | None:
    if letters in _OUT or BUILT_IN.get(letters) is Keyword.STOP:
        return Verdict.OPTED_OUT
    if letters in _IN or BUILT_IN.get(letters) is Keyword.START:
        return Verdict.NOT_OPTED_OUT
    if letters in _BLANK:
        return Verdict.BLANK
    if letters in _YES:
        return _of_yes(sense)
    if letters in _NO:
        return _of_no(sense)
    if letters in _WITHOUT_CONSENT and sense is Sense.CONSENT:
        return Verdict.OPTED_OUT
    return None


def _of_yes(sense: Sense) -> Verdict:
    return {Sense.OPT_OUT: Verdict.OPTED_OUT, Sense.CONSENT: Verdict.NOT_OPTED_OUT}.get(sense, Verdict.UNKNOWN)


def _of_no(sense: Sense) -> Verdict:
    return {Sense.OPT_OUT: Verdict.NOT_OPTED_OUT, Sense.CONSENT: Verdict.OPTED_OUT}.get(sense, Verdict.UNKNOWN)


def _of_date(sense: Sense) -> Verdict:
    """Returns what a date says: when the person opted out, or consented."""
    return Verdict.OPTED_OUT if sense is Sense.OPT_OUT else Verdict.NOT_OPTED_OUT


def _without_date(plain: str) -> str:
    """Returns the text before a date: "Unsubscribed" of "Unsubscribed on 2024-03-01"."""
    found = _DATE.search(plain)
    return plain if found is None else _LEADING_TO_DATE.sub("", plain[: found.start()])
