"""Maps column headers of other programs, in five languages, to contact fields."""

import unicodedata
from functools import cache
from typing import Final

CUSTOM: Final = "custom:"
IGNORE: Final = "ignore"
FIELDS: Final = (
    "first_name",
    "last_name",
    "name",
    "phone",
    "email",
    "company_name",
    "tags",
    "notes",
    "external_id",
    "sender_number",
    "opt_out",
)

# In order of precedence: the first of a row's cells that is not blank is its number. Case, accents, spaces and
# punctuation are ignored. The lists cover English, French, Spanish, Portuguese and Swahili, and the exports of Google
# Contacts, Outlook, HubSpot, Mailchimp, Brevo, Salesforce, Facebook and Muster.
_PHONES: Final = (
    "mobile, mobile phone, mobile number, mobile no, mobile phone number, primary mobile, mob, mob no, cell, "
    "cellphone, cell phone, cell number, cellular, cellular phone, gsm, msisdn, sms, sms number, sms phone, "
    "sms phone number, portable, tel portable, téléphone portable, téléphone mobile, tel mobile, "
    "numéro mobile, numéro de mobile, numéro portable, n portable, "
    "móvil, teléfono móvil, tel móvil, número móvil, número de móvil, celular, "
    "número celular, número de celular, teléfono celular, tel celular, telemóvel, nº telemóvel, número de telemóvel, "
    "telefone celular, telefone móvel, móvel, simu ya mkononi, simu ya mkono, rununu, namba ya simu ya mkononi",
    "whatsapp, whatsapp number, whatsapp phone, whatsapp phone number, whatsapp no, numéro whatsapp, "
    "número de whatsapp, número whatsapp, namba ya whatsapp, wa number",
    "phone, phone number, phone no, phonenumber, phone 1, phone 1 value, phone1, primary phone, main phone, "
    "contact number, contact phone, contact no, contact phone number, number, telephone, telephone number, "
    "telephone no, tel, tel no, tel number, telno, work phone number, customer phone, client phone, recipient, "
    "recipient phone, e164, téléphone, numéro, numéro de téléphone, numéro téléphone, no de téléphone, n de téléphone, "
    "num, num tel, numéro de tel, no tél, contact téléphonique, teléfono, número, número de teléfono, "
    "número teléfono, nº de teléfono, telefone, telefono, nº de telefone, número de telefone, número do telefone, "
    "nº telefone, contacto telefónico, contato telefônico, fone, telefone 1, simu, namba ya simu, nambari ya simu, "
    "nambari, namba, simu namba, namba za simu",
    "phone 2, phone 2 value, phone2, phone 3 value, phone 3, other phone, alternate phone, alternative phone, "
    "alt phone, second phone, secondary phone, car phone, autre téléphone, otro teléfono, outro telefone, telefone 2, "
    "simu nyingine",
    "home phone, home phone 2, home number, home telephone, téléphone domicile, téléphone personnel, domicile, "
    "teléfono casa, teléfono particular, teléfono fijo, telefone residencial, telefone fixo, simu ya nyumbani",
    "business phone, business phone 2, work phone, work number, office phone, company main phone, company phone, "
    "téléphone professionnel, téléphone bureau, téléphone travail, teléfono trabajo, teléfono del trabajo, "
    "telefone comercial, telefone do trabalho, simu ya kazi, simu ya ofisi",
)
_OTHERS: Final = {
    "first_name": "first name, firstname, fname, given name, forename, contact first name, prénom, prénoms, "
    "primer nombre, nombre de pila, nombres, primeiro nome, nome próprio, jina la kwanza",
    "last_name": "last name, lastname, lname, surname, family name, contact last name, nom de famille, nom famille, "
    "apellido, apellidos, primer apellido, apelido, apelidos, sobrenome, último nome, jina la mwisho, jina la ukoo, "
    "jina la familia",
    "name": "name, full name, fullname, contact name, customer name, client name, display name, contact, customer, "
    "client, member name, nom complet, nom et prénom, nom et prénoms, nom prénom, nom du contact, nom du client, "
    "nombre completo, nombre y apellido, nombre y apellidos, nombre del cliente, nome completo, nome e apelido, "
    "nome e sobrenome, nome do cliente, nome do contacto, jina, jina kamili, majina, jina la mteja",
    "email": "email, e-mail, mail, email address, e-mail address, email id, primary email, work email, "
    "email 1 value, e-mail 1 value, e-mail 1 address, email 2 value, e-mail 2 value, e-mail 2 address, "
    "e-mail 3 address, contact email, courriel, adresse email, adresse e-mail, adresse électronique, adresse mail, "
    "correo, correo electrónico, dirección de correo, dirección de correo electrónico, correio eletrónico, "
    "correio eletrônico, correio electrónico, endereço de email, endereço de e-mail, barua pepe, anwani ya barua pepe",
    "company_name": "company, company name, organization, organisation, organization name, organization 1 name, "
    "organisation name, account name, associated company, business, business name, employer, société, entreprise, "
    "nom de la société, nom de l'entreprise, empresa, compañía, nombre de la empresa, organización, companhia, "
    "nome da empresa, organização, kampuni, shirika, jina la kampuni",
    "tags": "tags, tag, labels, label, groups, group, group membership, categories, category, segments, segment, "
    "étiquettes, étiquette, libellés, catégorie, catégories, groupe, groupes, etiquetas, etiqueta, categoría, "
    "categorías, grupo, grupos, categoria, categorias, marcadores, lebo, vikundi, kundi",
    "notes": "notes, note, comment, comments, remarks, remark, description, notes and comments, remarque, remarques, "
    "commentaire, commentaires, observations, nota, notas, comentario, comentarios, observación, observaciones, "
    "comentário, comentários, observação, observações, obs, maelezo, maoni, kumbukumbu",
    "external_id": "external id, externalid, ext id, record id, contact id, lead id, customer id, client id, "
    "identifiant externe, id externe, id externo, id externa, id client, id cliente",
    "sender_number": "sender number, sender, sender id, from number, numéro expéditeur, número remitente, "
    "número remetente, namba ya mtumaji",
    "opt_out": "opt out, optout, opted out, is opted out, unsubscribed, sms blacklisted, sms_blacklisted",
}
# The meaning of these words depends on the language and on the other columns: see `by_neighbours`.
_NOM, _NOME, _NOMBRE = "nom", "nome", "nombre"


