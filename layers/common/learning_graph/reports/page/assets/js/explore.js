// The graph itself: one thing at a time with its neighbours as lists, and a drawing beside them that grows with the way
// one takes. The drawing repeats what the lists say, so that it is hidden from screen readers.
import { colour, draw } from "./charts.js";
import { statusText } from "./compliance.js";
import { announce, facts, foreign, h, hashOf, isolated, link, panel } from "./dom.js";
import { counted, dayText, hours, isoDay, lengthText, percent, whole, wholePercent, words } from "./format.js";
import { KINDS, KINDS_MANY, loadContent, loadEngagement, loadPeople, loadPeopleOf, loadRequirements, metShare } from "./model.js";
import { dataTable, folded } from "./table.js";

/**
 * @typedef {"person" | "group" | "content" | "tag"} NodeType
 * @typedef {{ type: NodeType, key: string, label: string }} GraphNode
 * @typedef {{ node: GraphNode, word: string }} Neighbour
 * @typedef {{ title: string, heading: string, lead: import("./dom.js").Child[], facts: [string, import("./dom.js").Child | import("./dom.js").Child[]][], lists: HTMLElement[], drawn: Neighbour[] }} View
 */

const TYPE_WORDS = { person: "Person", group: "Group", content: "Content", tag: "Classification" };
const DRAWN_PER_LIST = 8;
const TRAIL_LENGTH = 4;
const FOUND_PER_TYPE = 8;

/** The way taken: what was looked at, oldest first, with the neighbours that were drawn. @type {{ node: GraphNode, drawn: Neighbour[] }[]} */
const trail = [];

/** @param {GraphNode} node */
function hashOfNode(node) {
  return hashOf("explore", [node.type, node.key]);
}

async function loadAll() {
  const [content, people, engagement, requirements] = await Promise.all([loadContent(), loadPeople(), loadEngagement(), loadRequirements()]);
  return { content, people, engagement, requirements };
}

/** @typedef {Awaited<ReturnType<typeof loadAll>>} Graph */

/** @param {string[]} path @param {URLSearchParams} query */
export async function explore(path, query) {
  const graph = await loadAll();
  const title = h("h2", {}, "Explore");
  if (path.length < 2) {
    trail.length = 0;
    return [title, searchBox(graph, query), start(graph, query)];
  }
  const found = await view(graph, /** @type {NodeType} */ (path[0]), path[1], query);
  if (!found) return [title, searchBox(graph, query), panel("Not in this snapshot", h("p", {}, "There is no ", h("code", {}, path[1]), "."))];
  const node = { type: /** @type {NodeType} */ (path[0]), key: path[1], label: found.title };
  follow(node, found.drawn);
  return [
    title,
    searchBox(graph, query),
    way(),
    h("div", { class: "columns explore" }, h("div", {}, h("section", { class: "panel" }, h("p", { class: "kind" }, found.heading), h("h3", { class: "node" }, foreign(found.title)), ...found.lead, facts(found.facts)), ...found.lists), drawing()),
  ];
}

/** Keep the way: going back to something on it shortens it. @param {GraphNode} node @param {Neighbour[]} drawn */
function follow(node, drawn) {
  const before = trail.findIndex((step) => step.node.type === node.type && step.node.key === node.key);
  if (before >= 0) trail.length = before;
  trail.push({ node, drawn });
  if (trail.length > 12) trail.shift();
}

function way() {
  return h("nav", { class: "way", "aria-label": "The way here" }, h("ol", {}, h("li", {}, link("#explore", "Start")), trail.map(({ node }, at) => h("li", {}, at === trail.length - 1 ? h("span", { "aria-current": "page" }, foreign(node.label)) : link(hashOfNode(node), foreign(node.label))))));
}

/** @type {{ type: NodeType, count: number, label: (at: number) => string, node: (at: number) => GraphNode, folded: string[] }[] | null} */
let searched = null;

