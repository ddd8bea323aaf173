import { facts, foreign, h, panel } from "./dom.js";
import { counted, instantText, percent, timeZone, whole, words } from "./format.js";
import { runPill } from "./overview.js";
import { section } from "./sections.js";
import { dataTable, plainTable } from "./table.js";

/** @param {URLSearchParams} query */
export async function data(query) {
  const { values } = await section("data");
  const manifest = values.manifest;
  const steps = Object.entries(manifest.steps);
  return [
    h("h2", {}, "Data"),
    h("p", { class: "intro" }, "What the snapshot rests on, as its manifest says. Each file can be compared with its SHA-256 by any tool, without this page or its software."),
    h("div", { class: "columns" }, run(manifest), carried(manifest, steps)),
    panel("Steps", stepsTable(steps)),
    failures(steps),
    rejected(steps),
    problems(values.problems),
    reconciliation(manifest.reconciliation),
    h("div", { class: "columns" }, catalogue(manifest.catalog), unmodelled(manifest.unmodelledContent)),
    files(manifest, query),
  ];
}

/** @param {any} manifest */
function run(manifest) {
  return panel(
    "Run",
    facts([
      ["Run", h("code", {}, manifest.runId)],
      ["Status", runPill(manifest.status)],
      ["Reason", manifest.reason ? foreign(manifest.reason) : null],
      ["Account", [foreign(manifest.accountName), " ", h("code", {}, manifest.accountKeyRef)]],
      ["Started", instantText(manifest.startedAt)],
      ["Lookback", `${counted(manifest.lookback.days, "day")}: ${instantText(manifest.lookback.start)} to ${instantText(manifest.lookback.end)}`],
      ["LinkedIn's data until", instantText(manifest.coveredUntil)],
      ["Dates are in", timeZone()],
      ["Format of the manifest", whole(manifest.formatVersion)],
    ]),
  );
}

/** @param {any} manifest @param {[string, any][]} steps */
function carried(manifest, steps) {
  const kept = steps.filter(([, step]) => step.carriedOver);
  return panel(
    "Carried over",
    facts([
      ["Not read in full by this run", manifest.partialDatasets?.types?.length ? manifest.partialDatasets.types.map(words).join(", ") : "nothing"],
      ["Records of earlier snapshots alone", kept.length ? kept.map(([name, step]) => `${words(name)} ${whole(step.carriedOver)}`).join(", ") : "none"],
      ["Snapshot before", manifest.bases?.length ? h("span", {}, manifest.bases.map((/** @type {string} */ id) => h("code", {}, id))) : "none"],
      ["Runs whose evidence is merged", whole(manifest.mergedRuns?.length ?? 0)],
      ["Erasures known", manifest.erasures ? h("code", {}, manifest.erasures) : "none"],
    ]),
  );
}

/** @param {[string, any][]} steps */
function stepsTable(steps) {
  return plainTable(
    "Steps of the run",
    ["Step", "Status", ">Shards", ">Windows", ">Rows", ">Pages", ">Requests", "Data until", ">Carried over", "Notes"],
    steps.map(([name, step]) => [words(name), runPill(step.status), step.shards, step.windows, step.rows, step.pages, step.requests, instantText(step.latestDataAt), step.carriedOver, [step.mode ? `read in ${step.mode === "full" ? "full" : "part: what changed"}` : null, ...step.notes].filter(Boolean).join("; ") || "–"]),
  );
}

/** @param {[string, any][]} steps */
function failures(steps) {
  const rows = steps.flatMap(([name, step]) => step.failures.map((/** @type {any} */ failure) => [words(name), h("code", {}, failure.shard), failure.error, failure.resolution ?? "–"]));
  return rows.length ? panel(`Failures: ${whole(rows.length)}`, plainTable("Shards that failed", ["Step", "Shard", "Error", "Resolution"], rows)) : null;
}

/** @param {[string, any][]} steps */
function rejected(steps) {
  const rows = steps.flatMap(([name, step]) => step.rejected.map((/** @type {any} */ shard) => [words(name), h("code", {}, shard.shard), shard.count, shard.first.map((/** @type {any} */ record) => `row ${record.row}: ${record.problem}`).join("; ")]));
  const total = steps.reduce((sum, [, step]) => sum + step.rejected.reduce((/** @type {number} */ count, /** @type {any} */ shard) => count + shard.count, 0), 0);
  return panel(`Rejected records: ${whole(total)}`, rows.length ? plainTable("Records that could not be used", ["Step", "Shard", ">Records", "First of them"], rows) : h("p", {}, "Every record that LinkedIn sent could be used."));
}

