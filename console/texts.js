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
    chooseColumns: "Choose columns",
    columnsButton: "Columns",
    resetColumns: "Back to the usual columns",
    importFile: "Import a file",
    invalid: "Invalid",
    noMatch: "No contact matches",
    noMatchText: "Search for less, or remove a filter.",
    noName: "No name",
    none: "No contacts yet",
    noneText: "Add a person by hand, or import a file with many.",
    optedOut: "Opted out",
    outdated: "Contacts have changed since this table was loaded.",
    reload: "Show the changes",
    verified: "Verified",
    columns: {
      name: "Name",
      phone: "Phone",
      email: "E-mail",
      company: "Company",
      tags: "Tags",
      lists: "Lists",
      owner: "Owner",
      assignees: "Assignees",
      consent: "Status",
      country: "Country",
      operator: "Operator",
      externalId: "External ID",
      received: "Last received",
      sent: "Last sent",
      created: "Created",
      changed: "Changed",
    },
    filters: {
      title: "Filters",
      search: "Search names, numbers, e-mail and companies",
      clear: "Clear all",
      apply: "Apply",
      value: "Value",
      tag: "Tag",
      list: "List",
      owner: "Owner",
      status: "Number",
      consent: "Consent",
      country: "Country",
      operator: "Operator",
      campaign: "Campaign:",
      import: "Import:",
      variable: "Custom variable",
      variableLabel: "Find a variable",
      none: { list: "In no list", owner: "No owner" },
      values: {
        status: { VALID: "Valid", INVALID: "Invalid" },
        consent: { true: "Opted out", false: "Not opted out" },
      },
      tests: { is: "is", contains: "contains", set: "has any value", unset: "has no value" },
      told: ({ label, test, value }) =>
        ({ is: `${label}: ${value}`, contains: `${label} contains “${value}”`, set: `${label}: any value`, unset: `${label}: no value` })[test],
    },
    create: {
      title: "New contact",
      action: "Add contact",
      created: (name) => `${name} is added.`,
      open: (name) => `Open ${name}`,
      phoneHint: (region) => `In any form. Without a country code it is read as a number of ${region}.`,
      phoneHintWithoutRegion: "In any form, with the country code.",
    },
    actions: {
      title: "Selection",
      selected: "selected",
      selectMatching: (total) => `Select all ${total} that match`,
      clearSelection: "Clear selection",
      tooMany: (most) => `At most ${most} can be selected one by one.`,
      undone: "Undone.",

      tag: "Tag",
      tagTitle: (what) => `Tag ${what}`,
      add: "Add",
      remove: "Remove",
      addTags: "Add tags",
      removeTags: "Remove tags",
      findTag: "Find or make a tag",
      newTag: (text) => `New tag “${text}”`,
      tagging: "Changing tags…",
      tagged: (what) => `The tags of ${what} are changed.`,

      list: "List",
      listTitle: (what) => `Lists of ${what}`,
      addTo: (name) => `Add to ${name}`,
      removeFrom: (name) => `Remove from ${name}`,
      findList: "Find or make a list",
      newList: (text) => `New list “${text}”`,
      listing: "Changing the list…",
      addedToList: (what, list) => `${what} added to ${list}.`,
      removedFromList: (what, list) => `${what} removed from ${list}.`,

      assign: "Assign",
      assignTitle: (what) => `Assign ${what}`,
      owner: "Owner",
      assignees: "Assignees to add",
      noOwner: "No owner",
      findUser: "Find a user",
      assigning: "Assigning…",
      assigned: (what) => `${what} assigned.`,
      kept: (count) => `${counted(count, "contact")} of other users are protected and stay as they were.`,
      protectedTitle: (count) => `${counted(count, "contact")} of other users are protected`,
      protectedText: "A new owner's contacts are protected for some time. You may take them over anyway.",
      override: "Assign them anyway",

      optOut: "Opt out",
      optOutTitle: (what) => `Opt out ${what}`,
      optOutText: "They are not messaged any more, in no campaign. The register of opt-outs keeps who did this, when and why.",
      reason: "Reason",
      reasonHint: "Such as: asked on the phone.",
      optedOut: (what) => `${what} opted out.`,
      undoReason: "Opted out by mistake in the console",

      trash: "Trash",
      trashTitle: (count) => `Move ${count} contacts to the trash?`,
      trashText: "They can be restored until the trash deletes them for good.",
      trashing: "Moving to the trash…",
      trashed: (what) => `${what} moved to the trash.`,

      export: "Export",
      exportTitle: (what) => `Export ${what}`,
      exportHint: "The file has all fields of a contact, also the columns that the table hides.",
      exporting: "Making the file…",
      exported: (what) => `${what} exported.`,
      format: "Format",
      formats: {
        XLSX: ["Excel", "A workbook with one sheet"],
        CSV: ["CSV", "Text with commas, for other programs"],
        JSON: ["JSON", "For developers"],
      },
    },
  },

  /** The fields of a contact, by the API's names. */
  fields: {
    phone: "Phone",
    firstName: "First name",
    lastName: "Last name",
    name: "Full name",
    email: "E-mail",
    companyName: "Company",
    notes: "Notes",
    externalId: "External ID",
    senderNumber: "Sender number",
  },

  // ---------------------------------------------------------------- contact
  contact: {
    title: "Contact",
  },

  // ---------------------------------------------------------------- imports

  // ---------------------------------------------------------------- campaigns

  // ---------------------------------------------------------------- lists and tags

  // ---------------------------------------------------------------- trash

  // ---------------------------------------------------------------- opt-outs

  // ---------------------------------------------------------------- jobs

  // ---------------------------------------------------------------- overview

  // ---------------------------------------------------------------- settings
};
