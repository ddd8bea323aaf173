import { announce } from "./dom.js";

/**
 * A cell of a CSV file that a spreadsheet shows as it is: what it would take for a formula gets an apostrophe in front.
 * @param {string | number | null | undefined} value
 */
export function csvCell(value) {
  if (typeof value === "number") return String(value);
  let text = value ?? "";
  if (/^[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[",\r\n;]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * RFC 4180, in UTF-8 with a byte order mark, by which spreadsheets know it.
 * @param {(string | number | null | undefined)[][]} rows
 */
export function csvText(rows) {
  return "\ufeff" + rows.map((row) => row.map(csvCell).join(",") + "\r\n").join("");
}

/**
 * @param {string} name
 * @param {(string | number | null | undefined)[][]} rows
 */
export function downloadCsv(name, rows) {
  const address = URL.createObjectURL(new Blob([csvText(rows)], { type: "text/csv;charset=utf-8" }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
  announce(`${name}: ${rows.length - 1} rows`);
}
