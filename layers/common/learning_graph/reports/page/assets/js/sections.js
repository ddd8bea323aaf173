// How data is opened: see learning_graph/reports/page/section.py, which writes it.
import { byId } from "./dom.js";

/**
 * @typedef {Uint8Array | Uint16Array | Uint32Array | Float64Array} Column
 * @typedef {{ values: Record<string, any>, columns: Record<string, Column> }} Section
 */

/** @type {Map<string, Promise<Section>>} */
const opened = new Map();

/**
 * @param {string} text base64 of gzip
 * @returns {Promise<ArrayBuffer>}
 */
export async function decompressed(text) {
  const from = /** @type {any} */ (Uint8Array).fromBase64;
  const bytes = from ? from(text) : Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

/**
 * Open a section once, when it is first asked for.
 * @param {string} name
 * @returns {Promise<Section>}
 */
export function section(name) {
  let found = opened.get(name);
  if (!found) {
    found = decompressed(byId(`section-${name}`).textContent ?? "").then(decoded);
    opened.set(name, found);
  }
  return found;
}

/** @param {ArrayBuffer} buffer @returns {Section} */
function decoded(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  /** @type {Record<string, Column>} */
  const columns = {};
  let offset = 4 + size;
  for (const [name, width, count] of header.columns) {
    columns[name] = joined(new Uint8Array(buffer, offset, width * count), width, count);
    offset += width * count;
  }
  return { values: header.values, columns };
}

/**
 * Join the planes of a column: the lowest bytes of all numbers come first.
 * @param {Uint8Array} planes
 * @param {number} width
 * @param {number} count
 * @returns {Column}
 */
function joined(planes, width, count) {
  if (width === 1) return planes;
  const numbers = width === 2 ? new Uint16Array(count) : width === 4 ? new Uint32Array(count) : new Float64Array(count);
  for (let plane = width - 1; plane >= 0; plane--) {
    const start = plane * count;
    for (let row = 0; row < count; row++) numbers[row] = numbers[row] * 256 + planes[start + row];
  }
  return numbers;
}

/**
 * Where the entries of each row begin: the sums of their counts, and the total at the end.
 * @param {Column} counts
 */
export function starts(counts) {
  const sums = new Uint32Array(counts.length + 1);
  for (let row = 0; row < counts.length; row++) sums[row + 1] = sums[row] + counts[row];
  return sums;
}

/**
 * Turn the differences within each row back into numbers, in place.
 * @param {Column} numbers
 * @param {Uint32Array} begins
 */
export function summed(numbers, begins) {
  const result = new Uint32Array(numbers);
  for (let row = 0; row + 1 < begins.length; row++) {
    for (let place = begins[row] + 1; place < begins[row + 1]; place++) result[place] += result[place - 1];
  }
  return result;
}

/**
 * Texts that are alike, from their frames and what differs.
 * @param {Section} section
 * @param {string} name
 * @returns {string[]}
 */
export function framed({ values, columns }, name) {
  const frames = /** @type {string[][]} */ (values[`${name}Frames`].map((/** @type {string} */ frame) => frame.split("#")));
  const places = columns[`${name}Frame`];
  return values[name].map((/** @type {string} */ rest, /** @type {number} */ row) => {
    const frame = frames[places[row]];
    if (frame.length === 2) return frame[0] + rest + frame[1];
    const pieces = rest.split(",");
    return frame.map((text, at) => text + (pieces[at] ?? "")).join("");
  });
}

/**
 * A signed number or none: 0 is none, then from 1 on 0, -1, 1, -2 …
 * @param {number} stored
 */
export function signed(stored) {
  return stored === 0 ? null : stored % 2 ? (stored - 1) / 2 : -stored / 2;
}
