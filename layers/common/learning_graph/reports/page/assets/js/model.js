// People, contents, classifications, engagement and requirements as the parts of the page read them. Each is opened once.
import { framed, section, signed, starts, summed } from "./sections.js";

/** @typedef {import("./sections.js").Column} Column */

export const KINDS = ["Course", "Learning path", "Video"];
export const KINDS_MANY = ["Courses", "Learning paths", "Videos"];
export const STATUSES = ["met", "expiring", "due", "overdue", "unknown", "exempt", "paused"];
/** What each status says, in a sentence. @type {Record<string, string>} */
export const STATUS_MEANS = {
  met: "has met the requirement",
  expiring: "has met it and must repeat it within 90 days",
  due: "has not met it yet, and is in time",
  overdue: "has not met it, and the due date and its grace have passed",
  unknown: "is in the population file, and LinkedIn does not know the person",
  exempt: "need not meet it",
  paused: "is on leave",
};

/** @type {Map<string, Promise<any>>} */
const kept = new Map();

/**
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} make
 * @returns {Promise<T>}
 */
function once(name, make) {
  let found = kept.get(name);
  if (!found) {
    found = make();
    kept.set(name, found);
  }
  return found;
}

/** @param {string[]} keys */
function places(keys) {
  return new Map(keys.map((key, place) => [key, place]));
}

/**
 * For entries that rows point from, the rows that point to each target.
 * @param {Uint32Array} begins where each row's entries begin
 * @param {ArrayLike<number>} targets of each entry
 * @param {number} count of targets
 */
function reversed(begins, targets, count) {
  const counts = new Uint32Array(count);
  for (let place = 0; place < targets.length; place++) counts[targets[place]] += 1;
  const from = starts(counts);
  const next = from.slice();
  const rows = new Uint32Array(targets.length);
  const entries = new Uint32Array(targets.length);
  for (let row = 0; row + 1 < begins.length; row++) {
    for (let place = begins[row]; place < begins[row + 1]; place++) {
      const at = next[targets[place]]++;
      rows[at] = row;
      entries[at] = place;
    }
  }
  return {
    /** @param {number} target */
    rows: (target) => rows.subarray(from[target], from[target + 1]),
    /** @param {number} target */
    entries: (target) => entries.subarray(from[target], from[target + 1]),
  };
}

export function loadContent() {
  return once("content", async () => {
    const opened = await section("content");
    const { values, columns } = opened;
    const keys = framed(opened, "keys");
    const begins = starts(columns.tagCount);
    const tags = summed(columns.tag, begins);
    /** @type {ReturnType<typeof reversed> | null} */
    let tagged = null;
    return {
      count: keys.length,
      keys,
      titles: /** @type {string[]} */ (values.titles),
      levels: /** @type {string[]} */ (values.levels),
      columns,
      place: places(keys),
      /** @param {number} content */
      tagsOf: (content) => tags.subarray(begins[content], begins[content + 1]),
      tags: {
        count: /** @type {number} */ (values.tagKeys.length),
        keys: /** @type {string[]} */ (values.tagKeys),
        names: /** @type {string[]} */ (values.tagNames),
        types: /** @type {string[]} */ (values.tagTypes),
        contents: columns.tagContents,
        learners: columns.tagLearners,
        place: places(values.tagKeys),
        /** @param {number} tag */
        contentOf(tag) {
          tagged ??= reversed(begins, tags, values.tagKeys.length);
          return tagged.rows(tag);
        },
      },
    };
  });
}

export function loadPeople() {
  return once("people", async () => {
    const opened = await section("people");
    const { values, columns } = opened;
    const begins = starts(columns.groupCount);
    const groups = summed(columns.group, begins);
    const names = /** @type {string[] | null} */ (values.names);
    const emails = framed(opened, "emails");
    const ids = framed(opened, "ids");
    const keys = framed(opened, "keys");
    const groupNames = /** @type {string[]} */ (values.groups);
    const members = reversed(begins, groups, groupNames.length);
    return {
      count: keys.length,
      keys,
      hasNames: names !== null,
      columns,
      place: places(keys),
      /** @param {number} person */
      name: (person) => names?.[person] || ids[person] || keys[person],
      /** @param {number} person */
      email: (person) => emails[person],
      /** @param {number} person */
      id: (person) => ids[person],
      groupNames,
      groupPlace: places(groupNames),
      /** @param {number} person */
      groupsOf: (person) => groups.subarray(begins[person], begins[person + 1]),
      /** @param {number} group */
      members: (group) => members.rows(group),
    };
  });
}

export function loadEngagement() {
  return once("engagement", async () => {
    const [{ columns }, { values }, content] = await Promise.all([section("engagement"), section("listed"), loadContent()]);
    const begins = starts(columns.count);
    const contents = summed(columns.content, begins);
    /** @type {ReturnType<typeof reversed> | null} */
    let learners = null;
    return {
      kinds: /** @type {number[]} */ (values.kinds),
      contents,
      days: columns.day,
      /** @param {number} entry */
      completed: (entry) => columns.state[entry] % 2 === 1,
      /** @param {number} entry the progress in per cent, or null */
      progress(entry) {
        const stored = Math.floor(columns.state[entry] / 2);
        return stored ? stored - 1 : null;
      },
      /** @param {number} person */
      entriesOf: (person) => [begins[person], begins[person + 1]],
      /** @param {number} wanted */
      learnersOf(wanted) {
        learners ??= reversed(begins, contents, content.count);
        return { people: learners.rows(wanted), entries: learners.entries(wanted) };
      },
      /** The day of a person's engagement with a content, 0 where there is none. @param {number} person @param {number} wanted */
      dayOf(person, wanted) {
        let low = begins[person];
        let high = begins[person + 1];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (contents[middle] < wanted) low = middle + 1;
          else high = middle;
        }
        return low < begins[person + 1] && contents[low] === wanted ? columns.day[low] : 0;
      },
    };
  });
}