/** @param {Graph} graph */
function searchable({ content, people }) {
  if (!searched) {
    /** @param {NodeType} type @param {number} count @param {(at: number) => string} label @param {(at: number) => string} key @param {(at: number) => string} [more] */
    const entry = (type, count, label, key, more) => ({
      type,
      count,
      label,
      node: (/** @type {number} */ at) => ({ type, key: key(at), label: label(at) }),
      folded: Array.from({ length: count }, (_, at) => folded(more ? `${label(at)}\n${more(at)}` : label(at))),
    });
    searched = [
      entry("group", people.groupNames.length, (at) => people.groupNames[at], (at) => people.groupNames[at]),
      entry("person", people.count, people.name, (at) => people.keys[at], (at) => `${people.email(at)}\n${people.id(at)}`),
      entry("content", content.count, (at) => content.titles[at], (at) => content.keys[at]),
      entry("tag", content.tags.count, (at) => content.tags.names[at], (at) => content.tags.keys[at]),
    ];
  }
  return searched;
}

/** @param {Graph} graph @param {URLSearchParams} query */
function searchBox(graph, query) {
  const results = h("div", { class: "results" });
  function find() {
    const typed = query.get("find") ?? "";
    const wanted = folded(typed).split(/\s+/).filter(Boolean);
    results.replaceChildren();
    if (!wanted.length) return;
    let total = 0;
    for (const { type, node, folded: texts } of searchable(graph)) {
      const hits = [];
      let count = 0;
      for (let at = 0; at < texts.length; at++) {
        if (!wanted.every((word) => texts[at].includes(word))) continue;
        count += 1;
        if (hits.length < FOUND_PER_TYPE) hits.push(at);
      }
      total += count;
      if (count) results.append(h("section", {}, h("h3", {}, `${{ person: "People", group: "Groups", content: "Content", tag: "Skills and topics" }[type]}: ${whole(count)}`), h("ul", {}, hits.map((at) => h("li", {}, link(hashOfNode(node(at)), foreign(node(at).label)), " ", h("small", {}, describe(graph, type, at)))), count > hits.length ? h("li", {}, h("small", {}, `and ${whole(count - hits.length)} more: type more letters`)) : null)));
    }
    announce(`${whole(total)} found`);
    if (!total) results.append(h("p", {}, "Nothing is called so."));
  }
  const input = h("input", {
    type: "search",
    id: "explore-search",
    value: query.get("find") ?? "",
    placeholder: "Search people, groups, content, skills and topics",
    "aria-label": "Search people, groups, content, skills and topics",
    oninput: (/** @type {Event} */ event) => {
      const value = /** @type {HTMLInputElement} */ (event.target).value;
      if (value) query.set("find", value);
      else query.delete("find");
      const search = query.toString();
      history.replaceState(history.state, "", (location.hash.split("?")[0] || "#explore") + (search ? `?${search}` : ""));
      find();
    },
  });
  find();
  return h("search", { class: "find" }, input, results);
}

/** @param {Graph} graph @param {NodeType} type @param {number} at */
function describe({ content, people }, type, at) {
  if (type === "person") return people.id(at) || people.email(at);
  if (type === "group") return counted(people.members(at).length, "person", "people");
  if (type === "content") return `${KINDS[content.columns.kind[at]]}, ${counted(content.columns.learners[at], "learner")}`;
  return `${words(content.tags.types[at] || "classification")}, ${counted(content.tags.contents[at], "title")}`;
}

