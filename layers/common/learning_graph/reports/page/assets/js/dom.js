/**
 * What an element is made of: attributes by name, listeners as `onclick` and the like, `style` as CSS properties.
 * Text always goes in as text: nothing on this page is parsed as HTML.
 * @typedef {Record<string, any>} Properties
 * @typedef {Node | string | number | null | undefined | false} Child
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Properties} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

/**
 * Text that somebody else wrote, kept apart from the direction of the text around it.
 * @param {string} text
 */
export function foreign(text) {
  return h("bdi", { class: "foreign" }, text);
}

/**
 * The same for places that hold plain text alone, such as a chart's labels: the text between Unicode isolates.
 * @param {string} text
 * @param {number} [longest]
 */
export function isolated(text, longest = 40) {
  const letters = [...text];
  return `\u2068${letters.length > longest ? letters.slice(0, longest - 1).join("") + "…" : text}\u2069`;
}

/** @param {string} id */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element ${id}`);
  return element;
}

/** @param {string} text */
export function announce(text) {
  byId("status").textContent = text;
}

/**
 * A heading of a part with what stands beside it.
 * @param {string} title
 * @param {...(Child | Child[])} children
 */
export function panel(title, ...children) {
  return h("section", { class: "panel" }, h("h3", {}, title), ...children);
}

/**
 * Names and values side by side; a value of null is left out.
 * @param {[string, Child | Child[]][]} pairs
 * @param {string} [kind]
 */
export function facts(pairs, kind = "facts") {
  return h(
    "dl",
    { class: kind },
    pairs
      .filter(([, value]) => value !== null && value !== undefined && value !== false)
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, .../** @type {Child[]} */ ([value].flat())))),
  );
}

/**
 * A link within the page.
 * @param {string} hash
 * @param {...(Child | Child[])} children
 */
export function link(hash, ...children) {
  return h("a", { href: hash }, ...children);
}

/**
 * The fragment of a part, of what it shows, and of how its table stands.
 * @param {string} part
 * @param {string[]} [path]
 * @param {Record<string, string>} [query]
 */
export function hashOf(part, path = [], query = {}) {
  const search = new URLSearchParams(query).toString();
  return "#" + [part, ...path.map(encodeURIComponent)].join("/") + (search ? "?" + search : "");
}