export function loadRequirements() {
  return once("requirements", async () => {
    const { values } = await section("requirements");
    /** @type {Map<string, Map<string | null, Record<string, number>>>} */
    const totals = new Map();
    for (const [requirement, group, ...numbers] of values.totals) {
      const groups = totals.get(requirement) ?? new Map();
      groups.set(group, Object.fromEntries(values.totalNames.map((/** @type {string} */ name, /** @type {number} */ at) => [name, numbers[at]])));
      totals.set(requirement, groups);
    }
    const known = new Map(values.requirements.map((/** @type {any} */ row) => [row.requirementId, row]));
    const ids = [...new Set([...known.keys(), ...totals.keys()])].sort();
    return {
      ids,
      statuses: /** @type {string[]} */ (values.statuses),
      /** @param {string} id */
      requirement: (id) => known.get(id) ?? { requirementId: id, title: id, controls: [] },
      /** @param {string} id @param {string | null} group */
      totals: (id, group) => totals.get(id)?.get(group) ?? null,
      /** @param {string} id */
      groups: (id) => /** @type {string[]} */ ([...(totals.get(id)?.keys() ?? [])].filter((group) => group !== null)),
      changes: /** @type {[string, string | null, string | null, number, string, boolean][]} */ (values.changes),
    };
  });
}

/** The share that has met a requirement, of those obliged to; null where nobody is. @param {Record<string, number>} totals */
export function metShare(totals) {
  return totals.obliged ? (totals.met + totals.expiring) / totals.obliged : null;
}

/**
 * Everybody in the scope of a requirement, one row each.
 * @param {number} number the requirement's place among the ids
 */
export function loadPeopleOf(number) {
  return once(`requirement-${number}`, async () => {
    const [{ values, columns }, people, engagement, requirements] = await Promise.all([
      section(`requirement-${number}`),
      loadPeople(),
      loadEngagement(),
      loadRequirements(),
    ]);
    const count = columns.person.length;
    const person = summed(columns.person, Uint32Array.of(0, count));
    /** @param {number} row */
    const content = (row) => columns.content[row] - 1;
    const none = 0;
    /** @param {number} row */
    const met = (row) => {
      const distance = signed(columns.met[row]);
      if (distance === null) return none;
      return distance + (content(row) < 0 ? 0 : engagement.dayOf(person[row], content(row)));
    };
    /** @param {number} row */
    const due = (row) => {
      const distance = signed(columns.due[row]);
      if (distance === null) return none;
      return distance + (values.dueFrom === "start" ? people.columns.start[person[row]] : values.dueFrom === "met" ? met(row) : 0);
    };
    return {
      count,
      everybody: /** @type {boolean} */ (values.everybody),
      person,
      content,
      met,
      due,
      /** @param {number} row */
      status: (row) => requirements.statuses[columns.status[row] - 1],
      /** @param {number} row */
      metLate: (row) => columns.metLate[row] === 1,
      /** @param {number} row */
      within: (row) => columns.within[row],
      /** @param {number} row */
      graceUntil: (row) => {
        const distance = signed(columns.grace[row]);
        return distance === null ? none : distance + due(row);
      },
      /** @param {number} row @returns {number | null} */
      daysOverdue: (row) => {
        const distance = signed(columns.overdue[row]);
        return distance === null ? null : distance + (met(row) || values.asOf) - due(row);
      },
      /** @param {number} row @returns {number | null} */
      daysFromStart: (row) => {
        const distance = signed(columns.fromStart[row]);
        return distance === null ? null : distance + met(row) - people.columns.start[person[row]];
      },
      /** @param {number} row @returns {number | null} */
      progress: (row) => (columns.progress[row] ? columns.progress[row] - 1 : null),
      /** The status before: null where it is the same, an empty text where there was none. @param {number} row */
      before: (row) => (columns.before[row] === 0 ? null : columns.before[row] === 1 ? "" : requirements.statuses[columns.before[row] - 2]),
      /** @param {number} row @returns {string[]} */
      groups: (row) => [
        ...Array.from(people.groupsOf(person[row]), (group) => people.groupNames[group]),
        ...(columns.groupsAt[row] ? values.groups[columns.groupsAt[row] - 1] : []),
      ],
      /** @param {number} row @returns {{ snapshot: string, file: string, sha256: string, start: number, until: number, basis: string } | null} */
      proof: (row) => (columns.proofAt[row] ? values.proof[columns.proofAt[row] - 1] : null),
      /** @param {number} row @returns {{ reason: string, decidedBy: string, since: string | null, until: string | null } | null} */
      exempt: (row) => (columns.exemptAt[row] ? values.exempt[columns.exemptAt[row] - 1] : null),
      /** @param {number} row @returns {{ since: string | null, until: string | null } | null} */
      paused: (row) => (columns.pausedAt[row] ? values.paused[columns.pausedAt[row] - 1] : null),
    };
  });
}