/** @param {Graph} graph @param {URLSearchParams} query */
function start({ content, people }, query) {
  const tags = content.tags;
  return h(
    "div",
    { class: "columns" },
    panel(
      "Groups",
      dataTable({
        caption: "Groups",
        noun: "group",
        count: people.groupNames.length,
        file: "groups",
        sort: "-people",
        prefix: "g.",
        size: 25,
        query,
        columns: [
          { id: "group", label: "Group", searched: true, value: (row) => people.groupNames[row], cell: (row) => link(hashOf("explore", ["group", people.groupNames[row]]), foreign(people.groupNames[row])) },
          { id: "people", label: "People", numeric: true, value: (row) => people.members(row).length },
        ],
      }).element,
    ),
    panel(
      "Skills, topics and other classifications",
      dataTable({
        caption: "Classifications",
        noun: "classification",
        count: tags.count,
        file: "classifications",
        sort: "-learners",
        prefix: "t.",
        size: 25,
        query,
        columns: [
          { id: "name", label: "Name", searched: true, value: (row) => tags.names[row], cell: (row) => link(hashOf("explore", ["tag", tags.keys[row]]), foreign(tags.names[row])) },
          { id: "type", label: "Kind", value: (row) => words(tags.types[row] || "–") },
          { id: "contents", label: "Content", numeric: true, low: true, value: (row) => tags.contents[row] },
          { id: "learners", label: "Learners who completed some", numeric: true, value: (row) => tags.learners[row] },
        ],
        filters: [{ id: "type", label: "Kind", options: [...new Set(tags.types)].sort().map((type) => [type, words(type || "–")]), keep: (row, wanted) => tags.types[row] === wanted }],
      }).element,
    ),
  );
}

/** @param {Graph} graph @param {NodeType} type @param {string} key @param {URLSearchParams} query @returns {Promise<View | null>} */
async function view(graph, type, key, query) {
  const { content, people } = graph;
  const places = { person: people.place, group: people.groupPlace, content: content.place, tag: content.tags.place };
  const place = places[type]?.get(key);
  if (place === undefined) return null;
  if (type === "person") return personView(graph, place, query);
  if (type === "group") return groupView(graph, place, query);
  return type === "content" ? contentView(graph, place, query) : tagView(graph, place, query);
}

/** @param {Graph} graph */
function leftOut({ engagement }) {
  const left = [0, 1, 2].filter((kind) => !engagement.kinds.includes(kind)).map((kind) => KINDS_MANY[kind].toLowerCase());
  return left.length ? left.join(" and ") : null;
}

/** @param {Graph} graph */
function nodes({ content, people }) {
  return {
    /** @param {number} at @returns {GraphNode} */
    person: (at) => ({ type: "person", key: people.keys[at], label: people.name(at) }),
    /** @param {number} at @returns {GraphNode} */
    group: (at) => ({ type: "group", key: people.groupNames[at], label: people.groupNames[at] }),
    /** @param {number} at @returns {GraphNode} */
    content: (at) => ({ type: "content", key: content.keys[at], label: content.titles[at] }),
    /** @param {number} at @returns {GraphNode} */
    tag: (at) => ({ type: "tag", key: content.tags.keys[at], label: content.tags.names[at] }),
  };
}

/**
 * A list of neighbours.
 * @param {string} title
 * @param {string} noun
 * @param {string} nouns
 * @param {GraphNode[]} neighbours
 * @param {import("./table.js").TableColumn[]} columns further ones
 * @param {URLSearchParams} query
 * @param {string} prefix
 * @param {string} sort
 * @param {import("./table.js").Filter[]} [filters]
 */
function list(title, noun, nouns, neighbours, columns, query, prefix, sort, filters = []) {
  if (!neighbours.length) return panel(`${title}: none`);
  return panel(
    `${title}: ${whole(neighbours.length)}`,
    dataTable({
      caption: title,
      noun,
      nouns,
      count: neighbours.length,
      file: folded(title).replaceAll(/\W+/g, "-"),
      sort,
      prefix,
      size: 25,
      query,
      filters,
      columns: [{ id: "name", label: noun.charAt(0).toUpperCase() + noun.slice(1), searched: true, value: (row) => neighbours[row].label, cell: (row) => link(hashOfNode(neighbours[row]), foreign(neighbours[row].label)) }, ...columns],
    }).element,
  );
}

