// Reads a CSV file that the server has checked: with the encoding, the delimiter and the line of headers that it found.
import { texts } from "../texts.js";

/** The encodings that browsers name differently than Python. */
const LABELS = {
  "utf-8-sig": "utf-8",
  "mac-roman": "macintosh",
  "mac-cyrillic": "x-mac-cyrillic",
  cp874: "windows-874",
  cp932: "shift_jis",
  cp949: "euc-kr",
};

/** Returns the records below the headers, each a list of cells. Blank records are left out, as in an import. */
export async function recordsOf(file, { encoding, delimiter, headerLine }) {
  const records = parsed(decoderOf(encoding).decode(await file.arrayBuffer()), delimiter);
  return records.slice(headerLine ?? 0).filter((cells) => cells.some((cell) => cell.trim()));
}

function decoderOf(encoding) {
  const name = encoding.toLowerCase().replaceAll("_", "-");
  try {
    return new TextDecoder(LABELS[name] ?? name);
  } catch {
    throw new Error(texts.review.encoding(encoding));
  }
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
