import { facts, foreign, h, hashOf, link, panel } from "./dom.js";
import { counted, lengthText, percent, whole, wholePercent } from "./format.js";
import { KINDS, loadContent } from "./model.js";
import { section } from "./sections.js";
import { dataTable, folded } from "./table.js";

/**
 * @typedef {{ group: string, skill: string, key: string | null, asked: boolean, withheld: boolean } & Record<string, any>} Cell
 */

const MEASURES = /** @type {const} */ ([
  ["coverage", "Covered"],
  ["recentCoverage", "Covered lately"],
  ["engagedShare", "Started or covered"],
  ["gap", "Gap to the target"],
]);
const GROUPS_SHOWN = 30;
/** What has a meaning only for a skill that the group is asked for. */
const OF_A_TARGET = ["target", "gap", "peopleToTrain", "recentGap", "peopleToTrainRecently"];

async function load() {
  const { values } = await section("skills");
  /** @type {Cell[]} */
  const cells = values.rows.map((/** @type {any[]} */ [group, skill, key, asked, withheld, ...numbers]) => ({
    group,
    skill,
    key,
    asked,
    withheld,
    ...Object.fromEntries(values.figures.map((/** @type {string} */ name, /** @type {number} */ at) => [name, asked || !OF_A_TARGET.includes(name) ? numbers[at] : null])),
  }));
  return { cells, contents: /** @type {[string, string, number, number, number][]} */ (values.contents) };
}

/** @param {string[]} path @param {URLSearchParams} query */
export async function skills(path, query) {
  const { cells, contents } = await load();
  const title = h("h2", {}, "Skills");
  if (!cells.length) return [title, panel("No figures", h("p", {}, "There are no groups, or no skills: name required skills in config/requirements.yaml of the graph bucket."))];
  const meaning = h(
    "p",
    { class: "intro" },
    "A learner is covered in a skill by at least one completed content that is tagged with it. It says what people have learned, never how well they can do it: do not decide on anybody's employment by it. Groups below the minimum size have no figures.",
  );
  const map = panel("Groups and skills", heatMap(cells, query, path));
  const chosen = path.length === 2 ? await about(cells, contents, path[0], path[1]) : null;
  return [title, meaning, chosen ? h("div", { class: "columns chosen" }, map, chosen) : map, panel("Gaps", gaps(cells, query))];
}