/** @param {[string, string, string, string][]} rows */
function problems(rows) {
  return rows.length ? panel(`Problems of the reports: ${whole(rows.length)}`, plainTable("What the reports could not use", ["Severity", "Place", "Problem", "Resolution"], rows)) : null;
}

/** @param {any} found */
function reconciliation(found) {
  if (!found) return panel("Reconciliation", h("p", {}, "This run read no activity to compare with LinkedIn's own totals."));
  const rows = Object.entries(found.totals).flatMap(([type, metrics]) =>
    Object.entries(/** @type {Record<string, { account: number, learners: number }>} */ (metrics)).map(([metric, sums]) => {
      const difference = sums.learners - sums.account;
      const largest = Math.max(sums.learners, sums.account);
      return [words(type), words(metric.replace(/[A-Z]/g, (letter) => ` ${letter}`)), sums.learners, sums.account, difference, largest ? percent(Math.abs(difference) / largest) : "–"];
    }),
  );
  const beyond = found.differences.filter((/** @type {any} */ difference) => difference.exceeds);
  return panel(
    "Reconciliation",
    h("p", {}, `Sums over learners beside LinkedIn's own totals for the account, over ${counted(found.windows, "window")}; ${beyond.length ? `${counted(beyond.length, "difference")} beyond ${found.tolerancePercent} %` : `no difference beyond ${found.tolerancePercent} %`}.${found.unavailable.length ? ` LinkedIn gave no totals for ${counted(found.unavailable.length, "window")}.` : ""}`),
    plainTable("Reconciliation by type of content and metric", ["Type", "Metric", ">Learners", ">LinkedIn's total", ">Difference", ">Of the larger"], rows),
    found.differences.length
      ? plainTable("Differences by window", ["Window from", "Type", "Metric", ">Learners", ">LinkedIn's total", "Beyond the tolerance"], found.differences.map((/** @type {any} */ row) => [instantText(row.windowStart), words(row.assetType), row.metric, row.learners, row.account, row.exceeds ? "yes" : "no"]))
      : null,
  );
}

/** @param {Record<string, any>} catalogue */
function catalogue(catalogue) {
  return panel("Catalogue", plainTable("How far the catalogue has been read", ["Step", "Read", "Read in full", "Locales", "Licensed only"], Object.entries(catalogue).map(([name, read]) => [words(name), instantText(read.readAt), instantText(read.fullReadAt), read.locales.join(", "), read.licensedOnly ? "yes" : "no"])));
}

/** @param {Record<string, Record<string, number>>} totals */
function unmodelled(totals) {
  const rows = Object.entries(totals ?? {}).map(([type, metrics]) => [words(type), metrics.views ?? 0, metrics.completions ?? 0, metrics.secondsViewed ?? 0]);
  return panel("Content outside the model", rows.length ? plainTable("Activity with content that is not in the graph", ["Type", ">Views", ">Completions", ">Seconds viewed"], rows) : h("p", {}, "All activity was with courses, learning paths and videos."));
}

/** @param {any} manifest @param {URLSearchParams} query */
function files(manifest, query) {
  const all = manifest.files;
  const table = dataTable({
    caption: "Files of the snapshot",
    noun: "file",
    count: all.length,
    file: "files",
    sort: "key",
    query,
    size: 25,
    columns: [
      { id: "key", label: "Object key", searched: true, value: (row) => all[row].key, cell: (row) => h("code", {}, all[row].key) },
      { id: "rows", label: "Rows", numeric: true, value: (row) => all[row].rows },
      { id: "bytes", label: "Bytes", numeric: true, value: (row) => all[row].bytes },
      { id: "sha256", label: "SHA-256", searched: true, value: (row) => all[row].sha256, cell: (row) => h("code", {}, all[row].sha256) },
    ],
  });
  return panel(`Files: ${whole(all.length)}`, h("p", {}, "To verify a copy: ", h("code", {}, "sha256sum"), " of each file must give the value below; ", h("code", {}, "python -m local verify FOLDER"), " does so for all of them."), table.element);
}
