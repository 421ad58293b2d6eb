// Downloads: of an address of the server, and of a text that the page makes.

/** Downloads a signed link of the server, such as the downloadUrl of a job. */
export function downloadFrom(url, name = "") {
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}

/** Downloads a text as a file. */
export function downloadText(name, text, type = "text/plain") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  downloadFrom(url, name);
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
