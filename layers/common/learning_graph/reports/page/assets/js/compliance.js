import { facts, foreign, h, hashOf, link, panel } from "./dom.js";
import { counted, dayText, instantText, isoDay, isoText, percent, whole } from "./format.js";
import { KINDS, STATUSES, STATUS_MEANS, loadContent, loadPeople, loadPeopleOf, loadRequirements, metShare } from "./model.js";
import { sharesOverTime, statusBar, statusLegend } from "./overview.js";
import { section } from "./sections.js";
import { dataTable, plainTable } from "./table.js";

/** @param {string[]} path @param {URLSearchParams} query */
export async function compliance(path, query) {
  return path.length ? oneRequirement(path[0], query) : allRequirements(query);
}

/** @param {URLSearchParams} query */
async function allRequirements(query) {
  const [requirements, overview] = await Promise.all([loadRequirements(), section("overview")]);
  const title = h("h2", {}, "Compliance");
  if (!requirements.ids.length) {
    return [title, panel("No requirement", h("p", {}, "Requirements are described in config/requirements.yaml of the graph bucket; none is in force for this snapshot."))];
  }
  const ids = requirements.ids;
  const of = ids.map((id) => ({ ...requirements.requirement(id), totals: requirements.totals(id, null) ?? nobody() }));
  const table = dataTable({
    caption: "Requirements",
    noun: "requirement",
    count: ids.length,
    file: "requirements",
    sort: "id",
    query,
    columns: [
      { id: "title", label: "Requirement", searched: true, value: (row) => of[row].title, cell: (row) => link(hashOf("compliance", [ids[row]]), foreign(of[row].title)) },
      { id: "id", label: "Id", searched: true, low: true, value: (row) => ids[row] },
      { id: "owner", label: "Owner", searched: true, low: true, value: (row) => of[row].owner ?? "" },
      { id: "controls", label: "Controls", searched: true, low: true, value: (row) => (of[row].controls ?? []).join(", ") },
      { id: "share", label: "Met", numeric: true, value: (row) => metShare(of[row].totals), cell: (row) => percent(metShare(of[row].totals)) },
      { id: "overdue", label: "Overdue", numeric: true, value: (row) => of[row].totals.overdue },
      { id: "unknown", label: "Unknown", numeric: true, low: true, value: (row) => of[row].totals.unknown },
      { id: "due", label: "Due", numeric: true, low: true, value: (row) => of[row].totals.due },
      { id: "people", label: "In scope", numeric: true, value: (row) => of[row].totals.people },
      { id: "bar", label: "By status", sortable: false, low: true, value: () => null, csv: (row) => STATUSES.map((status) => `${status} ${of[row].totals[status]}`).join(", "), cell: (row) => statusBar(of[row].totals, of[row].totals.people) },
    ],
  });
  const incomplete = of.filter((row) => row.populationIsComplete === false).length;
  const earlier = overview.values.earlier;
  return [
    title,
    h("p", { class: "intro" }, `As of ${isoText(of.find((row) => row.asOfDate)?.asOfDate)}. "Met" is the share of the obliged people (all in scope without the exempt and those on leave) who have met the requirement, those who must soon repeat it among them.`),
    incomplete
      ? h("p", { class: "notice" }, `${incomplete === ids.length ? "No requirement rests" : `${counted(incomplete, "requirement")} of ${whole(ids.length)} do not rest`} on a population file: people who never opened LinkedIn Learning are missing from ${incomplete === 1 ? "it" : "them"}. Name a population file to have everybody in scope.`)
      : null,
    panel("Requirements", table.element, statusLegend()),
    earlier.length > 1 ? panel("Over the snapshots kept", sharesOverTime(earlier, of.map((row, at) => [ids[at], row.title]))) : null,
    changes(requirements),
    panel("What the statuses mean", facts(STATUSES.map((status) => [status, STATUS_MEANS[status]]), "facts terms")),
  ];
}

/** @returns {Record<string, number>} */
function nobody() {
  return Object.fromEntries(["people", ...STATUSES, "metLate", "obliged", "everMet", "neverMet", "current"].map((name) => [name, 0]));
}