/** @param {Graph} graph @param {ArrayLike<number>} entries @param {(entry: number) => string} [kind] @returns {import("./table.js").TableColumn[]} */
function engagementColumns({ engagement }, entries, kind) {
  return [
    ...(kind ? [{ id: "kind", label: "Kind", low: true, value: (/** @type {number} */ row) => kind(entries[row]) }] : []),
    { id: "state", label: "State", value: (row) => (engagement.completed(entries[row]) ? 101 : engagement.progress(entries[row]) ?? -1), cell: (row) => stateText(engagement, entries[row]), csv: (row) => stateText(engagement, entries[row]) },
    { id: "day", label: "Completed, else last engaged", whole: true, value: (row) => engagement.days[entries[row]] || null, cell: (row) => dayText(engagement.days[entries[row]]), csv: (row) => isoDay(engagement.days[entries[row]]) },
  ];
}

/** @param {Graph["engagement"]} engagement @param {number} entry */
function stateText(engagement, entry) {
  if (engagement.completed(entry)) return "completed";
  const progress = engagement.progress(entry);
  return progress ? `${whole(progress)} %` : "started";
}

/** @param {Graph["engagement"]} engagement @param {ArrayLike<number>} entries @returns {import("./table.js").Filter[]} */
function stateFilter(engagement, entries) {
  return [{ id: "state", label: "State", options: [["completed", "Completed"], ["open", "Not completed"]], keep: (row, wanted) => engagement.completed(entries[row]) === (wanted === "completed") }];
}

/** @param {Graph} graph @param {number} person @param {URLSearchParams} query @returns {Promise<View>} */
async function personView(graph, person, query) {
  const { content, people, engagement } = graph;
  const as = nodes(graph);
  const [from, until] = engagement.entriesOf(person);
  const entries = Array.from({ length: until - from }, (_, at) => from + at).sort((a, b) => engagement.days[b] - engagement.days[a]);
  const contents = entries.map((entry) => engagement.contents[entry]);
  const groups = Array.from(people.groupsOf(person));
  const totals = people.columns;
  const videos = leftOut(graph);
  /** @param {number} kind */
  const total = (kind) => `${whole(totals[`completed_${kind}`][person])} completed of ${whole(totals[`assigned_${kind}`][person])} used`;
  return {
    title: people.name(person),
    heading: totals.known[person] ? "Person" : "Person of a population file, not known to LinkedIn",
    lead: [],
    facts: [
      ["E-mail", people.email(person) ? foreign(people.email(person)) : null],
      ["Id", people.id(person) ? foreign(people.id(person)) : null],
      ["Groups", groups.length ? groups.flatMap((group, at) => [at ? ", " : null, link(hashOfNode(as.group(group)), foreign(people.groupNames[group]))]) : "none"],
      ["Courses", total(0)],
      ["Learning paths", total(1)],
      ["Videos", total(2)],
      ["Viewed", `${hours(totals.seconds[person])} hours in the lookback`],
      ["Last engaged", dayText(totals.last[person])],
      ["Key", h("code", {}, people.keys[person])],
    ],
    lists: [
      await requirementsOf(graph, person),
      list("Content", "title", "titles", contents.map(as.content), engagementColumns(graph, entries, (entry) => KINDS[content.columns.kind[engagement.contents[entry]]]), query, "c.", "-day", [
        ...stateFilter(engagement, entries),
        { id: "kind", label: "Kind", options: KINDS.map((kind, at) => [String(at), kind]), keep: (row, wanted) => content.columns.kind[contents[row]] === Number(wanted) },
      ]),
      videos ? h("p", { class: "note" }, `Single ${videos} are not listed on this page, to keep it small: their totals stand above.`) : null,
      skillsOf(graph, entries, query),
    ].filter((element) => element !== null),
    drawn: [...groups.slice(0, 4).map((group) => ({ node: as.group(group), word: "group" })), ...entries.slice(0, DRAWN_PER_LIST + 4).map((entry) => ({ node: as.content(engagement.contents[entry]), word: stateText(engagement, entry) }))],
  };

  /** @param {Graph} inner @param {number[]} used @param {URLSearchParams} state */
  function skillsOf(inner, used, state) {
    /** @type {Map<number, number>} */
    const counts = new Map();
    for (const entry of used) if (engagement.completed(entry)) for (const tag of inner.content.tagsOf(engagement.contents[entry])) counts.set(tag, (counts.get(tag) ?? 0) + 1);
    const tags = [...counts.keys()];
    return list("Covered by completed content", "skill or topic", "skills and topics", tags.map(as.tag), [
      { id: "kind", label: "Kind", low: true, value: (row) => words(inner.content.tags.types[tags[row]] || "–") },
      { id: "count", label: "Completed", numeric: true, value: (row) => counts.get(tags[row]) ?? 0 },
    ], state, "s.", "-count");
  }
}

