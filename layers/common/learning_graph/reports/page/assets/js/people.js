import { foreign, h, hashOf, link } from "./dom.js";
import { dayText, hours, isoDay, whole } from "./format.js";
import { loadPeople } from "./model.js";
import { dataTable } from "./table.js";

/** @param {URLSearchParams} query */
export async function everybody(query) {
  const people = await loadPeople();
  const { columns } = people;
  /** @param {string} what @param {number} row */
  const sum = (what, row) => columns[`${what}_0`][row] + columns[`${what}_1`][row] + columns[`${what}_2`][row];
  /** @param {number} row */
  const groups = (row) => Array.from(people.groupsOf(row), (group) => people.groupNames[group]).join(", ");
  const unknown = columns.known.some((known) => !known);
  const table = dataTable({
    caption: "People",
    noun: "person",
    nouns: "people",
    count: people.count,
    file: "people",
    sort: "",
    query,
    searchLabel: people.hasNames ? "Search by name, e-mail, id or group" : "Search by id or group",
    columns: [
      { id: "name", label: people.hasNames ? "Name" : "Person", searched: true, value: (row) => people.name(row), cell: (row) => link(hashOf("explore", ["person", people.keys[row]]), foreign(people.name(row))) },
      ...(people.hasNames ? [{ id: "email", label: "E-mail", searched: true, low: true, breakable: true, wide: true, value: (/** @type {number} */ row) => people.email(row) }] : []),
      { id: "id", label: "Id", searched: true, low: true, breakable: true, value: (row) => people.id(row) },
      { id: "groups", label: "Groups", searched: true, low: true, wide: true, value: groups },
      ...["Courses", "Paths", "Videos"].map((label, kind) => ({ id: `completed${kind}`, label, numeric: true, low: kind > 0, value: (/** @type {number} */ row) => columns[`completed_${kind}`][row] })),
      { id: "open", label: "Not completed", numeric: true, low: true, value: (row) => sum("assigned", row) - sum("completed", row) },
      { id: "hours", label: "Hours viewed", numeric: true, low: true, value: (row) => columns.seconds[row], cell: (row) => hours(columns.seconds[row]), csv: (row) => columns.seconds[row] / 3600 },
      { id: "last", label: "Last engaged", whole: true, value: (row) => columns.last[row] || null, cell: (row) => dayText(columns.last[row]), csv: (row) => isoDay(columns.last[row]) },
      { id: "overdue", label: "Overdue", numeric: true, value: (row) => columns.overdue[row], cell: (row) => (columns.overdue[row] ? h("b", { class: "alarm" }, whole(columns.overdue[row])) : "0") },
    ],
    csvOnly: [
      { label: "Key", csv: (row) => people.keys[row] },
      { label: "Known to LinkedIn", csv: (row) => (columns.known[row] ? "yes" : "no") },
    ],
    filters: [
      { id: "group", label: "Group", options: people.groupNames.map((group, at) => [String(at), group]), keep: (row, wanted) => people.groupsOf(row).includes(Number(wanted)) },
      { id: "engaged", label: "Engagement", options: [["never", "Never engaged"], ["some", "Engaged"], ["completed", "Completed something"]], keep: (row, wanted) => (wanted === "never" ? !sum("assigned", row) : wanted === "some" ? sum("assigned", row) > 0 : sum("completed", row) > 0) },
      { id: "overdue", label: "Requirements", options: [["overdue", "Some overdue"], ["none", "None overdue"]], keep: (row, wanted) => columns.overdue[row] > 0 === (wanted === "overdue") },
      ...(unknown ? [{ id: "known", label: "Known to LinkedIn", options: /** @type {[string, string][]} */ ([["1", "Yes"], ["0", "No"]]), keep: (/** @type {number} */ row, /** @type {string} */ wanted) => columns.known[row] === Number(wanted) }] : []),
    ],
  });
  return [
    h("h2", {}, "People"),
    h("p", { class: "intro" }, `Courses, paths and videos count what a person has completed, ever seen. Hours are those of the lookback. Overdue counts requirements.${people.hasNames ? "" : " Names and e-mail addresses are not in this page (ReportPeople is ids)."}`),
    h("section", { class: "panel" }, table.element),
  ];
}