/** @param {Awaited<ReturnType<typeof loadRequirements>>} requirements */
function changes({ changes, requirement }) {
  if (!changes.length) return null;
  return panel(
    "Changed since the snapshot before",
    plainTable(
      "Changes of status since the snapshot before",
      ["Requirement", "Before", "Now", ">People", "Compared with"],
      changes.map(([id, before, now, people, snapshot, redefined]) => [
        link(hashOf("compliance", [id], now ? { changed: before ?? "none", status: now } : {}), foreign(requirement(id).title)),
        before ?? "not in scope",
        now ?? "no longer in scope",
        people,
        h("span", {}, h("code", {}, snapshot), redefined ? " (the requirement itself was changed in between)" : ""),
      ]),
    ),
  );
}

/** @param {string} id @param {URLSearchParams} query */
async function oneRequirement(id, query) {
  const requirements = await loadRequirements();
  const number = requirements.ids.indexOf(id);
  const back = h("p", { class: "back" }, link("#compliance", "All requirements"));
  if (number < 0) return [h("h2", {}, "Compliance"), back, h("p", {}, "This snapshot has no requirement ", h("code", {}, id), ".")];
  const requirement = requirements.requirement(id);
  const totals = requirements.totals(id, null) ?? nobody();
  const list = await peopleTable(id, number, query);
  return [
    back,
    h("h2", {}, foreign(requirement.title)),
    h("p", { class: "intro" }, foreign(requirement.definition ?? "")),
    h("div", { class: "columns wide-right" }, about(requirement, totals), figures(totals, list.choose)),
    groupsPanel(id, requirements, query, list.choose),
    panel("People", list.note, list.element),
  ];
}

/** @param {any} requirement @param {Record<string, number>} totals */
function about(requirement, totals) {
  return panel(
    "About the requirement",
    facts([
      ["Id", h("code", {}, requirement.requirementId)],
      ["Owner", requirement.owner ? foreign(requirement.owner) : null],
      ["Controls", requirement.controls?.length ? requirement.controls.join(", ") : "none named"],
      ["People", requirement.population ? foreign(requirement.population) : null],
      ["Everybody in scope", requirement.populationIsComplete ? "yes: from a population file" : "only people known to LinkedIn"],
      ["Contents that count", whole(requirement.contents)],
      ["Cycle began", requirement.cycleStart ? isoText(requirement.cycleStart) : null],
      ["Judged at", isoText(requirement.asOfDate)],
      ["Initial coverage (CIS M3 ÷ (M3 + M4))", totals.everMet + totals.neverMet ? `${percent(totals.everMet / (totals.everMet + totals.neverMet))} (${whole(totals.everMet)} met it at least once, ${whole(totals.neverMet)} never)` : "–"],
      ["Refresh coverage (CIS M5 ÷ M3)", totals.everMet ? `${percent(totals.current / totals.everMet)} (of ${whole(totals.current)} the last time still counts)` : "–"],
    ]),
  );
}

/** @param {Record<string, number>} totals @param {(id: string, value: string) => void} choose */
function figures(totals, choose) {
  return panel(
    `${counted(totals.people, "person", "people")} in scope`,
    h("p", { class: "big" }, h("strong", {}, percent(metShare(totals))), ` of ${whole(totals.obliged)} obliged have met it`),
    statusBar(totals, totals.people),
    h(
      "ul",
      { class: "counts" },
      STATUSES.map((status) =>
        h(
          "li",
          {},
          h("button", { type: "button", class: "chip", onclick: () => choose("status", status) }, h("i", { class: `status-${status}`, "aria-hidden": "true" }), status, h("b", {}, whole(totals[status]))),
          h("small", {}, STATUS_MEANS[status]),
        ),
      ),
    ),
    totals.metLate ? h("p", { class: "note" }, `${counted(totals.metLate, "person", "people")} met it after the due date and its grace.`) : null,
  );
}

