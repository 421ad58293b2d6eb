// The screens, in the order of the navigation. `can` is the right in viewer.can that a screen needs.
import { texts } from "./texts.js";

/** `load` imports the screen's module, whose `Screen` gets the parts of the path. Without `icon`, it is in no menu. */
export const screens = [
  { path: "/contacts", icon: "contacts", can: "readContacts", title: texts.contacts.title, load: () => import("./contacts/screen.js") },
  { path: "/contacts/:id", parent: "/contacts", can: "readContacts", title: texts.contact.title, load: () => import("./contact/screen.js") },
  { path: "/imports", icon: "import", can: "importContacts", title: texts.imports.title, load: () => import("./imports/screen.js") },
  { path: "/imports/:id", parent: "/imports", can: "readContacts", title: texts.imports.title, load: () => import("./imports/job.js") },
  { path: "/campaigns", icon: "campaigns", can: "readCampaigns", title: texts.campaigns.title, load: () => import("./campaigns/screen.js") },
  { path: "/campaigns/:id", parent: "/campaigns", can: "readCampaigns", title: texts.campaigns.title, load: () => import("./campaigns/campaign.js") },
  { path: "/campaigns/:id/review", parent: "/campaigns", can: "writeCampaigns", title: texts.review.title, load: () => import("./review/screen.js") },
  { path: "/lists", icon: "list", can: "readContacts", title: texts.lists.title, load: () => import("./lists/screen.js") },
  { path: "/tags", icon: "tag", can: "readContacts", title: texts.tags.title, load: () => import("./tags/screen.js") },
  { path: "/opt-outs", icon: "stop", can: "readContacts", title: texts.optOuts.title, load: () => import("./opt-outs/screen.js") },
  { path: "/trash", icon: "trash", can: "readContacts", title: texts.trash.title, load: () => import("./trash/screen.js") },
  { path: "/jobs", icon: "jobs", can: "readContacts", title: texts.jobsScreen.title, load: () => import("./jobs/screen.js") },
  { path: "/jobs/:id", parent: "/jobs", can: "readContacts", title: texts.jobsScreen.job, load: () => import("./jobs/job.js") },
  { path: "/overview", icon: "overview", can: "readContacts", title: texts.overview.title, load: () => import("./overview/screen.js") },
  { path: "/settings", icon: "settings", can: "administer", title: texts.settings.title, load: () => import("./settings/screen.js") },
  { path: "/settings/:section", parent: "/settings", can: "administer", title: texts.settings.title, load: () => import("./settings/screen.js") },
  { path: "/settings/webhooks/:id", parent: "/settings", can: "administer", title: texts.webhooks.title, load: () => import("./webhooks/screen.js") },
];

/** The path that /console shows. */
export const HOME = "/contacts";
