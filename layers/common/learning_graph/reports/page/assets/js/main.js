// What the page shows is in its fragment: #part/what/it/is/about?how=the+tables+stand. So every view has a link, and the
// browser's back button goes back.
import { drawWaiting, openLibrary, redrawAll } from "./charts.js";
import { compliance } from "./compliance.js";
import { contents } from "./content.js";
import { data } from "./data.js";
import { byId, foreign, h } from "./dom.js";
import { explore } from "./explore.js";
import { instantText, timeZone, useTimeZone } from "./format.js";
import { KINDS_MANY } from "./model.js";
import { overview, runPill } from "./overview.js";
import { everybody } from "./people.js";
import { section } from "./sections.js";
import { skills } from "./skills.js";

/** @typedef {(path: string[], query: URLSearchParams) => Promise<import("./dom.js").Child[]>} Part */

/** @type {Record<string, [string, Part]>} */
const PARTS = {
  overview: ["Overview", () => overview()],
  compliance: ["Compliance", compliance],
  skills: ["Skills", skills],
  explore: ["Explore", explore],
  content: ["Content", (_, query) => contents(query)],
  people: ["People", (_, query) => everybody(query)],
  data: ["Data", (_, query) => data(query)],
};
const THEMES = ["system", "light", "dark"];

let asked = 0;

async function show() {
  const [address, search = ""] = location.hash.replace(/^#/, "").split("?");
  const [name, ...path] = address.split("/").map(unescaped);
  const part = name in PARTS ? name : "overview";
  const mine = ++asked;
  const children = await PARTS[part][1](path, new URLSearchParams(search));
  if (mine !== asked) return;
  const main = byId("main");
  main.replaceChildren(...children.filter((child) => child instanceof Node));
  main.dataset.part = part;
  drawWaiting();
  for (const anchor of byId("parts").querySelectorAll("a")) {
    if (anchor.hash === `#${part}`) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  }
  const heading = main.querySelector("h2")?.textContent ?? PARTS[part][0];
  document.title = `${heading} – ${document.title.split(" – ").pop()}`;
}

/**
 * A link that was cut within a letter is read as it stands: the view then says that there is no such thing.
 * @param {string} text
 */
function unescaped(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** What kept a view from opening, said in its place. @param {unknown} reason */
function fail(reason) {
  const text = reason instanceof Error ? reason.message : String(reason);
  byId("main").replaceChildren(
    h("h2", {}, "This part cannot be shown"),
    h("p", {}, "Either the file is not complete (download it again), or the browser is too old: Chrome or Edge 123, Firefox 120, Safari 17.5 and newer open the page."),
    h("p", {}, h("code", {}, text)),
  );
  throw reason;
}

/** A new view begins at its top, for eyes and for a screen reader. */
async function goTo() {
  await show();
  byId("main").focus({ preventScroll: true });
  window.scrollTo(0, 0);
}

/** @param {string} theme */
function useTheme(theme) {
  document.documentElement.dataset.theme = theme;
  byId("theme").textContent = `Theme: ${theme}`;
  redrawAll();
}

/** @param {Element | Document} within @param {string} name */
function tell(within, name) {
  for (const table of within.querySelectorAll(".table")) table.dispatchEvent(new Event(name));
}

async function begin() {
  openLibrary();
  const { values } = await section("overview");
  useTimeZone(values.timeZone);
  byId("account").replaceChildren(values.accountName ?? "");
  byId("when").replaceChildren(runPill(values.status), ` ${instantText(values.startedAt)} (${timeZone()})`);
  byId("parts").replaceChildren(...Object.entries(PARTS).map(([name, [label]]) => h("li", {}, h("a", { href: `#${name}` }, label))));
  byId("skip").addEventListener("click", (event) => (event.preventDefault(), byId("main").focus()));
  byId("theme").addEventListener("click", () => useTheme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme ?? "system") + 1) % THEMES.length]));
  byId("print").addEventListener("click", () => print());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redrawAll);
  addEventListener("hashchange", () => goTo().catch(fail));
  addEventListener("beforeprint", () => (document.documentElement.classList.add("printing"), redrawAll(), tell(document, "print-start")));
  addEventListener("afterprint", () => (document.documentElement.classList.remove("printing"), redrawAll(), tell(document, "print-end")));
  await show();
  await limits(values);
}

/** What the page leaves out, said at its foot. @param {Record<string, any>} values */
async function limits(values) {
  const listed = await section("listed");
  const left = [0, 1, 2].filter((kind) => !listed.values.kinds.includes(kind)).map((kind) => KINDS_MANY[kind].toLowerCase());
  byId("limits").replaceChildren(
    "Snapshot of ",
    foreign(values.accountName ?? ""),
    `, run ${values.runId}. ${left.length ? `To stay small, the page does not list who used single ${left.join(" and ")}: they are totals per person and per content; contents that requirements are met by are listed all the same.` : "The page lists all engagement."} Seconds and views per pair of learner and content are in the snapshot's files alone.${values.people === "ids" ? " People appear by id, without names and e-mail addresses." : ""}`,
  );
}

begin().catch(fail);
