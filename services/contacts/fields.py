"""The fields of a contact that clients write, in one table. All lists of these fields are derived from it.

A new field also needs a column (models/contact.py and a migration), its GraphQL fields (schema/types/contact.py and
schema/inputs/contact.py), and its words in docs/imports.md. A test compares them with the table.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ContactField:
    """A field of a contact.

    - `name` names the column, the target of an import, and the exported column.
    - `kind` is the column's type on PostgreSQL.
    - `limit` is the maximum number of characters; None if the field has other rules.
    - `headers` lists the headers that name the field in imported files, separated by commas. Headers before a semicolon
      have precedence over those after it. Without headers, a mapping can't name the field either.
    - `export_column` is the position of its column in exported files; None if the file has no such column.
    """

    name: str
    kind: str = "text"
    limit: int | None = None
    is_multiline: bool = False
    headers: str = ""
    export_column: int | None = None

    @property
    def graphql_name(self) -> str:
        first, *rest = self.name.split("_")
        return first + "".join(word.capitalize() for word in rest)


# Errors of a contact are reported in this order. Of headers, case, accents, spaces and punctuation are ignored. The
# lists cover English, French, Spanish, Portuguese and Swahili, and the exports of Google Contacts, Outlook, HubSpot,
# Mailchimp, Brevo, Salesforce, Facebook and Muster.
FIELDS: Final = (
    ContactField(
        "first_name",
        limit=200,
        export_column=1,
        headers="first name, firstname, fname, given name, forename, contact first name, prénom, prénoms, "
        "primer nombre, nombre de pila, nombres, primeiro nome, nome próprio, jina la kwanza",
    ),
    ContactField(
        "last_name",
        limit=200,
        export_column=2,
        headers="last name, lastname, lname, surname, family name, contact last name, nom de famille, nom famille, "
        "apellido, apellidos, primer apellido, apelido, apelidos, sobrenome, último nome, jina la mwisho, "
        "jina la ukoo, jina la familia",
    ),
    ContactField(
        "name",
        limit=200,
        export_column=8,
        headers="name, full name, fullname, full names, names, contact name, contact names, customer name, "
        "customer names, client name, client names, display name, contact, contacts, "
        "contacto, contato, customer, client, member name, "
        "nom complet, nom et prénom, nom et prénoms, nom prénom, "
        "nom du contact, nom du client, nombre completo, nombre y apellido, nombre y apellidos, "
        "nombre del cliente, nome completo, nome e apelido, nome e sobrenome, nome do cliente, "
        "nome do contacto, jina, jina kamili, majina, jina la mteja",
    ),
    ContactField(
        "phone",
        export_column=3,
        headers="mobile, mobile phone, mobile number, mobile no, mobile phone number, primary mobile, mob, mob no, "
        "cell, cellphone, cell phone, cell number, cellular, cellular phone, gsm, msisdn, sms, sms number, "
        "sms phone, sms phone number, portable, tel portable, téléphone portable, téléphone mobile, "
        "tel mobile, numéro mobile, numéro de mobile, numéro portable, n portable, móvil, teléfono móvil, "
        "tel móvil, número móvil, número de móvil, celular, número celular, número de celular, "
        "teléfono celular, tel celular, telemóvel, nº telemóvel, número de telemóvel, telefone celular, "
        "telefone móvel, móvel, simu ya mkononi, simu ya mkono, rununu, namba ya simu ya mkononi; "
        "whatsapp, whatsapp number, whatsapp phone, whatsapp phone number, whatsapp no, numéro whatsapp, "
        "número de whatsapp, número whatsapp, namba ya whatsapp, wa number; "
        "phone, phone number, phone no, phonenumber, phone 1, phone 1 value, phone1, primary phone, "
        "main phone, contact number, contact phone, contact no, contact phone number, number, telephone, "
        "telephone number, telephone no, tel, tel no, tel number, telno, work phone number, customer phone, "
        "client phone, recipient, recipient phone, e164, téléphone, numéro, numéro de téléphone, "
        "numéro téléphone, no de téléphone, n de téléphone, num, num tel, numéro de tel, no tél, "
        "contact téléphonique, teléfono, número, número de teléfono, número teléfono, nº de teléfono, "
        "telefone, telefono, nº de telefone, número de telefone, número do telefone, nº telefone, "
        "contacto telefónico, contato telefônico, fone, telefone 1, simu, namba ya simu, nambari ya simu, "
        "nambari, namba, simu namba, namba za simu; "
        "phone 2, phone 2 value, phone2, phone 3 value, phone 3, other phone, alternate phone, "
        "alternative phone, alt phone, second phone, secondary phone, car phone, autre téléphone, "
        "otro teléfono, outro telefone, telefone 2, simu nyingine; "
        "home phone, home phone 2, home number, home telephone, téléphone domicile, téléphone personnel, "
        "domicile, teléfono casa, teléfono particular, teléfono fijo, telefone residencial, telefone fixo, "
        "simu ya nyumbani; "
        "business phone, business phone 2, work phone, work number, office phone, company main phone, "
        "company phone, téléphone professionnel, téléphone bureau, téléphone travail, teléfono trabajo, "
        "teléfono del trabajo, telefone comercial, telefone do trabalho, simu ya kazi, simu ya ofisi",
    ),
    ContactField(
        "email",
        limit=254,
        export_column=4,
        headers="email, e-mail, mail, email address, e-mail address, email id, primary email, work email, "
        "email 1 value, e-mail 1 value, e-mail 1 address, email 2 value, e-mail 2 value, e-mail 2 address, "
        "e-mail 3 address, contact email, courriel, adresse email, adresse e-mail, adresse électronique, "
        "adresse mail, correo, correo electrónico, dirección de correo, dirección de correo electrónico, "
        "correio eletrónico, correio eletrônico, correio electrónico, endereço de email, endereço de e-mail, "
        "barua pepe, anwani ya barua pepe",
    ),
    ContactField(
        "company_name",
        limit=200,
        export_column=7,
        headers="company, company name, organization, organisation, organization name, organization 1 name, "
        "organisation name, account name, associated company, business, business name, employer, société, "
        "entreprise, nom de la société, nom de l'entreprise, empresa, compañía, nombre de la empresa, "
        "organización, companhia, nome da empresa, organização, kampuni, shirika, jina la kampuni",
    ),
    ContactField(
        "notes",
        limit=10_000,
        is_multiline=True,
        export_column=6,
        headers="notes, note, comment, comments, remarks, remark, description, notes and comments, remarque, "
        "remarques, commentaire, commentaires, observations, nota, notas, comentario, comentarios, "
        "observación, observaciones, comentário, comentários, observação, observações, obs, maelezo, maoni, "
        "kumbukumbu",
    ),
    ContactField(
        "tags",
        kind="text[]",
        export_column=5,
        headers="tags, tag, labels, label, groups, group, group membership, categories, category, segments, segment, "
        "étiquettes, étiquette, libellés, catégorie, catégories, groupe, groupes, etiquetas, etiqueta, "
        "categoría, categorías, grupo, grupos, categoria, categorias, marcadores, lebo, vikundi, kundi",
    ),
    ContactField("custom_variables", kind="jsonb"),
    ContactField(
        "external_id",
        limit=200,
        export_column=9,
        headers="external id, externalid, ext id, record id, contact id, lead id, customer id, client id, "
        "identifiant externe, id externe, id externo, id externa, id client, id cliente",
    ),
    ContactField(
        "sender_number",
        export_column=10,
        headers="sender number, sender, sender id, from number, numéro expéditeur, número remitente, "
        "número remetente, namba ya mtumaji",
    ),
)

COLUMNS: Final = {field.name: field.kind for field in FIELDS}
"""The columns with their PostgreSQL types."""
DETAILS: Final = tuple(name for name in COLUMNS if name != "phone")
"""The columns that a contact can lack."""
TEXTS: Final = tuple(name for name in DETAILS if COLUMNS[name] == "text")
MAX_LENGTHS: Final = {field.name: field.limit for field in FIELDS if field.limit is not None}
MULTILINE: Final = frozenset(field.name for field in FIELDS if field.is_multiline)
GRAPHQL_NAMES: Final = {field.name: field.graphql_name for field in FIELDS}
IMPORTED: Final = tuple(field.name for field in FIELDS if field.headers)
EXPORTED: Final = tuple(
    name for _, name in sorted((field.export_column, field.name) for field in FIELDS if field.export_column)
)
"""The columns of exported files, in order."""

MAX_TAGS: Final = 50
MAX_TAG_LENGTH: Final = 64
MAX_VARIABLES: Final = 100
MAX_LABEL_LENGTH: Final = 100
MAX_VARIABLE_LENGTH: Final = 2_000
MAX_TAGS_LENGTH: Final = MAX_TAGS * MAX_TAG_LENGTH
"""The most characters of a contact's tags together."""
MAX_VARIABLES_LENGTH: Final = MAX_VARIABLES * (MAX_LABEL_LENGTH + MAX_VARIABLE_LENGTH)
"""The most characters of a contact's custom variables together."""
