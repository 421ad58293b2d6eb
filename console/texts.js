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

  // ---------------------------------------------------------------- campaigns

  // ---------------------------------------------------------------- lists and tags

  // ---------------------------------------------------------------- trash

  // ---------------------------------------------------------------- opt-outs

  // ---------------------------------------------------------------- jobs

  // ---------------------------------------------------------------- overview

  // ---------------------------------------------------------------- settings
};