/** @param {Graph} graph @param {number} person */
async function requirementsOf({ requirements }, person) {
  const rows = await Promise.all(
    requirements.ids.map(async (id, number) => {
      const list = await loadPeopleOf(number);
      const row = list.person.indexOf(person);
      return row < 0 ? null : h("li", {}, link(hashOf("compliance", [id]), foreign(requirements.requirement(id).title)), " ", statusText(list.status(row)), h("small", {}, list.met(row) ? ` met on ${dayText(list.met(row))}` : list.due(row) ? ` due ${dayText(list.due(row))}` : ""));
    }),
  );
  const found = rows.filter((row) => row !== null);
  return found.length ? panel(`Requirements: ${whole(found.length)}`, h("ul", { class: "plain" }, found)) : null;
}

/** @param {Graph} graph @param {number} group @param {URLSearchParams} query @returns {View} */
function groupView(graph, group, query) {
  const { people, engagement, requirements, content } = graph;
  const as = nodes(graph);
  const members = Array.from(people.members(group));
  /** @type {Map<number, [number, number]>} */
  const used = new Map();
  for (const person of members) {
    const [from, until] = engagement.entriesOf(person);
    for (let entry = from; entry < until; entry++) {
      const counts = used.get(engagement.contents[entry]) ?? [0, 0];
      counts[0] += 1;
      if (engagement.completed(entry)) counts[1] += 1;
      used.set(engagement.contents[entry], counts);
    }
  }
  const contents = [...used.keys()].sort((a, b) => (used.get(b)?.[0] ?? 0) - (used.get(a)?.[0] ?? 0) || a - b);
  const name = people.groupNames[group];
  const completed = (/** @type {number} */ person) => [0, 1, 2].reduce((sum, kind) => sum + people.columns[`completed_${kind}`][person], 0);
  const videos = leftOut(graph);
  const judged = requirements.ids.map((id) => ({ id, totals: requirements.totals(id, name) })).filter(({ totals }) => totals !== null);
  const sum = (/** @type {(person: number) => number} */ of) => members.reduce((total, person) => total + of(person), 0);
  return {
    title: name,
    heading: "Group",
    lead: [],
    facts: [
      ["People", whole(members.length)],
      ["Completed", counted(sum(completed), "title")],
      ["Viewed", `${hours(sum((person) => people.columns.seconds[person]))} hours in the lookback`],
      ["Skills", link(hashOf("skills", [], { group: name }), "Coverage of the group")],
    ],
    lists: [
      judged.length
        ? panel(
            `Requirements: ${whole(judged.length)}`,
            h("ul", { class: "plain" }, judged.map(({ id, totals }) => h("li", {}, link(hashOf("compliance", [id], { group: name }), foreign(requirements.requirement(id).title)), h("small", {}, totals ? ` ${percent(metShare(totals))} met, ${whole(totals.overdue)} overdue` : "")))),
          )
        : null,
      list("People", "person", "people", members.map(as.person), [
        { id: "completed", label: "Completed", numeric: true, value: (row) => completed(members[row]) },
        { id: "last", label: "Last engaged", whole: true, value: (row) => people.columns.last[members[row]] || null, cell: (row) => dayText(people.columns.last[members[row]]), csv: (row) => isoDay(people.columns.last[members[row]]) },
      ], query, "p.", "name"),
      list("Content used", "title", "titles", contents.map(as.content), [
        { id: "kind", label: "Kind", low: true, value: (row) => KINDS[content.columns.kind[contents[row]]] },
        { id: "used", label: "Of the group", numeric: true, value: (row) => used.get(contents[row])?.[0] ?? 0 },
        { id: "completed", label: "Completed", numeric: true, value: (row) => used.get(contents[row])?.[1] ?? 0 },
      ], query, "c.", "-used"),
      videos ? h("p", { class: "note" }, `Single ${videos} are not listed on this page.`) : null,
    ].filter((element) => element !== null),
    drawn: [...members.slice().sort((a, b) => completed(b) - completed(a)).slice(0, DRAWN_PER_LIST).map((person) => ({ node: as.person(person), word: "member" })), ...contents.slice(0, DRAWN_PER_LIST).map((place) => ({ node: as.content(place), word: "used" }))],
  };
}

