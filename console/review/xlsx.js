// Reads a sheet of an XLSX workbook: a ZIP archive of XML files.
import { texts } from "../texts.js";

const END = 0x06054b50;
const STORED = 0;
const MOST_COMMENT = 65_557;

/** Returns the records of the sheet below the headers, each a list of cells. Blank records are left out, as in an import. */
export async function sheetRecordsOf(file, { sheet, headerLine }) {
  const archive = await opened(file);
  const workbook = await archive("xl/workbook.xml");
  const links = await archive("xl/_rels/workbook.xml.rels");
  const named = [...workbook.getElementsByTagName("sheet")].find((one) => one.getAttribute("name") === sheet);
  const link = [...links.getElementsByTagName("Relationship")].find((one) => one.getAttribute("Id") === named.getAttribute("r:id"));
  const target = link.getAttribute("Target");
  const content = await archive(target.startsWith("/") ? target.slice(1) : `xl/${target}`);
  const shared = [...((await archive("xl/sharedStrings.xml"))?.getElementsByTagName("si") ?? [])].map(textOf);
  const records = [];
  for (const row of content.getElementsByTagName("row")) {
    const place = Number(row.getAttribute("r")) || records.length + 1;
    records[place - 1] = cellsOf(row, shared);
  }
  const filled = records.slice(headerLine ?? 0).filter((cells) => cells.some((cell) => cell?.trim()));
  return filled.map((cells) => Array.from(cells, (cell) => cell ?? ""));
}

function cellsOf(row, shared) {
  const cells = [];
  for (const cell of row.getElementsByTagName("c")) {
    const letters = /^[A-Z]+/.exec(cell.getAttribute("r") ?? "")?.[0];
    const place = letters ? [...letters].reduce((sum, one) => sum * 26 + one.charCodeAt(0) - 64, 0) - 1 : cells.length;
    const value = cell.getElementsByTagName("v")[0]?.textContent ?? "";
    const kind = cell.getAttribute("t");
    cells[place] = kind === "s" ? (shared[Number(value)] ?? "") : kind === "inlineStr" ? textOf(cell) : value;
  }
  return cells;
}

const textOf = (element) =>
  [...element.getElementsByTagName("t")].filter((one) => one.parentNode.nodeName !== "rPh").map((one) => one.textContent).join("");

/** Returns a function that reads a file of a ZIP archive as XML; null if there is no such file. */
async function opened(file) {
  const tail = new DataView(await file.slice(Math.max(0, file.size - MOST_COMMENT)).arrayBuffer());
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END) end -= 1;
  if (end < 0) throw new Error(texts.review.brokenWorkbook);
  const [length, from] = [12, 16].map((offset) => tail.getUint32(end + offset, true));
  const directory = new DataView(await file.slice(from, from + length).arrayBuffer());
  const entries = new Map();
  for (let at = 0; at + 46 <= length; ) {
    const [nameLength, extra, comment] = [28, 30, 32].map((offset) => directory.getUint16(at + offset, true));
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, at + 46, nameLength));
    const [size, start] = [20, 42].map((offset) => directory.getUint32(at + offset, true));
    entries.set(name, { method: directory.getUint16(at + 10, true), size, start });
    at += 46 + nameLength + extra + comment;
  }
  return async (name) => (entries.has(name) ? unpacked(file, entries.get(name)) : null);
}

async function unpacked(file, { method, size, start }) {
  const head = new DataView(await file.slice(start, start + 30).arrayBuffer());
  const from = start + 30 + head.getUint16(26, true) + head.getUint16(28, true);
  const packed = file.slice(from, from + size);
  const stream = method === STORED ? packed.stream() : packed.stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new DOMParser().parseFromString(await new Response(stream).text(), "application/xml");
}