/** @param {string} id @param {Awaited<ReturnType<typeof loadRequirements>>} requirements @param {URLSearchParams} query @param {(id: string, value: string) => void} choose */
function groupsPanel(id, requirements, query, choose) {
  const groups = requirements.groups(id);
  if (!groups.length) return null;
  const of = groups.map((group) => requirements.totals(id, group) ?? nobody());
  return panel(
    "By group",
    h("p", { class: "note" }, "A person may be in several groups, so that the groups add up to more than everybody."),
    dataTable({
      caption: "The requirement by group",
      noun: "group",
      count: groups.length,
      file: `${id}-groups`,
      sort: "-overdue",
      prefix: "g.",
      size: 25,
      query,
      columns: [
        { id: "group", label: "Group", searched: true, value: (row) => groups[row], cell: (row) => h("button", { type: "button", class: "linklike", onclick: () => choose("group", groups[row]) }, foreign(groups[row])) },
        { id: "share", label: "Met", numeric: true, value: (row) => metShare(of[row]), cell: (row) => percent(metShare(of[row])) },
        { id: "overdue", label: "Overdue", numeric: true, value: (row) => of[row].overdue },
        { id: "due", label: "Due", numeric: true, low: true, value: (row) => of[row].due },
        { id: "people", label: "In scope", numeric: true, value: (row) => of[row].people },
        { id: "bar", label: "By status", sortable: false, low: true, value: () => null, csv: (row) => STATUSES.map((status) => `${status} ${of[row][status]}`).join(", "), cell: (row) => statusBar(of[row], of[row].people) },
      ],
    }).element,
  );
}

/** @param {string} status */
export function statusText(status) {
  return h("span", { class: "status" }, h("i", { class: `status-${status}`, "aria-hidden": "true" }), status);
}

/** @param {string} id @param {number} number @param {URLSearchParams} query */
async function peopleTable(id, number, query) {
  const [rows, people, content] = await Promise.all([loadPeopleOf(number), loadPeople(), loadContent()]);
  /** @param {number} row */
  const key = (row) => people.keys[rows.person[row]];
  const groupNames = [...new Set(Array.from({ length: rows.count }, (_, row) => rows.groups(row)).flat())].sort();
  /** @param {number} row */
  const met = (row) => (rows.content(row) < 0 ? null : content.titles[rows.content(row)]);
  /** @type {import("./table.js").TableColumn[]} */
  const columns = [
    { id: "name", label: people.hasNames ? "Name" : "Person", searched: true, value: (row) => people.name(rows.person[row]), cell: (row) => link(hashOf("explore", ["person", key(row)]), foreign(people.name(rows.person[row]))) },
    ...(people.hasNames ? [{ id: "email", label: "E-mail", searched: true, low: true, breakable: true, wide: true, value: (/** @type {number} */ row) => people.email(rows.person[row]) }] : []),
    { id: "id", label: "Id", searched: true, low: true, breakable: true, value: (row) => people.id(rows.person[row]) },
    { id: "status", label: "Status", value: (row) => STATUSES.indexOf(rows.status(row)), cell: (row) => statusText(rows.status(row)), csv: (row) => rows.status(row) },
    { id: "due", label: "Due", whole: true, value: (row) => rows.due(row) || null, cell: (row) => dayText(rows.due(row)), csv: (row) => isoDay(rows.due(row)) },
    { id: "overdue", label: "Days late", numeric: true, value: (row) => rows.daysOverdue(row) },
    { id: "met", label: "Met on", whole: true, value: (row) => rows.met(row) || null, cell: (row) => dayText(rows.met(row)), csv: (row) => isoDay(rows.met(row)) },
    { id: "why", label: "Why", low: true, wide: true, sortable: false, value: (row) => why(rows, row, met(row)), cell: (row) => whyCell(rows, row, content, met(row)) },
    { id: "groups", label: "Groups", low: true, wide: true, searched: true, value: (row) => rows.groups(row).join(", ") },
  ];
  const csvOnly = [
    { id: "grace", label: "Grace until", csv: (/** @type {number} */ row) => isoDay(rows.graceUntil(row)) },
    { id: "fromStart", label: "Days from start", csv: (/** @type {number} */ row) => rows.daysFromStart(row) },
    { id: "key", label: "Key", csv: (/** @type {number} */ row) => key(row) },
    { id: "snapshot", label: "Proof: snapshot", csv: (/** @type {number} */ row) => rows.proof(row)?.snapshot ?? "" },
    { id: "file", label: "Proof: file", csv: (/** @type {number} */ row) => rows.proof(row)?.file ?? "" },
    { id: "sha", label: "Proof: SHA-256 of the file", csv: (/** @type {number} */ row) => rows.proof(row)?.sha256 ?? "" },
  ];
  const table = dataTable({
    caption: "People in the scope of the requirement",
    noun: "person",
    nouns: "people",
    count: rows.count,
    file: id,
    sort: "name",
    query,
    searchLabel: people.hasNames ? "Search by name, e-mail, id or group" : "Search by id or group",
    columns,
    csvOnly,
    filters: [
      { id: "status", label: "Status", options: STATUSES.map((status) => [status, status]), keep: (row, wanted) => rows.status(row) === wanted },
      { id: "group", label: "Group", options: groupNames.map((group) => [group, group]), keep: (row, wanted) => rows.groups(row).includes(wanted) },
      { id: "late", label: "In time", options: [["late", "Met late"], ["30", "Within 30 days"], ["60", "Within 60 days"], ["90", "Within 90 days"]], keep: (row, wanted) => (wanted === "late" ? rows.metLate(row) : rows.within(row) > 0 && rows.within(row) <= Number(wanted)) },
      { id: "changed", label: "Status before", options: [["none", "not in scope"], ...STATUSES.map((status) => /** @type {[string, string]} */ ([status, status]))], keep: (row, wanted) => rows.before(row) === (wanted === "none" ? "" : wanted) },
    ],
  });
  const note = rows.everybody ? null : h("p", { class: "notice" }, "This page would be too large with everybody: it lists those with something to do. The counts above are of everybody; reports/compliance.csv of the snapshot has every person.");
  return { ...table, note };
}

