"""Reads the country of a number from text: an ISO code, a name in any language that libphonenumber knows, or a code."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib import import_module
from typing import Final

from services.phones.numbering_plan import is_region, main_region_of

_ALPHA_3: Final = """
    ABW AW AFG AF AGO AO AIA AI ALA AX ALB AL AND AD ARE AE ARG AR ARM AM ASM AS ATG AG AUS AU AUT AT AZE AZ BDI BI
    BEL BE BEN BJ BES BQ BFA BF BGD BD BGR BG BHR BH BHS BS BIH BA BLM BL BLR BY BLZ BZ BMU BM BOL BO BRA BR BRB BB
    BRN BN BTN BT BWA BW CAF CF CAN CA CCK CC CHE CH CHL CL CHN CN CIV CI CMR CM COD CD COG CG COK CK COL CO COM KM
    CPV CV CRI CR CUB CU CUW CW CXR CX CYM KY CYP CY CZE CZ DEU DE DJI DJ DMA DM DNK DK DOM DO DZA DZ ECU EC EGY EG
    ERI ER ESH EH ESP ES EST EE ETH ET FIN FI FJI FJ FLK FK FRA FR FRO FO FSM FM GAB GA GBR GB GEO GE GGY GG GHA GH
    GIB GI GIN GN GLP GP GMB GM GNB GW GNQ GQ GRC GR GRD GD GRL GL GTM GT GUF GF GUM GU GUY GY HKG HK HND HN HRV HR
    HTI HT HUN HU IDN ID IMN IM IND IN IOT IO IRL IE IRN IR IRQ IQ ISL IS ISR IL ITA IT JAM JM JEY JE JOR JO JPN JP
    KAZ KZ KEN KE KGZ KG KHM KH KIR KI KNA KN KOR KR KWT KW LAO LA LBN LB LBR LR LBY LY LCA LC LIE LI LKA LK LSO LS
    LTU LT LUX LU LVA LV MAC MO MAF MF MAR MA MCO MC MDA MD MDG MG MDV MV MEX MX MHL MH MKD MK MLI ML MLT MT MMR MM
    MNE ME MNG MN MNP MP MOZ MZ MRT MR MSR MS MTQ MQ MUS MU MWI MW MYS MY MYT YT NAM NA NCL NC NER NE NFK NF NGA NG
    NIC NI NIU NU NLD NL NOR NO NPL NP NRU NR NZL NZ OMN OM PAK PK PAN PA PER PE PHL PH PLW PW PNG PG POL PL PRI PR
    PRK KP PRT PT PRY PY PSE PS PYF PF QAT QA REU RE ROU RO RUS RU RWA RW SAU SA SDN SD SEN SN SGP SG SHN SH SJM SJ
    SLB SB SLE SL SLV SV SMR SM SOM SO SPM PM SRB RS SSD SS STP ST SUR SR SVK SK SVN SI SWE SE SWZ SZ SXM SX SYC SC
    SYR SY TCA TC TCD TD TGO TG THA TH TJK TJ TKL TK TKM TM TLS TL TON TO TTO TT TUN TN TUR TR TUV TV TWN TW TZA TZ
    UGA UG UKR UA URY UY USA US UZB UZ VAT VA VCT VC VEN VE VGB VG VIR VI VNM VN VUT VU WLF WF WSM WS YEM YE ZAF ZA
    ZMB ZM ZWE ZW
"""
# Names that libphonenumber's data lacks: present names, short names and those of Swahili.
_OTHER_NAMES: Final = """
    GB UK|GB Great Britain|GB Britain|GB England|GB Scotland|GB Wales|GB Northern Ireland|GB Uingereza|US U.S.
    US United States of America|US America|US Marekani|US EUA|US EEUU|US EE.UU.|AE UAE|AE Emirates|CD DRC|CD DR Congo
    CD RDC|CD RD Congo|CD Congo DR|CD Congo Kinshasa|CD Congo Democratic|CD Jamhuri ya Kidemokrasia ya Kongo
    CG Congo Brazzaville|CG Kongo|CI Ivory Coast|CI Cote d'Ivoire|SZ Eswatini|SZ eSwatini|SZ Swatini|MK North Macedonia
    MK Macedonia del Norte|MK Macédoine du Nord|MK Macedônia do Norte|CZ Czechia|CZ Tchéquie|CZ Chéquia|TR Türkiye
    KR Korea South|KP Korea North|KR Korea Republic of|RU Russian Federation|LA Lao PDR|VN Viet Nam
    SY Syrian Arab Republic
    IR Iran Islamic Republic of|SS Sudan South|SS Soudan du Sud|SS Sudão do Sul|SS Sudan Kusini
    XK Kosovo|MM Burma
    TL Timor Leste|TL East Timor|PS Palestine|PS Palestina|ST Sao Tome and Principe|BO Bolivia Plurinational State of
    VE Venezuela Bolivarian Republic of|MD Moldova Republic of|GM The Gambia|NL Holland|NL The Netherlands
    BN Brunei Darussalam|CV Cabo Verde|FM Micronesia|MO Macau|HK Hong Kong SAR|TW Taiwan|VA Holy See|TZ Tanzânia
    ZA Afrika Kusini|ZA RSA|EG Misri|MZ Msumbiji|ET Uhabeshi|NG Nijeria|FR Ufaransa|DE Ujerumani|IN Uhindi|CN Uchina
    ES Uhispania|PT Ureno|RU Urusi|JP Japani|NL Uholanzi|BE Ubelgiji|CH Uswisi|CA Kanada|MX Meksiko|BR Brazili
    GR Ugiriki|SE Uswidi|MA Moroko|KM Komoro|MU Morisi|SC Shelisheli|MG Bukini|SA Saudia|KE Kenia|KE Quênia|ZW Zimbábue
