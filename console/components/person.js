// A person: a circle with initials, whose colour follows from the name, and the name.
import { html } from "../base/html.js";

const initials = (name) => {
  const words = name.split(/\s+/).filter((word) => /^\p{L}/u.test(word));
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => word?.[0] ?? "").join("").toUpperCase() || "#";
};

const hue = (name) => [...name].reduce((sum, letter) => (sum * 31 + letter.codePointAt(0)) % 360, 7);

export const Avatar = ({ name, size = 28 }) => html`
  <span class="avatar" aria-hidden="true" style=${{ "--hue": hue(name), "--size": `${size}px` }}>${initials(name)}</span>
`;

export const Person = ({ name, note, size }) => html`
  <span class="person"><${Avatar} name=${name} size=${size} /><span class="person-text"><bdi>${name}</bdi>
    ${note && html`<small>${note}</small>`}</span></span>
`;
