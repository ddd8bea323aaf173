// Numbers and dates in the browser's language; instants in the report's time zone. A day is a number: days since
// 1970-01-01 plus one, already counted in that time zone, so that it is shown as it is.

const DAY = 86_400_000;
const wholeNumber = new Intl.NumberFormat();
const shortNumber = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const oneDecimal = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const share = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });
const wholeShare = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });
const dayFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeZone: "UTC" });
const dayAndMonth = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const monthFormat = new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" });
let reportZone = "UTC";
let instantFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** @param {string} zone an IANA name */
export function useTimeZone(zone) {
  reportZone = zone;
  instantFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short", timeZone: zone });
}

export function timeZone() {
  return reportZone;
}

/** @param {number | null | undefined} value */
export function whole(value) {
  return value === null || value === undefined ? "–" : wholeNumber.format(value);
}

/** @param {number} value */
export function compact(value) {
  return shortNumber.format(value);
}

/** @param {number | null | undefined} value 0 to 1 */
export function percent(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  // What is not all must not read as all, and what is not nothing not as nothing.
  if (value > 0.999 && value < 1) return "> " + share.format(0.999);
  if (value > 0 && value < 0.001) return "< " + share.format(0.001);
  return share.format(value);
}

/** @param {number | null | undefined} value 0 to 1 */
export function wholePercent(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (value > 0.99 && value < 1) return ">" + wholeShare.format(0.99);
  if (value > 0 && value < 0.01) return "<" + wholeShare.format(0.01);
  return wholeShare.format(value);
}

/** @param {number} day */
export function dayText(day) {
  return day ? dayFormat.format((day - 1) * DAY) : "–";
}

/** @param {number} day */
export function isoDay(day) {
  return day ? new Date((day - 1) * DAY).toISOString().slice(0, 10) : "";
}

/** @param {string | null | undefined} iso a calendar date, ISO 8601 */
export function isoText(iso) {
  return iso ? dayFormat.format(Date.parse(iso.slice(0, 10))) : "–";
}

/**
 * @param {string} iso the first day of a day, week or month
 * @param {string} unit
 */
export function bucketText(iso, unit) {
  return unit === "month" ? monthFormat.format(Date.parse(iso)) : dayAndMonth.format(Date.parse(iso));
}

/** @param {number | null | undefined} instant epoch milliseconds */
export function instantText(instant) {
  return instant === null || instant === undefined ? "–" : instantFormat.format(instant);
}

/** @param {number} seconds */
export function hours(seconds) {
  const value = seconds / 3600;
  return value && value < 10 ? oneDecimal.format(value) : wholeNumber.format(Math.round(value));
}

/** @param {number} seconds plus one, 0 where there is no length */
export function lengthText(seconds) {
  if (!seconds) return "–";
  const minutes = Math.max(1, Math.round((seconds - 1) / 60));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/**
 * `1 person`, `1,234 people`.
 * @param {number} count
 * @param {string} one
 * @param {string} [many]
 */
export function counted(count, one, many = one + "s") {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/**
 * A name of code as words: `linkedin_learning_user` is "User", `LEARNING_PATH` is "Learning path".
 * @param {string} name
 */
export function words(name) {
  const plain = name.replace(/^linkedin_learning_/, "").replaceAll(/[_-]/g, " ").toLowerCase();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