/** @param {Graph} graph @param {number} place @param {URLSearchParams} query @returns {View} */
function contentView(graph, place, query) {
  const { content, people, engagement } = graph;
  const as = nodes(graph);
  const columns = content.columns;
  const learners = engagement.learnersOf(place);
  const persons = Array.from(learners.people);
  const entries = Array.from(learners.entries);
  const order = persons.map((_, at) => at).sort((a, b) => engagement.days[entries[b]] - engagement.days[entries[a]]);
  const tags = Array.from(content.tagsOf(place));
  /** @type {Map<number, number>} */
  const groups = new Map();
  for (const person of persons) for (const group of people.groupsOf(person)) groups.set(group, (groups.get(group) ?? 0) + 1);
  const groupPlaces = [...groups.keys()];
  const listed = persons.length === columns.learners[place];
  return {
    title: content.titles[place],
    heading: KINDS[columns.kind[place]] + (columns.retired[place] === 2 ? ", retired" : ""),
    lead: [],
    facts: [
      ["Learners", `${whole(columns.learners[place])}, of whom ${whole(columns.completed[place])} completed it`],
      ["In the lookback", `${counted(columns.views[place], "view")}, ${hours(columns.seconds[place])} hours`],
      ["Last engaged", dayText(columns.last[place])],
      ["Level", columns.level[place] ? words(content.levels[columns.level[place] - 1]) : null],
      ["Length", columns.length[place] ? lengthText(columns.length[place]) : null],
      ["Skills and topics", tags.length ? tags.flatMap((tag, at) => [at ? ", " : null, link(hashOfNode(as.tag(tag)), foreign(content.tags.names[tag]))]) : "none"],
      ["URN", h("code", {}, content.keys[place])],
    ],
    lists: [
      listed
        ? list("Learners", "person", "people", persons.map(as.person), [...engagementColumns(graph, entries), { id: "groups", label: "Groups", low: true, searched: true, value: (row) => Array.from(people.groupsOf(persons[row]), (group) => people.groupNames[group]).join(", ") }], query, "p.", "-day", stateFilter(engagement, entries))
        : h("p", { class: "notice" }, `This page does not list who used single ${KINDS_MANY[columns.kind[place]].toLowerCase()}, to keep it small. Their number stands above; people's totals count them.`),
      listed ? list("Groups", "group", "groups", groupPlaces.map(as.group), [{ id: "count", label: "Learners", numeric: true, value: (row) => groups.get(groupPlaces[row]) ?? 0 }], query, "g.", "-count") : null,
    ].filter((element) => element !== null),
    drawn: [...tags.slice(0, DRAWN_PER_LIST).map((tag) => ({ node: as.tag(tag), word: "tag" })), ...order.slice(0, DRAWN_PER_LIST + 4).map((at) => ({ node: as.person(persons[at]), word: stateText(engagement, entries[at]) }))],
  };
}

