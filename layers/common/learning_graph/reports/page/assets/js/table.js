// A plain table over rows that are known by number: searched, filtered, sorted and paged, with the state in the
// page's fragment, so that what one sees can be linked to.
import { downloadCsv } from "./csv.js";
import { announce, foreign, h } from "./dom.js";
import { counted, whole } from "./format.js";

/**
 * @typedef {object} TableColumn
 * @property {string} id
 * @property {string} label
 * @property {(row: number) => string | number | null} value what is sorted, searched and put into a CSV
 * @property {(row: number) => Node | string} [cell] what is shown; the value itself where it is left out
 * @property {boolean} [numeric] set to the right and sorted from the largest
 * @property {boolean} [searched]
 * @property {boolean} [breakable] broken anywhere where room is short, as an address
 * @property {boolean} [wide] given more room than its longest word
 * @property {boolean} [whole] never broken into lines, as a date
 * @property {boolean} [low] left out on a narrow screen
 * @property {boolean} [sortable]
 * @property {(row: number) => string | number | null} [csv] what a CSV gets instead of the value
 *
 * @typedef {object} Filter
 * @property {string} id
 * @property {string} label
 * @property {[string, string][]} options value and label
 * @property {(row: number, wanted: string) => boolean} keep
 *
 * @typedef {object} TableOptions
 * @property {string} caption
 * @property {number} count of rows
 * @property {TableColumn[]} columns
 * @property {{ label: string, csv: (row: number) => string | number | null }[]} [csvOnly] further columns of the CSV
 * @property {Filter[]} [filters]
 * @property {string} noun one row, e.g. `person`
 * @property {string} [nouns]
 * @property {string} file name of the CSV, without its ending
 * @property {string} [sort] id of the column that is sorted by first, with `-` in front from the largest
 * @property {URLSearchParams} query the state
 * @property {string} [prefix] of the state's names, where a part has two tables
 * @property {string} [searchLabel]
 * @property {number} [size] rows a page
 * @property {string} [empty]
 */

const PAGE_SIZES = [25, 50, 100, 250];
const ROWS_PRINTED = 2000;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