"""
_FILLERS: Final = frozenset(
    "the of and republic federal united kingdom state states people s democratic islamic arab "
    "la le les l el los du de des d da do republique republica federative et e y jamhuri ya muungano wa".split()
)
_WORD: Final = re.compile(r"[^\W\d_]+")
_DIGITS: Final = re.compile(r"\+?\s*(?:00)?([1-9][0-9 ()-]*)")
_FIRST_FLAG_LETTER: Final = 0x1F1E6
_FLAG_LETTERS: Final = {_FIRST_FLAG_LETTER + place: chr(ord("A") + place) for place in range(26)}


@lru_cache(maxsize=4096)
def country_in(text: str) -> str | None:
    """Returns the region of a cell such as KE, KEN, Kenya, Tanzanie, `Kenya (KE)`, +256 or 256; None if it names none.

    Of a calling code that several regions share, the main region is returned.
    """
    text = unicodedata.normalize("NFKC", text.translate(_FLAG_LETTERS)).strip()
    code = text.replace(".", "").upper()
    if is_region(code) or (code := _alpha_3().get(code, "")):
        return code
    names = _names()
    for key in (_key(text), _plain_key(text)):
        if key in names:
            return names[key]
    pieces = [piece for piece in re.split(r"[()\[\],;/|+:-]+", text) if piece.strip()]
    regions = {_region_of_piece(piece.strip(), names) for piece in pieces}
    if len(pieces) > 1 and len(known := regions - {None}) == 1 and "" not in known:
        return known.pop()
    return _region_of_code(text)


def _region_of_piece(piece: str, names: dict[str, str]) -> str | None:
    if is_region(piece):
        return piece
    return names.get(_key(piece)) or _region_of_code(piece)


def _region_of_code(text: str) -> str | None:
    """Returns the main region of a calling code such as +256, 00256, 256 or 1-868."""
    match = _DIGITS.fullmatch(text)
    if match is None:
        return None
    digits = "".join(filter(str.isdigit, match[1]))
    return main_region_of(digits)


@cache
def _alpha_3() -> dict[str, str]:
    codes = iter(_ALPHA_3.split())
    return dict(zip(codes, codes, strict=True))


@cache
def _names() -> dict[str, str]:
    """Returns the regions by the keys of their names. A name of several regions is none."""
    names = {key: region for region, name in _other_names() for key in (_key(name), _plain_key(name))}
    found: dict[str, set[str]] = {}
    for region, name in _library_names():
        for key in {_key(name), _plain_key(name)}:
            found.setdefault(key, set()).add(region)
    return {key: regions.pop() for key, regions in found.items() if key and len(regions) == 1} | names


def _other_names() -> Iterator[tuple[str, str]]:
    for entry in re.split(r"[|\n]", _OTHER_NAMES):
        if entry.strip():
            region, name = entry.strip().split(" ", 1)
            yield region, name


def _library_names() -> Iterator[tuple[str, str]]:
    # Imported on first use: the data is large, and few files name countries.
    data = import_module("phonenumbers.geodata.locale").LOCALE_DATA
    for region, by_language in data.items():
        if is_region(region):
            for name in by_language.values():
                if not name.startswith("*"):
                    yield region, name


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return _WORD.findall("".join(character for character in plain if not unicodedata.combining(character)))


def _key(text: str) -> str:
    return "".join(_words(text))


def _plain_key(text: str) -> str:
    """Returns the key of `Tanzania, United Republic of`: the telling words in alphabetical order."""
    words = _words(text)
    telling = [word for word in words if word not in _FILLERS]
    if not telling:
        return ""
    return "".join(sorted([*telling, *(word for word in words if word == "democratic")]))