/** @param {Graph} graph @param {number} tag @param {URLSearchParams} query @returns {View} */
function tagView(graph, tag, query) {
  const { content, people, engagement } = graph;
  const as = nodes(graph);
  const contents = Array.from(content.tags.contentOf(tag));
  /** @type {Map<number, number>} */
  const covered = new Map();
  for (const place of contents) {
    const { people: persons, entries } = engagement.learnersOf(place);
    for (let at = 0; at < persons.length; at++) if (engagement.completed(entries[at])) covered.set(persons[at], (covered.get(persons[at]) ?? 0) + 1);
  }
  const persons = [...covered.keys()];
  const total = content.tags.learners[tag];
  return {
    title: content.tags.names[tag],
    heading: words(content.tags.types[tag] || "classification"),
    lead: [],
    facts: [
      ["Content", counted(contents.length, "title")],
      ["Learners", `${whole(total)} completed at least one of them (${wholePercent(people.count ? total / people.count : null)} of all)`],
      ["URN", h("code", {}, content.tags.keys[tag])],
    ],
    lists: [
      list("Content", "title", "titles", contents.map(as.content), [
        { id: "kind", label: "Kind", value: (row) => KINDS[content.columns.kind[contents[row]]] },
        { id: "level", label: "Level", low: true, value: (row) => (content.columns.level[contents[row]] ? words(content.levels[content.columns.level[contents[row]] - 1]) : "") },
        { id: "learners", label: "Learners", numeric: true, value: (row) => content.columns.learners[contents[row]] },
        { id: "completed", label: "Completed", numeric: true, value: (row) => content.columns.completed[contents[row]] },
      ], query, "c.", "-learners", [{ id: "kind", label: "Kind", options: KINDS.map((kind, at) => [String(at), kind]), keep: (row, wanted) => content.columns.kind[contents[row]] === Number(wanted) }]),
      list(persons.length < total ? `Learners who completed some of it (single ${leftOut(graph)} not listed)` : "Learners who completed some of it", "person", "people", persons.map(as.person), [{ id: "count", label: "Completed", numeric: true, value: (row) => covered.get(persons[row]) ?? 0 }], query, "p.", "-count"),
    ],
    drawn: [...contents.slice(0, DRAWN_PER_LIST + 2).map((place) => ({ node: as.content(place), word: "tagged" })), ...persons.sort((a, b) => (covered.get(b) ?? 0) - (covered.get(a) ?? 0)).slice(0, DRAWN_PER_LIST).map((person) => ({ node: as.person(person), word: "completed" }))],
  };
}

/** What the way has come by, each step with its neighbours: the newest most of all. */
function drawing() {
  const host = h("div", { class: "chart graph" });
  const steps = trail.slice(-TRAIL_LENGTH);
  draw(host, () => graphOption(steps, host.clientWidth, host.clientHeight), (event) => {
    if (event.dataType === "node") location.hash = event.data.hash;
  });
  return h("section", { class: "panel drawn", "aria-hidden": "true" }, h("h3", {}, "The neighbourhood"), host, h("p", { class: "legend" }, /** @type {NodeType[]} */ (["person", "group", "content", "tag"]).map((type) => h("span", {}, h("i", { class: `node-${type}` }), TYPE_WORDS[type].toLowerCase()))), h("p", { class: "note" }, "Some of the neighbours of the last steps of your way; the lists have them all. Choose one to go there."));
}

/**
 * The newest step in the middle with its neighbours around it; the steps before it in a column on the left.
 * @param {{ node: GraphNode, drawn: Neighbour[] }[]} steps
 * @param {number} width of the drawing, in pixels
 * @param {number} height
 */
