import { barsAndLine, figure, shareLines } from "./charts.js";
import { facts, foreign, h, hashOf, isolated, link, panel } from "./dom.js";
import { bucketText, counted, hours, instantText, percent, whole, wholePercent, words } from "./format.js";
import { KINDS } from "./model.js";
import { section } from "./sections.js";
import { plainTable } from "./table.js";

/** @type {Record<string, string>} */
const STATUS_OF_RUN = {
  SUCCEEDED: "Complete: every step read all it was asked for.",
  PARTIAL: "Some steps missed something. What they did not bring is kept from earlier snapshots and named below.",
  FAILED: "Nothing could be read.",
};

/** @param {string} status */
export function runPill(status) {
  return h("span", { class: `pill run-${status.toLowerCase()}` }, words(status));
}

export async function overview() {
  const { values } = await section("overview");
  return [
    h("h2", { class: "unseen" }, "Overview"),
    tiles(values),
    h("div", { class: "columns" }, complete(values), attention(values)),
    h("div", { class: "columns wide-left" }, completions(values), mostUsed(values)),
    values.earlier.length > 1 ? overTime(values) : null,
    numbers(values),
  ];
}

/** @param {string} name @param {string} value @param {...(import("./dom.js").Child)} below */
function tile(name, value, ...below) {
  return h("div", { class: "tile" }, h("dt", {}, name), h("dd", {}, h("strong", {}, value), h("span", {}, ...below)));
}

/** @param {Record<string, any>} values */
function tiles(values) {
  const { counts, totals, lookback, requirements } = values;
  const learners = totals.learners ?? 0;
  const contents = ["course", "learning_path", "video"].map((kind) => counts.entities[`linkedin_learning_${kind}`] ?? 0);
  /** @param {number} at */
  const sum = (at) => requirements.reduce((/** @type {number} */ total, /** @type {any[]} */ row) => total + row[at], 0);
  const [people, met, expiring, overdue, exempt, paused] = [2, 3, 4, 6, 7, 8].map(sum);
  const obliged = people - exempt - paused;
  return h(
    "dl",
    { class: "tiles" },
    tile("Learners", whole(learners), learners ? `${whole(values.activeLearners)} active in the last ${lookback.days} days (${percent(values.activeLearners / learners)})` : ""),
    tile("Completed", whole(totals.completed), "pairs of learner and content, ever seen"),
    tile(`Completions in ${lookback.days} days`, whole(totals.completions), `${whole(totals.views)} views, ${hours(totals.secondsViewed)} hours viewed`),
    tile("Content", whole(contents[0] + contents[1] + contents[2]), `${counted(contents[0], "course")}, ${counted(contents[1], "learning path")}, ${counted(contents[2], "video")}`),
    requirements.length
      ? tile("Requirements met", obliged ? wholePercent((met + expiring) / obliged) : "–", `${counted(requirements.length, "requirement")}, `, link("#compliance", `${whole(overdue)} overdue`))
      : tile("Requirements", "none", "config/requirements.yaml names none"),
  );
}

/** @param {Record<string, any>} values */
function complete(values) {
  const bad = Object.entries(values.steps).filter(([, status]) => status !== "SUCCEEDED");
  const total = Object.keys(values.steps).length;
  const partial = values.partialDatasets?.types ?? [];
  return panel(
    "State and freshness",
    h("p", { class: "lead" }, runPill(values.status), " ", values.reason ? foreign(values.reason) : STATUS_OF_RUN[values.status]),
    facts([
      ["Run", h("code", {}, values.runId)],
      ["Started", instantText(values.startedAt)],
      ["Data of LinkedIn until", instantText(values.coveredUntil)],
      ["Activity read", `${instantText(values.lookback.start)} to ${instantText(values.lookback.end)} (${counted(values.lookback.days, "day")})`],
      ["Steps", [`${whole(total - bad.length)} of ${whole(total)} succeeded`, ...bad.flatMap(([name, status]) => [", ", `${words(name).toLowerCase()} ${String(status).toLowerCase()}`])]],
      ["Not read in full", partial.length ? partial.map(words).join(", ") : null],
      ["Kept from earlier snapshots", values.carriedOver ? counted(values.carriedOver, "record") : "nothing"],
      ["Rejected records", values.rejected ? counted(values.rejected, "record") : "none"],
    ]),
    h("p", {}, link("#data", "Steps, files and reconciliation")),
  );
}