/** Letters as they are searched: without case and accents. @param {string} text */
export function folded(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** @param {URLSearchParams} query */
function remember(query) {
  const path = location.hash.split("?")[0] || "#overview";
  const search = query.toString();
  history.replaceState(history.state, "", search ? `${path}?${search}` : path);
}

/** @param {TableOptions} options */
export function dataTable(options) {
  const { columns, count, query, filters = [], csvOnly = [], prefix = "", noun, nouns = noun + "s" } = options;
  const name = (/** @type {string} */ part) => prefix + part;
  const sorted = () => query.get(name("sort")) ?? options.sort ?? "";
  const size = () => Number(query.get(name("size"))) || options.size || 50;
  /** @type {string[] | null} */
  let searchable = null;
  /** @type {Map<string, Uint32Array>} */
  const orders = new Map();
  /** @type {number[]} */
  let shown = [];
  let printing = false;

  /** @param {string} sort a column's id, with `-` in front from the largest; rows without a value are last in both */
  function order(sort) {
    let found = orders.get(sort);
    if (!found) {
      const [direction, id] = sort.startsWith("-") ? [-1, sort.slice(1)] : [1, sort];
      const column = columns.find((candidate) => candidate.id === id);
      found = Uint32Array.from({ length: count }, (_, row) => row);
      if (column) {
        const values = Array.from(found, column.value);
        found.sort((a, b) => Number(isEmpty(values[a])) - Number(isEmpty(values[b])) || direction * compared(values[a], values[b]) || a - b);
      }
      orders.set(sort, found);
    }
    return found;
  }

  function find() {
    const wanted = folded(query.get(name("q")) ?? "").split(/\s+/).filter(Boolean);
    const chosen = filters.map((filter) => ({ filter, value: query.get(name(filter.id)) ?? "" })).filter(({ value }) => value);
    if (wanted.length && !searchable) {
      const searched = columns.filter((column) => column.searched);
      searchable = Array.from({ length: count }, (_, row) => folded(searched.map((column) => column.value(row) ?? "").join("\n")));
    }
    shown = [];
    for (const row of order(sorted())) {
      if (wanted.every((word) => searchable?.[row].includes(word)) && chosen.every(({ filter, value }) => filter.keep(row, value))) shown.push(row);
    }
  }

  const head = h("tr", {}, columns.map(heading));
  const body = h("tbody");
  const summary = h("p", { class: "count" });
  const pager = h("div", { class: "pager" });
  const search = columns.some((column) => column.searched)
    ? h("input", {
        type: "search",
        value: query.get(name("q")) ?? "",
        placeholder: options.searchLabel ?? `Search ${nouns}`,
        "aria-label": options.searchLabel ?? `Search ${nouns}`,
        oninput: (/** @type {Event} */ event) => set("q", /** @type {HTMLInputElement} */ (event.target).value),
      })
    : null;
  const selects = filters.map((filter) =>
    h(
      "label",
      { class: "filter" },
      h("span", {}, filter.label),
      h(
        "select",
        { "data-filter": filter.id, "aria-label": filter.label, onchange: (/** @type {Event} */ event) => set(filter.id, /** @type {HTMLSelectElement} */ (event.target).value) },
        h("option", { value: "" }, "All"),
        filter.options.map(([value, label]) => h("option", { value, selected: query.get(name(filter.id)) === value }, label)),
      ),
    ),
  );

  /** @param {TableColumn} column */
  function heading(column) {
    const cell = h("th", { scope: "col", class: classes(column) });
    cell.append(
      column.sortable === false
        ? column.label
        : h("button", { type: "button", class: "sort", onclick: () => sortBy(column) }, column.label, h("span", { class: "arrow", "aria-hidden": "true" })),
    );
    return cell;
  }

  /** @param {TableColumn} column */
  function classes(column) {
    return [column.numeric ? "number" : "", column.whole ? "whole" : "", column.wide ? "wide" : "", column.breakable ? "breakable" : "", column.low ? "low" : ""].filter(Boolean).join(" ") || null;
  }

  /** @param {TableColumn} column */
  function sortBy(column) {
    const [first, second] = column.numeric ? ["-" + column.id, column.id] : [column.id, "-" + column.id];
    set("sort", sorted() === first ? second : first);
  }

  /** @param {string} part @param {string} value */
  function set(part, value) {
    if (value) query.set(name(part), value);
    else query.delete(name(part));
    if (part !== "page") query.delete(name("page"));
    remember(query);
    draw(part !== "page" && part !== "size");
    if (part !== "page") announce(counted(shown.length, noun, nouns));
  }

  function draw(again = true) {
    if (again) find();
    const pages = Math.max(1, Math.ceil(shown.length / size()));
    const page = Math.min(Math.max(1, Number(query.get(name("page"))) || 1), pages);
    const [from, until] = printing ? [0, Math.min(shown.length, ROWS_PRINTED)] : [(page - 1) * size(), Math.min(shown.length, page * size())];
    body.replaceChildren(...shown.slice(from, until).map(row));
    if (!shown.length) body.append(h("tr", {}, h("td", { colspan: columns.length, class: "nothing" }, options.empty ?? `No ${noun} matches.`)));
    columns.forEach((column, place) => {
      const state = sorted() === column.id ? "ascending" : sorted() === "-" + column.id ? "descending" : "none";
      if (column.sortable !== false) head.children[place].setAttribute("aria-sort", state);
    });
    const of = shown.length === count ? counted(count, noun, nouns) : `${whole(shown.length)} of ${counted(count, noun, nouns)}`;
    summary.textContent = shown.length > until - from ? `${of}, ${whole(from + 1)}–${whole(until)} shown` : of;
    drawPager(page, pages);
  }

  /** @param {number} row */
  function row(row) {
    return h(
      "tr",
      {},
      columns.map((column, place) => {
        const content = column.cell ? column.cell(row) : column.value(row) ?? "–";
        const inside = typeof content === "string" ? foreign(content) : content instanceof Node ? content : whole(content);
        return h(place ? "td" : "th", { class: classes(column), scope: place ? null : "row" }, inside);
      }),
    );
  }

  /** @param {number} page @param {number} pages */
  function drawPager(page, pages) {
    /** @param {string} label @param {number} to @param {boolean} off */
    const button = (label, to, off) =>
      h("button", { type: "button", disabled: off, onclick: () => (set("page", to === 1 ? "" : String(to)), scroll.scrollTo(0, 0)) }, label);
    const sizes = h(
      "label",
      { class: "filter" },
      h("span", {}, "Rows a page"),
      h(
        "select",
        { onchange: (/** @type {Event} */ event) => (query.delete(name("page")), set("size", /** @type {HTMLSelectElement} */ (event.target).value)) },
        PAGE_SIZES.map((value) => h("option", { value, selected: value === size() }, value)),
      ),
    );
    pager.replaceChildren(
      ...(pages > 1
        ? [
            button("First", 1, page === 1),
            button("Previous", page - 1, page === 1),
            h("span", {}, `Page ${whole(page)} of ${whole(pages)}`),
            button("Next", page + 1, page === pages),
            button("Last", pages, page === pages),
          ]
        : []),
      ...(count > PAGE_SIZES[0] ? [sizes] : []),
    );
    pager.hidden = !pager.childElementCount;
  }

  const download = h(
    "button",
    {
      type: "button",
      onclick: () =>
        downloadCsv(`${options.file}.csv`, [
          [...columns, ...csvOnly].map((column) => column.label),
          ...shown.map((row) => [...columns.map((column) => (column.csv ?? column.value)(row)), ...csvOnly.map((column) => column.csv(row))]),
        ]),
    },
    "Download CSV",
  );
  const scroll = h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": options.caption },
    h("table", {}, h("caption", { class: "unseen" }, options.caption), h("thead", {}, head), body),
  );
  const element = h("div", { class: "table" }, h("div", { class: "controls" }, search, selects, h("div", { class: "summary" }, summary, download)), scroll, pager);
  element.addEventListener("print-start", () => ((printing = true), draw(false)));
  element.addEventListener("print-end", () => ((printing = false), draw(false)));
  draw();
  return {
    element,
    /** Choose a filter from outside, e.g. by a legend. @param {string} id @param {string} value */
    choose(id, value) {
      const select = element.querySelector(`select[data-filter="${id}"]`);
      if (select instanceof HTMLSelectElement) select.value = value;
      set(id, value);
    },
  };
}

/** @param {string | number | null} value */
function isEmpty(value) {
  return value === null || value === "";
}

/**
 * Values in order: numbers by size, texts as the browser's language has them.
 * @param {string | number | null} a
 * @param {string | number | null} b
 */
function compared(a, b) {
  if (a === b) return 0;
  return typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
}

/**
 * A small table whose rows are all shown.
 * @param {string} caption
 * @param {string[]} headings `>` in front of one sets its column to the right
 * @param {(Node | string | number | null)[][]} rows
 */
export function plainTable(caption, headings, rows) {
  const right = headings.map((heading) => heading.startsWith(">"));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, caption),
      h("thead", {}, h("tr", {}, headings.map((heading, at) => h("th", { scope: "col", class: right[at] ? "number" : null }, heading.replace(/^>/, ""))))),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            row.map((value, at) => {
              const inside = value instanceof Node ? value : typeof value === "number" ? whole(value) : foreign(value ?? "–");
              return h(at ? "td" : "th", { scope: at ? null : "row", class: right[at] ? "number" : null }, inside);
            }),
          ),
        ),
      ),
    ),
  );
}
