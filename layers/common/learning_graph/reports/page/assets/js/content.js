import { foreign, h, hashOf, link } from "./dom.js";
import { dayText, hours, isoDay, lengthText, words } from "./format.js";
import { KINDS, loadContent } from "./model.js";
import { dataTable } from "./table.js";

/** @param {URLSearchParams} query */
export async function contents(query) {
  const content = await loadContent();
  const { columns } = content;
  const skillTags = Array.from({ length: content.tags.count }, (_, tag) => tag).filter((tag) => content.tags.types[tag] === "SKILL" && content.tags.contents[tag]);
  skillTags.sort((a, b) => content.tags.names[a].localeCompare(content.tags.names[b]));
  const table = dataTable({
    caption: "Content",
    noun: "title",
    count: content.count,
    file: "content",
    sort: "-learners",
    query,
    searchLabel: "Search titles",
    columns: [
      { id: "title", label: "Title", searched: true, value: (row) => content.titles[row], cell: (row) => link(hashOf("explore", ["content", content.keys[row]]), foreign(content.titles[row])) },
      { id: "kind", label: "Kind", low: true, value: (row) => KINDS[columns.kind[row]] },
      { id: "level", label: "Level", low: true, value: (row) => columns.level[row] || null, cell: (row) => level(row), csv: (row) => level(row) },
      { id: "length", label: "Length", numeric: true, low: true, value: (row) => columns.length[row] || null, cell: (row) => lengthText(columns.length[row]), csv: (row) => (columns.length[row] ? columns.length[row] - 1 : null) },
      { id: "learners", label: "Learners", numeric: true, value: (row) => columns.learners[row] },
      { id: "completed", label: "Completed", numeric: true, value: (row) => columns.completed[row] },
      { id: "views", label: "Views", numeric: true, low: true, value: (row) => columns.views[row] },
      { id: "hours", label: "Hours viewed", numeric: true, low: true, value: (row) => columns.seconds[row], cell: (row) => hours(columns.seconds[row]), csv: (row) => columns.seconds[row] / 3600 },
      { id: "last", label: "Last engaged", low: true, whole: true, value: (row) => columns.last[row] || null, cell: (row) => dayText(columns.last[row]), csv: (row) => isoDay(columns.last[row]) },
      { id: "state", label: "State", low: true, value: (row) => state(row) },
    ],
    csvOnly: [
      { label: "URN", csv: (row) => content.keys[row] },
      { label: "Skills and topics", csv: (row) => Array.from(content.tagsOf(row), (tag) => content.tags.names[tag]).join(", ") },
    ],
    filters: [
      { id: "kind", label: "Kind", options: KINDS.map((kind, at) => [String(at), kind]), keep: (row, wanted) => columns.kind[row] === Number(wanted) },
      { id: "skill", label: "Skill", options: skillTags.map((tag) => [String(tag), content.tags.names[tag]]), keep: (row, wanted) => content.tagsOf(row).includes(Number(wanted)) },
      { id: "used", label: "Use", options: [["used", "Used"], ["unused", "Never used"], ["retired", "Retired and used"]], keep: (row, wanted) => (wanted === "unused" ? !columns.learners[row] : columns.learners[row] > 0 && (wanted === "used" || columns.retired[row] === 2)) },
    ],
  });
  return [
    h("h2", {}, "Content"),
    h("p", { class: "intro" }, "Learners and completed count everybody ever seen with it; views and hours are those of the lookback."),
    h("section", { class: "panel" }, table.element),
  ];

  /** @param {number} row */
  function level(row) {
    return columns.level[row] ? words(content.levels[columns.level[row] - 1]) : "";
  }

  /** @param {number} row */
  function state(row) {
    return columns.retired[row] === 2 ? "retired" : columns.retired[row] === 1 ? "available" : "";
  }
}