/** @param {Cell[]} cells @param {URLSearchParams} query @param {string[]} path */
function heatMap(cells, query, path) {
  const byPlace = new Map(cells.map((cell) => [`${cell.group}\n${cell.skill}`, cell]));
  const asked = new Set(cells.filter((cell) => cell.asked).map((cell) => cell.skill));
  const holder = h("div", { class: "scroll heat", tabindex: "0", role: "region", "aria-label": "Coverage by group and skill" });
  const count = h("p", { class: "count" });
  const state = { measure: query.get("measure") ?? "coverage", all: query.get("skills") === "all" || !asked.size, group: query.get("group") ?? "" };

  function drawMap() {
    const skillNames = [...new Set(cells.map((cell) => cell.skill))].filter((skill) => state.all || asked.has(skill)).sort();
    const wanted = folded(state.group);
    const all = [...new Set(cells.map((cell) => cell.group))].filter((group) => folded(group).includes(wanted));
    const need = new Map(all.map((group) => [group, skillNames.reduce((sum, skill) => sum + (byPlace.get(`${group}\n${skill}`)?.peopleToTrain ?? 0), 0)]));
    all.sort((a, b) => (need.get(b) ?? 0) - (need.get(a) ?? 0) || a.localeCompare(b));
    const groups = all.slice(0, GROUPS_SHOWN);
    count.textContent = all.length > groups.length ? `${whole(groups.length)} of ${counted(all.length, "group")}, those with most people to train first` : counted(all.length, "group");
    holder.replaceChildren(
      h(
        "table",
        {},
        h("caption", { class: "unseen" }, "Groups in rows, skills in columns"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Group"), skillNames.map((skill) => h("th", { scope: "col", class: "turned" }, h("span", {}, foreign(skill)))))),
        h("tbody", {}, groups.map((group) => h("tr", {}, h("th", { scope: "row" }, foreign(group)), skillNames.map((skill) => cellOf(byPlace.get(`${group}\n${skill}`), state.measure, path))))),
      ),
    );
  }

  /** @param {string} name @param {string} value */
  function keep(name, value) {
    if (value) query.set(name, value);
    else query.delete(name);
    const search = query.toString();
    history.replaceState(history.state, "", location.hash.split("?")[0] + (search ? `?${search}` : ""));
    drawMap();
  }
  /** @param {Event} event */
  const valueOf = (event) => /** @type {HTMLInputElement} */ (event.target).value;
  const controls = h(
    "div",
    { class: "controls" },
    h("input", { type: "search", placeholder: "Search groups", "aria-label": "Search groups", value: state.group, oninput: (/** @type {Event} */ event) => ((state.group = valueOf(event)), keep("group", state.group)) }),
    h("label", { class: "filter" }, h("span", {}, "Shown"), h("select", { onchange: (/** @type {Event} */ event) => ((state.measure = valueOf(event)), keep("measure", state.measure)) }, MEASURES.map(([id, label]) => h("option", { value: id, selected: id === state.measure }, label)))),
    asked.size ? h("label", { class: "filter" }, h("span", {}, "Skills"), h("select", { onchange: (/** @type {Event} */ event) => ((state.all = valueOf(event) === "all"), keep("skills", state.all ? "all" : "")) }, h("option", { value: "" }, "Asked for"), h("option", { value: "all", selected: state.all }, "All"))) : null,
    count,
  );
  drawMap();
  const months = cells.find((cell) => cell.withinMonths)?.withinMonths;
  return h(
    "div",
    {},
    controls,
    holder,
    h(
      "p",
      { class: "legend" },
      h("span", {}, h("i", { class: "heat-0" }), "0 %"),
      [1, 2, 3, 4, 5].map((step) => h("span", {}, h("i", { class: `heat-${step}` }), step === 5 ? "80–100 %" : `${(step - 1) * 20 || ">0"}–${step * 20} %`)),
      h("span", {}, h("b", { class: "mark" }, "▾"), "below the target"),
    ),
    months ? h("p", { class: "note" }, `"Covered lately" counts completions in the last ${months} months. Choose a cell for its figures and for the content that would close the gap.`) : null,
  );
}

/** @param {Cell | undefined} cell @param {string} measure @param {string[]} path */
function cellOf(cell, measure, path) {
  // The map stays as it is when a cell is chosen.
  const chosenState = () => Object.fromEntries(new URLSearchParams(location.hash.split("?")[1] ?? ""));
  if (!cell) return h("td", { class: "heat-none" }, "–");
  const value = cell[measure];
  if (cell.withheld || value === null || value === undefined) return h("td", { class: "heat-none" }, h("span", { title: cell.withheld ? "The group is too small for figures" : "Not asked for" }, "–"));
  const step = value === 0 ? 0 : Math.min(5, Math.floor(value * 5 - 1e-9) + 1);
  const chosen = path[0] === cell.group && path[1] === cell.skill;
  return h(
    "td",
    { class: measure === "gap" ? `gap-${step}` : `heat-${step}`, "aria-current": chosen ? "true" : null },
    h(
      "a",
      { href: hashOf("skills", [cell.group, cell.skill], chosenState()), title: `${cell.group}, ${cell.skill}: ${whole(cell.covered)} of ${whole(cell.groupSize)} covered` },
      wholePercent(value),
      cell.gap > 0 ? h("b", { class: "mark" }, h("span", { "aria-hidden": "true" }, "▾"), h("span", { class: "unseen" }, " below the target")) : null,
    ),
  );
}

/** @param {Cell[]} cells @param {[string, string, number, number, number][]} contents @param {string} group @param {string} skill */
async function about(cells, contents, group, skill) {
  const cell = cells.find((candidate) => candidate.group === group && candidate.skill === skill);
  if (!cell) return panel("Not in this snapshot", h("p", {}, "There is no such group and skill."));
  const content = await loadContent();
  const closing = contents.filter((row) => row[0] === group && row[1] === skill);
  return h(
    "section",
    { class: "panel" },
    h("h3", {}, foreign(skill), " in ", foreign(group)),
    cell.withheld
      ? h("p", {}, "The group is below the minimum size: it has no figures.")
      : facts([
          ["Covered", `${percent(cell.coverage)}: ${whole(cell.covered)} of ${counted(cell.groupSize, "learner")}`],
          [`Covered in the last ${cell.withinMonths} months`, `${percent(cell.recentCoverage)}: ${whole(cell.coveredRecently)}`],
          ["Started or covered", `${percent(cell.engagedShare)}: ${whole(cell.engaged)}`],
          ["Target", cell.target === null ? "none: not asked for" : percent(cell.target)],
          ["Gap", cell.gap === null ? null : percent(cell.gap)],
          ["People to train", cell.peopleToTrain === null ? null : `${whole(cell.peopleToTrain)} (${whole(cell.peopleToTrainRecently)} by completions of late)`],
        ]),
    h("p", {}, link(hashOf("explore", ["group", group]), "The group"), cell.key ? [" · ", link(hashOf("explore", ["tag", cell.key]), "Everything about the skill")] : null),
    closing.length
      ? [
          h("h4", {}, "Content that would close the gap"),
          h(
            "ol",
            { class: "closing" },
            closing.map(([, , place, learners, started]) =>
              h("li", {}, link(hashOf("explore", ["content", content.keys[place]]), foreign(content.titles[place])), h("small", {}, [KINDS[content.columns.kind[place]], content.columns.level[place] ? content.levels[content.columns.level[place] - 1].toLowerCase() : null, lengthText(content.columns.length[place]), `used by ${counted(learners, "learner")}`, started ? `${whole(started)} of the group have started it` : null].filter(Boolean).join(" · "))),
            ),
          ),
        ]
      : null,
  );
}

/** @param {Cell[]} cells @param {URLSearchParams} query */
function gaps(cells, query) {
  const open = cells.filter((cell) => cell.gap > 0);
  return dataTable({
    caption: "Gaps to the targets by group and skill",
    noun: "gap",
    count: open.length,
    file: "skill-gaps",
    sort: "-train",
    prefix: "g.",
    size: 25,
    query,
    empty: "No group is below a target.",
    columns: [
      { id: "group", label: "Group", searched: true, value: (row) => open[row].group, cell: (row) => link(hashOf("skills", [open[row].group, open[row].skill]), foreign(open[row].group)) },
      { id: "skill", label: "Skill", searched: true, value: (row) => open[row].skill },
      { id: "size", label: "Learners", numeric: true, low: true, value: (row) => open[row].groupSize },
      { id: "covered", label: "Covered", numeric: true, value: (row) => open[row].covered },
      { id: "coverage", label: "Coverage", numeric: true, value: (row) => open[row].coverage, cell: (row) => percent(open[row].coverage) },
      { id: "target", label: "Target", numeric: true, low: true, value: (row) => open[row].target, cell: (row) => percent(open[row].target) },
      { id: "gap", label: "Gap", numeric: true, value: (row) => open[row].gap, cell: (row) => percent(open[row].gap) },
      { id: "train", label: "People to train", numeric: true, value: (row) => open[row].peopleToTrain },
    ],
  }).element;
}
