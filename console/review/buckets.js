// The nine buckets of a review, in the order of their tabs.

/** The name of each bucket's count. */
export const BUCKETS = {
  NEW: "newContacts",
  EXISTING: "existingContacts",
  ASSIGNED_TO_YOU_NOT_OWNED: "assignedToYouNotOwned",
  ALREADY_MESSAGED_INBOUND: "alreadyMessagedInbound",
  ALREADY_MESSAGED_OUTBOUND: "alreadyMessagedOutbound",
  ASSIGNED_TO_OTHER_USERS: "assignedToOtherUsers",
  PROTECTED: "protectedContacts",
  INVALID: "invalidContacts",
  DUPLICATE: "duplicateContacts",
};

/** The buckets whose rows can be ticked. PROTECTED is one of them for those who may override protection. */
export const SELECTABLE = new Set(Object.keys(BUCKETS));
for (const bucket of ["ASSIGNED_TO_OTHER_USERS", "INVALID", "DUPLICATE"]) SELECTABLE.delete(bucket);
/** The buckets whose rows are ticked at first. */
export const TICKED = ["NEW", "EXISTING"];

/** The flags that a bucket says already. */
export const IMPLIED = {
  PROTECTED: ["PROTECTED", "OWNED_BY_OTHER"],
  ASSIGNED_TO_YOU_NOT_OWNED: ["ASSIGNED_TO_YOU"],
  ALREADY_MESSAGED_INBOUND: ["MESSAGED_INBOUND"],
  ALREADY_MESSAGED_OUTBOUND: ["MESSAGED_OUTBOUND"],
};
export const TONES = {
  OPTED_OUT: "danger",
  PROTECTED: "warning",
  IN_TRASH: "warning",
  UNKNOWN_NETWORK: "warning",
  ALREADY_IN_CAMPAIGN: "accent",
  OWNED_BY_YOU: "good",
  ASSIGNED_TO_YOU: "good",
};