/** @param {Record<string, any>} values */
function attention(values) {
  const worst = [...values.requirements].sort((a, b) => b[6] + b[9] - a[6] - a[9]).slice(0, REQUIREMENTS_SHOWN);
  const rows = worst.map((/** @type {any[]} */ [id, title, people, met, expiring, due, overdue, exempt, paused, unknown, share]) => [
    link(hashOf("compliance", [id]), foreign(title ?? id)),
    h("span", {}, percent(share)),
    overdue || unknown ? link(hashOf("compliance", [id], { status: overdue ? "overdue" : "unknown" }), whole(overdue + unknown)) : "0",
    statusBar({ met, expiring, due, overdue, unknown, exempt, paused }, people),
  ]);
  return panel(
    "Requirements",
    values.alerts.length
      ? h(
          "ul",
          { class: "alerts" },
          values.alerts.map((/** @type {any[]} */ [rule, severity, state, , , , , message]) =>
            h("li", {}, h("span", { class: `pill severity-${severity}` }, words(severity)), " ", foreign(message ?? rule), state === "firing" ? null : ` (${state})`),
          ),
        )
      : null,
    rows.length
      ? plainTable("Requirements with the share that has met them", ["Requirement", ">Met", ">Overdue or unknown", "All people in scope"], rows)
      : h("p", {}, "No requirement is in force. Describe them in config/requirements.yaml of the graph bucket."),
    rows.length ? statusLegend() : null,
    rows.length < values.requirements.length ? h("p", {}, link("#compliance", `All ${whole(values.requirements.length)} requirements`)) : null,
  );
}

const LINES_DRAWN = 7;
const REQUIREMENTS_SHOWN = 8;
const BAR_STATUSES = ["met", "expiring", "due", "overdue", "unknown", "exempt", "paused"];

/** @param {Record<string, number>} counts @param {number} people */
export function statusBar(counts, people) {
  const said = BAR_STATUSES.filter((status) => counts[status]).map((status) => `${status} ${whole(counts[status])}`);
  return h(
    "span",
    { class: "bar-of", role: "img", "aria-label": said.join(", ") || "nobody", title: said.join(", ") },
    BAR_STATUSES.filter((status) => counts[status]).map((status) => h("span", { class: `status-${status}`, style: { flex: `${counts[status] / people} 0 2px` } })),
  );
}

export function statusLegend() {
  return h("p", { class: "legend", "aria-hidden": "true" }, BAR_STATUSES.map((status) => h("span", {}, h("i", { class: `status-${status}` }), status)));
}

/** @param {Record<string, any>} values */
function completions(values) {
  const { unit, buckets, undated } = values.completionsOverTime;
  if (!buckets.length) return panel("Completions", h("p", {}, "No completion is known yet."));
  const labels = buckets.map((/** @type {any[]} */ row) => bucketText(row[0], unit));
  const column = (/** @type {number} */ at) => buckets.map((/** @type {any[]} */ row) => row[at]);
  const total = column(1).reduce((/** @type {number} */ sum, /** @type {number} */ value) => sum + value, 0);
  const spoken = unit === "week" ? "week (from Monday)" : unit;
  return panel(
    `Completions by ${unit}`,
    figure(
      `${counted(total, "completion")} and the learners who made them, by ${spoken}, ${labels[0]} to ${labels[labels.length - 1]}`,
      () => barsAndLine(labels, { name: "Completions", data: column(1) }, { name: "Learners", data: column(2) }),
      [words(unit), ">Completions", ">Learners"],
      buckets.map((/** @type {any[]} */ row, /** @type {number} */ at) => [labels[at], row[1], row[2]]),
    ),
    undated ? h("p", { class: "note" }, `${counted(undated, "completion")} without a date of LinkedIn's.`) : null,
  );
}

