// Charts, drawn with the parts of Apache ECharts that the page carries. Every chart says in words what it shows, and its
// numbers stand in a table below it.
import { byId, h, isolated } from "./dom.js";
import { compact, whole } from "./format.js";
import { decompressed } from "./sections.js";
import { plainTable } from "./table.js";

/**
 * @typedef {{ init: (element: HTMLElement, theme: null, options: object) => any }} Library
 * @typedef {{ host: HTMLElement, option: () => object, chart: any, clicked?: (event: any) => void }} Drawn
 */

/** @type {Promise<Library> | null} */
let loading = null;
/** @type {Set<Drawn>} */
const drawn = new Set();
/** What is drawn once the view that it belongs to is on the page. @type {(() => void)[]} */
let waiting = [];

/** Open the library, once. @returns {Promise<Library>} */
export function openLibrary() {
  loading ??= decompressed(byId("library").textContent ?? "").then((buffer) => {
    const script = h("script");
    script.textContent = new TextDecoder().decode(buffer);
    document.head.append(script);
    return /** @type {any} */ (window).echarts;
  });
  return loading;
}

/** A colour of the style sheet as it is in the current theme. @param {string} name */
export function colour(name) {
  const probe = byId("skip");
  probe.style.setProperty("outline-color", `var(--${name})`);
  const value = getComputedStyle(probe).outlineColor;
  probe.style.removeProperty("outline-color");
  return value;
}

/** What all charts have in common. */
function common() {
  return {
    animation: false,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: colour("muted"), fontSize: 12 },
    // HTML tooltips would need style attributes, which the page's policy forbids.
    tooltip: {
      renderMode: "richText",
      confine: true,
      backgroundColor: colour("surface"),
      borderColor: colour("line"),
      textStyle: { color: colour("text"), fontSize: 12 },
    },
  };
}

export function axisStyle() {
  return {
    axisLine: { lineStyle: { color: colour("line") } },
    axisTick: { show: false },
    axisLabel: { color: colour("muted"), hideOverlap: true },
    splitLine: { lineStyle: { color: colour("faint") } },
  };
}

export function drawWaiting() {
  const now = waiting;
  waiting = [];
  for (const start of now) start();
}

/**
 * Draw into `host` once its view is on the page, and again when its size or the theme changes.
 * @param {HTMLElement} host
 * @param {() => object} option made anew for each theme
 * @param {(event: any) => void} [clicked]
 */
export function draw(host, option, clicked) {
  waiting.push(() => drawNow(host, option, clicked));
}

/** @param {HTMLElement} host @param {() => object} option @param {(event: any) => void} [clicked] */
async function drawNow(host, option, clicked) {
  const { init } = await openLibrary();
  if (!host.isConnected) return;
  const chart = init(host, null, { renderer: "svg" });
  const entry = { host, option, chart, clicked };
  drawn.add(entry);
  chart.setOption({ ...common(), ...option() });
  if (clicked) chart.on("click", clicked);
  new ResizeObserver(() => host.isConnected && host.clientWidth && chart.resize()).observe(host);
  if (!performance.getEntriesByName("first-chart").length) performance.mark("first-chart");
}

export function redrawAll() {
  for (const entry of drawn) {
    if (entry.host.isConnected) entry.chart.setOption({ ...common(), ...entry.option() }, true);
    else {
      entry.chart.dispose();
      drawn.delete(entry);
    }
  }
}

/**
 * A chart with its description and its numbers.
 * @param {string} description
 * @param {() => object} option
 * @param {string[]} headings
 * @param {(Node | string | number | null)[][]} rows
 */
export function figure(description, option, headings, rows) {
  const host = h("div", { class: "chart", role: "img", "aria-label": description });
  draw(host, option);
  return h("figure", {}, host, h("details", {}, h("summary", {}, "Show the numbers"), plainTable(description, headings, rows)));
}

/**
 * Bars with a line on an axis of its own kind of count.
 * @param {string[]} labels
 * @param {{ name: string, data: (number | null)[] }} bars
 * @param {{ name: string, data: (number | null)[] }} line
 */
export function barsAndLine(labels, bars, line) {
  return {
    grid: { left: 8, right: 8, top: 34, bottom: 4, containLabel: true },
    legend: { top: 0, left: 0, itemWidth: 12, itemHeight: 8, textStyle: { color: colour("text") } },
    tooltip: { ...common().tooltip, trigger: "axis", valueFormatter: whole },
    xAxis: { type: "category", data: labels, ...axisStyle() },
    yAxis: { type: "value", minInterval: 1, ...axisStyle(), axisLabel: { color: colour("muted"), formatter: compact } },
    series: [
      { type: "bar", name: bars.name, data: bars.data, color: colour("accent"), barMaxWidth: 36, itemStyle: { borderRadius: [2, 2, 0, 0] } },
      { type: "line", name: line.name, data: line.data, color: colour("warm"), symbol: "circle", symbolSize: 6, lineStyle: { width: 2 } },
    ],
  };
}

/**
 * Lines from 0 to 100 per cent, told apart by colour and by the shape of their points.
 * @param {string[]} labels
 * @param {{ name: string, data: (number | null)[] }[]} lines 0 to 1
 * @param {(value: number) => string} shown
 */
export function shareLines(labels, lines, shown) {
  const colours = ["accent", "warm", "met", "purple", "expiring", "due", "overdue"];
  const shapes = ["circle", "rect", "triangle", "diamond"];
  return {
    grid: { left: 8, right: 16, top: 40, bottom: 4, containLabel: true },
    legend: { type: "scroll", top: 0, left: 0, itemWidth: 18, itemHeight: 8, textStyle: { color: colour("text") }, pageTextStyle: { color: colour("muted") }, pageIconColor: colour("text"), pageIconInactiveColor: colour("line") },
    tooltip: { ...common().tooltip, trigger: "axis", valueFormatter: shown },
    xAxis: { type: "category", data: labels, boundaryGap: false, ...axisStyle() },
    yAxis: { type: "value", min: 0, max: 1, ...axisStyle(), axisLabel: { color: colour("muted"), formatter: shown } },
    series: lines.map(({ name, data }, at) => ({
      type: "line",
      name: isolated(name, 32),
      data,
      color: colour(colours[at % colours.length]),
      symbol: shapes[at % shapes.length],
      symbolSize: 7,
      connectNulls: true,
    })),
  };
}