function graphOption(steps, width, height) {
  const style = {
    person: { symbol: "circle", color: colour("accent") },
    group: { symbol: "diamond", color: colour("met") },
    content: { symbol: "roundRect", color: colour("warm") },
    tag: { symbol: "triangle", color: colour("purple") },
  };
  const narrow = width < 460;
  const margin = { x: narrow ? 44 : 120, y: 34 };
  const letters = narrow ? 13 : 22;
  /** @type {Map<string, any>} */
  const found = new Map();
  /** @type {any[]} */
  const links = [];
  const paired = new Set();
  const idOf = (/** @type {GraphNode} */ node) => `${node.type}\n${node.key}`;

  /** @param {GraphNode} node @param {number} x @param {number} y @param {number} size @param {string | null} side of the label */
  function place(node, x, y, size, side) {
    const id = idOf(node);
    if (found.has(id)) return;
    found.set(id, {
      id,
      name: isolated(node.label, letters),
      hash: hashOfNode(node),
      x,
      y,
      symbol: style[node.type].symbol,
      symbolSize: size,
      z: size,
      itemStyle: { color: style[node.type].color, opacity: side ? 1 : 0.5 },
      label: { show: side !== null, position: side ?? "bottom", color: colour("text"), fontSize: size > 20 ? 13 : 11, fontWeight: size > 30 ? "bold" : "normal", ...(size > 20 ? { backgroundColor: colour("surface"), padding: [1, 3], borderRadius: 2 } : {}) },
      tooltip: { formatter: `${TYPE_WORDS[node.type]}: ${isolated(node.label, 80)}` },
    });
  }

  /** @param {GraphNode} a @param {GraphNode} b */
  function connect(a, b) {
    const pair = [idOf(a), idOf(b)].sort().join("\n");
    if (paired.has(pair)) return;
    paired.add(pair);
    links.push({ source: idOf(a), target: idOf(b) });
  }

  const earlier = steps.slice(0, -1);
  const last = steps[steps.length - 1];
  const column = earlier.length ? (narrow ? 60 : 90) : 0;
  const middle = { x: column + (width - column) / 2, y: height / 2 };
  const reach = { x: (width - column) / 2 - margin.x, y: height / 2 - margin.y };
  place(last.node, middle.x, middle.y, 34, "bottom");
  earlier.forEach(({ node }, at) => place(node, margin.x / 2, (height * (at + 1)) / (earlier.length + 1), 22, "bottom"));
  last.drawn.forEach(({ node }, at) => {
    const angle = (2 * Math.PI * (at + 0.5)) / last.drawn.length - Math.PI / 2;
    const far = at % 2 ? 1 : 0.7;
    const [across, down] = [Math.cos(angle), Math.sin(angle)];
    place(node, middle.x + reach.x * far * across, middle.y + reach.y * far * down, 14, narrow || Math.abs(across) < 0.3 ? (down < 0 ? "top" : "bottom") : across < 0 ? "left" : "right");
    connect(last.node, node);
  });
  earlier.forEach(({ node, drawn }, at) => {
    drawn.slice(0, 5).forEach((neighbour, turn) => {
      const centre = found.get(idOf(node));
      place(neighbour.node, centre.x + 30 * Math.cos(turn * 1.256), centre.y + 30 * Math.sin(turn * 1.256), 7, null);
      connect(node, neighbour.node);
    });
    connect(node, steps[at + 1].node);
  });
  const xs = [...found.values()].map((node) => node.x);
  const ys = [...found.values()].map((node) => node.y);
  return {
    series: [
      {
        type: "graph",
        layout: "none",
        roam: true,
        data: [...found.values()],
        links,
        lineStyle: { color: colour("line"), width: 1.2, opacity: 1 },
        labelLayout: { hideOverlap: true },
        emphasis: { focus: "adjacency" },
        // The library stretches the drawing to this box: as large as it is, so that a point stands where it was put.
        left: Math.min(...xs),
        top: Math.min(...ys),
        width: Math.max(1, Math.max(...xs) - Math.min(...xs)),
        height: Math.max(1, Math.max(...ys) - Math.min(...ys)),
      },
    ],
  };
}
