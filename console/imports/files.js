// The files that are to be imported, and how. They outlive the screen, so that another look at Contacts loses nothing.
import { randomKey } from "../base/client.js";
import { signal } from "../base/html.js";

const NOT_CHOSEN = {
  list: null,
  tags: [],
  ifExists: "SKIP",
  addExistingToList: true,
  region: "",
  createLists: false,
  matchOn: "PHONE",
  optOutsOnly: false,
};

/** The files, each {key, file, reading, fields}: how it is read, and the fields that the user chose, by position. */
export const files = signal([]);
/** What holds for all files. */
export const options = signal(NOT_CHOSEN);
/** The fields that the user chose, by header. The same headers of a mended file mean the same. */
export const remembered = new Map();

export function take(chosen) {
  files.value = [...chosen].map((file) => ({ key: randomKey(), file, reading: {}, fields: {} }));
}

export function change(key, changes) {
  files.value = files.value.map((one) => (one.key === key ? { ...one, ...changes } : one));
}

/** Forgets the files. The choices stay for the next ones. */
export function done() {
  files.value = [];
}

/** Names the choices for a file, so that a check of earlier ones is recognized. */
export const choicesOf = ({ key, reading, fields }) => JSON.stringify([key, reading, fields, options.value]);

/** Returns the input of importContacts for a file with the columns of its check. */
export function inputOf({ file, reading, fields }, columns, { isDryRun }) {
  const { list, tags, addExistingToList, region, createLists, optOutsOnly, ...rest } = options.value;
  return {
    file,
    ...rest,
    ...reading,
    ...(region && { region }),
    ...(optOutsOnly ? { optOutsOnly } : { tags, createLists, ...(list && { listId: list.id, addExistingToList }) }),
    mapping: mappingOf(fields, columns),
    dryRun: isDryRun,
    waitSeconds: 0,
  };
}

/** A column whose header is blank or not unique is named by its position. */
function mappingOf(fields, columns) {
  return Object.entries(fields).map(([place, field]) => {
    const { header } = columns[place];
    const isUnique = header && columns.filter((one) => one.header === header).length === 1;
    return isUnique ? { header, field } : { column: Number(place) + 1, field };
  });
}