def key(header: str) -> str:
    """Returns a header without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFKD", header).casefold()
    return "".join(character for character in plain if character.isalnum())


@cache
def _known() -> dict[str, tuple[str, int]]:
    known = {key(name): (field, 0) for field, names in _OTHERS.items() for name in names.split(",")}
    for rank, names in enumerate(_PHONES):
        known |= {key(name): ("phone", rank) for name in names.split(",")}
    return known


def field_of(header: str) -> tuple[str, int] | None:
    """Returns the field that a header names and the precedence of its cells (0 is first), or None if it is unknown."""
    text = header.strip()
    if text[: len(CUSTOM)].lower() == CUSTOM and text[len(CUSTOM) :].strip():
        return CUSTOM + text[len(CUSTOM) :].strip(), 0
    found = key(header)
    return _known().get(found) or ({_NOM: ("name", 0), _NOME: ("name", 0), _NOMBRE: ("name", 0)}.get(found))


def by_neighbours(header: str, fields: set[str]) -> str | None:
    """Returns the field of `Nom`, `Nome` or `Nombre` in a file that has the given fields, or None.

    `Nom` in a file with first names is the last name. `Nome` and `Nombre` in a file with last names are the first name.
    """
    found = key(header)
    if found == _NOM and "first_name" in fields:
        return "last_name"
    if found in (_NOME, _NOMBRE, _NOM) and "last_name" in fields:
        return "first_name"
    return None
