// Values as people read them: in the viewer's time zone, and in the English of the viewer's region.
const language = navigator.languages.find((one) => one.startsWith("en")) ?? "en-GB";
const numbers = new Intl.NumberFormat(language);
const percents = new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 });
const days = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const shortDays = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
const times = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "long" });
const spans = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
const regions = new Intl.DisplayNames([language], { type: "region" });
const UNITS = [["day", 86_400], ["hour", 3_600], ["minute", 60]];
const NO_COUNTRIES = new Set(["AQ", "BV", "CP", "CQ", "DG", "EA", "EU", "EZ", "HM", "IC", "QO", "TF", "UM", "UN", "XA", "XB", "ZZ"]);
const DAYS_IN_WORDS = 6;
const ONE_DIGIT = /^(1|7)/;
const TWO_DIGITS = /^(2[07]|3[0-469]|4[0134-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

export const number = (value) => numbers.format(value);
export const percent = (share) => percents.format(share);
export const day = (instant) => days.format(new Date(instant));
/** A day of a calendar, such as 2026-01-31, without the year. */
export const shortDay = (text) => shortDays.format(new Date(text));
export const time = (instant) => times.format(new Date(instant));
export const exactTime = (instant) => exact.format(new Date(instant));

/** "3 hours ago", or the date if it is more than some days away. */
export function ago(instant, now = Date.now()) {
  const seconds = (new Date(instant) - now) / 1000;
  if (Math.abs(seconds) > DAYS_IN_WORDS * 86_400) return day(instant);
  const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ["minute", 60];
  return spans.format(Math.round(seconds / size), unit);
}

/** "1 contact", "2,000 contacts". */
export const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** The name of a country by its code; null gives null. */
export function country(code) {
  try {
    return code && regions.of(code);
  } catch {
    return code;
  }
}

/** A number in E.164 with spaces: +254 712 345 678. */
export function phone(e164) {
  const digits = e164?.replace(/^\+/, "") ?? "";
  if (!/^\d{6,}$/.test(digits)) return e164 ?? "";
  const code = digits.slice(0, ONE_DIGIT.test(digits) ? 1 : TWO_DIGITS.test(digits) ? 2 : 3);
  const groups = digits.slice(code.length).match(/\d{1,3}/g);
  if (groups.at(-1).length === 1) groups.push(groups.splice(-2).join(""));
  return `+${code} ${groups.join(" ")}`;
}

/** Seconds as "2 min 5 s". */
export function span(seconds) {
  const whole = Math.max(1, Math.ceil(seconds));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ""}`;
}

/** All countries as {code, name}, sorted by name. */
export function countries() {
  const names = new Intl.DisplayNames([language], { type: "region", fallback: "none" });
  const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  const isCountry = (code) => !NO_COUNTRIES.has(code) && new Intl.Locale(`und-${code}`).region === code;
  return codes
    .filter(isCountry)
    .map((code) => ({ code, name: names.of(code) }))
    .filter(({ name }) => name)
    .sort((a, b) => a.name.localeCompare(b.name));
}
