// The screens, in the order of the navigation. `can` is the right in viewer.can that a screen needs.
import { texts } from "./texts.js";

/** `load` imports the screen's module, whose `Screen` gets the parts of the path. Without `icon`, it is in no menu. */
export const screens = [
  { path: "/contacts", icon: "contacts", can: "readContacts", title: texts.contacts.title, load: () => import("./contacts/screen.js") },
  { path: "/contacts/:id", parent: "/contacts", can: "readContacts", title: texts.contact.title, load: () => import("./contact/screen.js") },
  { path: "/import", icon: "import", can: "importContacts", title: texts.imports.title, load: () => import("./imports/screen.js") },
  { path: "/import/:id", parent: "/import", can: "readContacts", title: texts.imports.title, load: () => import("./imports/job.js") },
  { path: "/campaigns", icon: "campaigns", can: "readCampaigns", title: texts.campaigns.title, load: () => import("./campaigns/screen.js") },
  { path: "/campaigns/:id", parent: "/campaigns", can: "readCampaigns", title: texts.campaigns.title, load: () => import("./campaigns/campaign.js") },
  { path: "/campaigns/:id/review", parent: "/campaigns", can: "writeCampaigns", title: texts.review.title, load: () => import("./review/screen.js") },
  // lists, tags, trash, opt-outs
  // jobs, overview
  // settings
];

/** The path that /console shows. */
export const HOME = "/contacts";
