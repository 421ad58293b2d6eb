// Reads a CSV file that the server has checked: with the encoding, the delimiter and the line of headers that it found.

/** Returns the records below the headers, each a list of cells. Blank records are left out, as in an import. */
export async function recordsOf(file, { encoding, delimiter, headerLine }) {
  const label = /^utf.?8/i.test(encoding) ? "utf-8" : encoding.replaceAll("_", "-");
  const records = parsed(new TextDecoder(label).decode(await file.arrayBuffer()), delimiter);
  return records.slice(headerLine ?? 0).filter((cells) => cells.some((cell) => cell.trim()));
}

/** Splits a text into records. A quoted cell can have delimiters, line breaks and doubled quotes. */
function parsed(text, delimiter) {
  const records = [];
  let record = [];
  let cell = "";
  let isQuoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at];
    if (isQuoted) {
      if (one !== '"') cell += one;
      else if (text[at + 1] === '"') cell += text[(at += 1)];
      else isQuoted = false;
    } else if (one === '"' && !cell.trim()) {
      isQuoted = true;
      cell = "";
    } else if (one === delimiter) {
      record.push(cell);
      cell = "";
    } else if (one === "\n" || one === "\r") {
      if (one === "\r" && text[at + 1] === "\n") at += 1;
      records.push([...record, cell]);
      record = [];
      cell = "";
    } else cell += one;
  }
  if (cell || record.length) records.push([...record, cell]);
  return records;
}