/** @param {Awaited<ReturnType<typeof loadPeopleOf>>} rows @param {number} row @param {string | null} title */
function why(rows, row, title) {
  const status = rows.status(row);
  const exempt = rows.exempt(row);
  const paused = rows.paused(row);
  if (exempt) return `${exempt.reason ?? "exempt"}, decided by ${exempt.decidedBy ?? "–"}, ${isoText(exempt.since)} to ${exempt.until ? isoText(exempt.until) : "further notice"}`;
  if (paused) return `on leave from ${isoText(paused.since)}${paused.until ? ` to ${isoText(paused.until)}` : ""}`;
  if (status === "unknown") return "LinkedIn does not know this person";
  const parts = [title ?? (rows.progress(row) ? `${whole(rows.progress(row))} % of the way` : "")];
  if (rows.metLate(row)) parts.push("late");
  const before = rows.before(row);
  if (before !== null) parts.push(before ? `was ${before}` : "new in scope");
  return parts.filter(Boolean).join("; ");
}

/** @param {Awaited<ReturnType<typeof loadPeopleOf>>} rows @param {number} row @param {Awaited<ReturnType<typeof loadContent>>} content @param {string | null} title */
function whyCell(rows, row, content, title) {
  const text = foreign(why(rows, row, title));
  const proof = rows.proof(row);
  if (!proof) return text;
  return h(
    "details",
    { class: "proof" },
    h("summary", {}, text),
    facts([
      ["Content", rows.content(row) >= 0 ? link(hashOf("explore", ["content", content.keys[rows.content(row)]]), foreign(title ?? ""), ` (${KINDS[content.columns.kind[rows.content(row)]]})`) : null],
      ["Grace until", dayText(rows.graceUntil(row))],
      ["Days from start", rows.daysFromStart(row) === null ? null : whole(rows.daysFromStart(row))],
      ["Counted by", proof.basis],
      ["Snapshot", h("code", {}, proof.snapshot)],
      ["Lookback of LinkedIn's report", proof.start ? `${instantText(proof.start)} to ${instantText(proof.until)}` : null],
      ["File", h("code", {}, proof.file ?? "–")],
      ["SHA-256", proof.sha256 ? h("code", {}, proof.sha256) : null],
    ]),
  );
}