/** @param {Record<string, any>} values */
function mostUsed(values) {
  const largest = Math.max(1, ...values.mostUsed.map((/** @type {any[]} */ row) => row[4]));
  return panel(
    "Most used content",
    h(
      "ol",
      { class: "ranking" },
      values.mostUsed.map((/** @type {any[]} */ [, key, title, kind, learners, completed]) =>
        h(
          "li",
          {},
          h("span", { class: "what" }, link(hashOf("explore", ["content", key]), foreign(title)), h("small", {}, `${KINDS[kind]}, ${whole(completed)} completed`)),
          h("span", { class: "amount" }, counted(learners, "learner")),
          h("span", { class: "track", "aria-hidden": "true" }, h("span", { style: { width: `${(100 * learners) / largest}%` } })),
        ),
      ),
    ),
    values.mostUsed.length ? h("p", {}, link("#content", "All content")) : h("p", {}, "Nobody has used any content yet."),
  );
}

/** @param {Record<string, any>} values */
function overTime(values) {
  const snapshots = values.earlier;
  const labels = snapshots.map((/** @type {any} */ snapshot) => instantText(snapshot.started_at));
  /** @param {string} name */
  const column = (name) => snapshots.map((/** @type {any} */ snapshot) => snapshot[name]);
  return panel(
    "Over the snapshots kept",
    figure(
      `Completed pairs of learner and content, and learners, in ${counted(snapshots.length, "snapshot")}`,
      () => barsAndLine(labels, { name: "Completed", data: column("completed") }, { name: "Learners", data: column("learners") }),
      ["Snapshot", ">Completed", ">Learners"],
      snapshots.map((/** @type {any} */ snapshot, /** @type {number} */ at) => [labels[at], snapshot.completed, snapshot.learners]),
    ),
  );
}

/** The course of each requirement's share over the snapshots. @param {any[]} snapshots @param {[string, string][]} requirements id and title */
export function sharesOverTime(snapshots, requirements) {
  const labels = snapshots.map((snapshot) => instantText(snapshot.started_at));
  const lines = requirements.map(([id, title]) => ({ name: title, data: snapshots.map((snapshot) => snapshot.met_shares[id] ?? null) }));
  const last = snapshots.length - 1;
  const drawn = [...lines].sort((a, b) => (a.data[last] ?? 1) - (b.data[last] ?? 1)).slice(0, LINES_DRAWN);
  const which = drawn.length < lines.length ? ` (the ${drawn.length} requirements with the lowest share)` : "";
  return figure(
    `Share of obliged people who have met the requirement, in ${counted(snapshots.length, "snapshot")}${which}`,
    () => shareLines(labels, drawn, (value) => wholePercent(value)),
    ["Snapshot", ...requirements.map(([, title]) => `>${isolated(title, 60)}`)],
    snapshots.map((_, at) => [labels[at], ...lines.map(({ data }) => percent(data[at]))]),
  );
}

/** @param {Record<string, any>} values */
function numbers(values) {
  const { entities, relationships } = values.counts;
  const rows = (/** @type {Record<string, number>} */ counts) => Object.entries(counts).map(([type, count]) => [h("span", {}, words(type), " ", h("code", {}, type)), count]);
  const sum = (/** @type {Record<string, number>} */ counts) => whole(Object.values(counts).reduce((total, count) => total + count, 0));
  return h(
    "div",
    { class: "columns" },
    panel(`Entities: ${sum(entities)}`, plainTable("Entities by type", ["Type", ">Count"], rows(entities))),
    panel(`Relationships: ${sum(relationships)}`, plainTable("Relationships by type", ["Type", ">Count"], rows(relationships))),
  );
}
