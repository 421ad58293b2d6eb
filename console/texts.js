// All texts of the console, by screen. Another language is another file with the same names.
import { counted, number } from "./base/format.js";

export const texts = {
  // ---------------------------------------------------------------- all screens
  cancel: "Cancel",
  clear: "Clear",
  close: "Close",
  dismiss: "Dismiss",
  integration: "Integration",
  loading: "Loading…",
  menu: "Menu",
  more: "Show more",
  navigation: "Screens",
  noScreen: "There is no such page",
  notAllowed: "You may not see this page",
  notAllowedHint: "An administrator of the account can give you the right.",
  notLive: "The connection is lost, so changes of others are not shown at once. Trying again…",
  nothingFound: "Nothing found",
  remove: (what) => `Remove ${what}`,
  requestId: (id) => `Request ${id}`,
  row: "row",
  rows: "rows",
  save: "Save",
  search: "Search",
  select: (what) => `Select ${what}`,
  selectAll: "Select all rows on this page",
  signOut: "Sign out",
  skip: "Skip to content",
  tryAgain: "Try again",
  undo: "Undo",

  errors: {
    network: "The server can't be reached. Check your connection, and try again.",
    sessionEnded: "Your session has ended. Sign in again.",
    unknown: "Something went wrong. Try again.",
    unreadable: "The server's answer could not be read. Try again.",
    /** Words for codes of the server whose message is for developers. For other codes, the server's message is shown. */
    byCode: {
      DOCUMENT_NOT_TRUSTED: "This page is older than the server. Load it again.",
      FORBIDDEN: "You are not allowed to do this.",
      INTERNAL_ERROR: "Something went wrong on the server. Try again.",
      RATE_LIMITED: "Too many requests at once. Wait a moment, and try again.",
      TIMEOUT: "The server took too long. Try again, or narrow the filter.",
      UNAVAILABLE: "The server is busy. Wait a moment, and try again.",
    },
  },

  jobs: {
    ended: { FAILED: "The job failed.", CANCELLED: "The job was stopped." },
    rowsOf: (done, all) => `${number(done)} of ${counted(all, "row")}`,
    left: (span) => `about ${span} left`,
  },

  // ---------------------------------------------------------------- sign-in
  signIn: {
    title: "Sign in",
    action: "Sign in",
    demoHint: "The last line that make run printed. Its first line is a link that signs you in.",
    missing: "Enter a token.",
    or: "or with a token",
    provider: "Sign in with your organization",
    refused: "The server doesn't know this token. It may be mistyped, expired or revoked.",
    token: "Token",
    tokenHint: "An administrator makes tokens. This tab keeps it until it is closed.",
  },

  // ---------------------------------------------------------------- contacts
  contacts: {
    title: "Contacts",
  },

  // ---------------------------------------------------------------- contact
  contact: {
    title: "Contact",
  },

  // ---------------------------------------------------------------- imports
  imports: {
    title: "Import",
    // the start
    choose: "Choose files",
    drop: "Drop to check the files",
    dropHere: "Drop a file of contacts here",
    dropHint: "CSV or XLSX, of any program and length. Nothing is written before you have seen what is in it.",
    noneYet: "The account has no imports yet.",
    recent: "Imports so far",
    file: "File",
    status: "State",
    imported: "Imported",
    skipped: "Skipped",
    by: "By",
    when: "When",
    noName: "File without a name",
    states: { QUEUED: "Waiting", RUNNING: "Running", COMPLETED: "Done", FAILED: "Failed", CANCELLED: "Stopped" },
    // the check
    checking: "Checking the file…",
    chooseOther: "Other files",
    files: "Files",
    manyFiles: (count) => `${number(count)} files`,
    howTo: "What to do with them",
    importAction: "Import",
    importRows: (count) => `Import ${counted(count, "contact")}`,
    nothingYet: "Nothing is written yet.",
    started: (count) => `${counted(count, "import")} started.`,
    tags: "Tags for all of them",
    addTag: "Tag",
    findTag: "Find or make a tag",
    newTag: (name) => `New tag “${name}”`,
    list: "List",
    chooseList: "Choose a list",
    otherList: "Change",
    findList: "Find or make a list",
    newList: (name) => `New list “${name}”`,
    addExisting: "Put contacts that exist on the list, too",
    ifExists: "If a contact exists",
    skip: "Leave it as it is",
    update: "Fill in what the file has",
    region: "Numbers without a country code are from",
    regionHint: "The country in a row takes precedence.",
    ownRegion: (name) => `${name} (the account's)`,
    noRegion: "No country",
    moreOptions: "More options",
    matchExternal: "Recognize contacts by their external ID",
    createLists: "Make the lists that a column names",
    optOutsOnly: "Only opt out the numbers, and make no contacts",
    columns: "Columns",
    columnsHint: "What each is taken for",
    columnAt: (place) => `Column ${place}`,
    takenFor: (name) => `What ${name} is taken for`,
    leftOut: "Leave out",
    customField: (label) => `Own field “${label}”`,
    emptyColumn: "empty column",
    emptyColumns: "empty columns",
    showEmpty: (columns) => `Show ${columns}`,
    hideEmpty: "Hide empty columns",
    fields: {
      phone: "Phone",
      first_name: "First name",
      last_name: "Last name",
      name: "Full name",
      email: "E-mail",
      company_name: "Company",
      tags: "Tags",
      notes: "Notes",
      country: "Country of the number",
      calling_code: "Calling code",
      external_id: "External ID",
      lists: "Lists",
      owner_email: "Owner's e-mail",
      assignee_email: "Assignee's e-mail",
      sender_number: "Sender number",
      opt_out: "Opt-out",
    },
    moreWarnings: (count) => `${number(count)} more`,
    fromLine: (rows, line) => `${rows}, from line ${number(line)}`,
    rowsWithProblems: "Rows with a problem",
    line: "Row",
    cell: "Cell",
    why: "Reason",
    outcome: "Outcome",
    blank: "(blank)",
    rejected: "Rejected",
    withoutCell: "Imported without it",
    suggestion: "Perhaps",
    reading: {
      title: "How the file is read",
      sheet: "Sheet",
      hidden: (name) => `${name} (hidden)`,
      encoding: "Encoding",
      delimiter: "Between cells",
      delimiters: { ",": "Comma", ";": "Semicolon", tab: "Tab", "|": "Bar" },
      headerLine: "Line of the headers",
      headerLineHint: "Empty: as found.",
      headersAt: (line) => `headers in line ${number(line)}`,
      noHeaders: "no headers",
      found: "As found",
    },
    // one import
    toImports: "All imports",
    noImport: "There is no such import",
    importing: "Importing…",
    stopping: "Stopping…",
    closing: "You can close this page. The import goes on.",
    stop: "Stop",
    stopTitle: "Stop the import?",
    stopText: "Contacts that are imported already stay. You can import the rest later.",
    contact: "contact",
    wasImported: (contacts) => `${contacts} imported`,
    wasStopped: (contacts) => `Stopped after ${contacts}`,
    wasDryRun: "This was a check. Nothing was written.",
    onList: "On the list",
    seeContacts: "See the contacts",
    toCampaign: "Use in a campaign",
    mendTitle: (rows) => `${rows} skipped`,
    mendText: "Download the rows with the reason of each, mend them, and drop the file here again.",
    dropMended: "Drop the mended file",
    download: "Download",
    mended: "Mended file",
    tiles: {
      will: { total: "Rows", created: "New contacts", updated: "To update", kept: "Exist already", rejected: "Rejected",
        invalid: "No mobile network", optedOut: "Opt-outs", addedToList: "Onto the list" },
      did: { total: "Rows", created: "New contacts", updated: "Updated", kept: "Existed already", rejected: "Rejected",
        invalid: "No mobile network", optedOut: "Opted out", addedToList: "Onto the list" },
      hints: { kept: "Contacts with these numbers exist and stay as they are", invalid: "Imported, and marked as invalid" },
    },
  },

  // ---------------------------------------------------------------- campaigns

  // ---------------------------------------------------------------- lists and tags

  // ---------------------------------------------------------------- trash

  // ---------------------------------------------------------------- opt-outs

  // ---------------------------------------------------------------- jobs

  // ---------------------------------------------------------------- overview

  // ---------------------------------------------------------------- settings
};
