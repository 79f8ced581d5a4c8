/** The queue: keeps the rows in the order of the server, but never moves the one a person is on. */
import { showAges } from "./ages.js";
import { text, userId } from "./page.js";

const FLOOD = 12;
const GROUP = 3;
const POINTER_MS = 2000;

/**
 * The wanted order, with the held ones left at the index where they are shown.
 * @param {string[]} wanted @param {string[]} shown @param {string[]} held
 */
export function holdInPlace(wanted, shown, held) {
  const fixed = new Map();
  for (const key of held) if (wanted.includes(key) && shown.includes(key)) fixed.set(shown.indexOf(key), key);
  const kept = new Set(fixed.values());
  const rest = wanted.filter((key) => !kept.has(key));
  const placed = [];
  while (placed.length < wanted.length) {
    const next = fixed.get(placed.length) ?? rest.shift();
    if (next === undefined) break;
    placed.push(next);
  }
  for (const [index, key] of fixed) if (index >= placed.length && !placed.includes(key)) placed.push(key);
  return placed;
}

/**
 * In a flood, sites with many alarms become one entry. A row somebody is on stays outside.
 * @returns {{key: string, site?: string, ids: string[]}[]}
 */
export function entries(order, siteOf, held, isKept = () => false) {
  const bySite = new Map();
  for (const id of order) if (!held.includes(id)) bySite.set(siteOf(id), [...(bySite.get(siteOf(id)) ?? []), id]);
  const isGrouped = (id) => {
    const many = bySite.get(siteOf(id)) ?? [];
    return !held.includes(id) && many.length >= GROUP && (order.length > FLOOD || isKept(siteOf(id)));
  };
  const seen = new Set();
  const made = [];
  for (const id of order) {
    if (!isGrouped(id)) made.push({ key: `row-${id}`, ids: [id] });
    else if (!seen.has(siteOf(id))) made.push({ key: `site-${siteOf(id)}`, site: siteOf(id), ids: bySite.get(siteOf(id)) });
    seen.add(siteOf(id));
  }
  return made;
}

export class Queue {
  /** @param {HTMLElement} list @param {(id: string, how: {byKey?: boolean}) => void} onChoose */
  constructor(list, onChoose) {
    this.list = list;
    this.onChoose = onChoose;
    this.rows = new Map();
    this.groups = new Map();
    this.number = 0;
    this.chosen = document.querySelector("[data-case]")?.dataset.case ?? "";
    this.pointer = { row: null, at: 0 };
    for (const row of list.querySelectorAll(".row")) this.adopt(row);
    this.order = [...this.rows.keys()];
    this.listen();
    this.arrange();
    this.mark();
  }

  listen() {
    this.list.addEventListener("focusin", (event) => {
      const row = event.target.closest(".row");
      if (row) this.choose(row.dataset.id);
    });
    this.list.addEventListener("focusout", () => setTimeout(() => this.arrange(), 0));
    this.list.addEventListener("pointermove", (event) => {
      this.pointer = { row: event.target.closest(".row")?.dataset.id, at: performance.now() };
    });
    this.list.addEventListener("pointerleave", () => {
      this.pointer = { row: null, at: 0 };
      this.arrange();
    });
  }

  adopt(row) {
    this.rows.set(row.dataset.id, row);
    this.personal(row);
  }

  /** The same row goes to everybody; only here it says "You". */
  personal(row) {
    const isOwn = userId && !document.querySelector("[data-wall]") && row.dataset.by === userId; // a wall has no "you"
    row.classList.toggle("is-own", Boolean(isOwn));
    if (isOwn) row.querySelector(".row-who").textContent = text("you");
  }

  // ── What the stream says ────────────────────────────────────────────────

  /** @returns {{isWhole: boolean, fresh: HTMLElement[]}} isWhole false: a message was missed; fresh: came, or waits again */
  apply(message) {
    if (!message.state && message.after !== this.number) return { isWhole: false, fresh: [] };
    const known = new Set(this.rows.keys());
    const waited = new Set([...known].filter((id) => isWaiting(this.rows.get(id))));
    for (const [id, html] of Object.entries(message.rows)) this.put(id, html);
    this.number = message.number;
    this.order = message.order.filter((id) => this.rows.has(id));
    this.dropGone(new Set(message.order));
    const came = this.setTheirs(new Set(message.theirs));
    this.arrange();
    this.mark();
    showAges(this.list);
    const isFresh = (id) => came.has(id) || isNews(id, this.rows.get(id), known, waited);
    const fresh = this.order.filter(isFresh).map((id) => this.rows.get(id));
    if (known.size || !message.state) for (const row of fresh) again(row, "is-new");
    return { isWhole: true, fresh };
  }

  /** Marks what another desk watches. @returns {Set<string>} what waits and is ours from now on */
  setTheirs(theirs) {
    const came = new Set();
    for (const [id, row] of this.rows) {
      if (row.classList.contains("is-theirs") && !theirs.has(id) && isWaiting(row)) came.add(id);
      row.classList.toggle("is-theirs", theirs.has(id));
      row.querySelector(".row-theirs").hidden = !theirs.has(id);
    }
    return came;
  }

  put(id, html) {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.firstElementChild;
    const row = this.rows.get(id);
    if (row) patch(row, fresh);
    this.adopt(row ?? fresh);
  }

  /** A row that ended under the person stays, greyed, until they leave it. */
  dropGone(present) {
    const focused = this.focused();
    for (const [id, row] of this.rows) {
      if (present.has(id)) continue;
      if (id === focused) row.classList.add("is-gone");
      else this.drop(id, row);
    }
  }

  drop(id, row) {
    row.remove();
    this.rows.delete(id);
  }

  // ── Order ───────────────────────────────────────────────────────────────

  focused() {
    return document.activeElement?.closest?.("#queue .row")?.dataset.id ?? "";
  }

  held() {
    const pointed = performance.now() - this.pointer.at < POINTER_MS ? this.pointer.row : null;
    return [...new Set([this.focused(), pointed].filter((id) => id && this.rows.has(id)))];
  }

  arrange() {
    const held = this.held();
    for (const [id, row] of this.rows) {
      if (row.classList.contains("is-gone") && !held.includes(id)) this.drop(id, row);
    }
    const order = this.withGhosts(held);
    const inGroup = held.filter((id) => this.rows.get(id).parentElement !== this.list);
    const loose = held.filter((id) => !inGroup.includes(id));
    const isKept = (site) => inGroup.some((id) => this.rows.get(id).dataset.site === site);
    const wanted = entries(order, (id) => this.rows.get(id).dataset.site, loose, isKept);
    this.place(wanted, held);
    this.dropEmptyGroups(wanted);
  }

  /** Rows that are gone but held count as present where they stand. */
  withGhosts(held) {
    const order = this.order.filter((id) => this.rows.has(id));
    for (const id of held) if (!order.includes(id)) order.push(id);
    return order;
  }

  place(wanted, held) {
    const anchor = this.rows.get(held[0]);
    const before = anchor?.getBoundingClientRect().top;
    const nodes = new Map(wanted.map((entry) => [entry.key, this.node(entry, held)]));
    const shown = [...this.list.children].map((child) => child.id);
    const heldKeys = wanted.filter((entry) => entry.ids.some((id) => held.includes(id))).map((entry) => entry.key);
    const order = holdInPlace(wanted.map((entry) => entry.key), shown, heldKeys);
    reorder(this.list, order.map((key) => nodes.get(key)));
    if (anchor) this.list.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  node(entry, held) {
    if (!entry.site) return this.rows.get(entry.ids[0]);
    const group = this.groups.get(entry.site) ?? this.newGroup(entry.site);
    const list = group.querySelector("ol");
    const shown = [...list.children].map((child) => child.dataset.id);
    reorder(list, holdInPlace(entry.ids, shown, held).map((id) => this.rows.get(id)));
    this.describe(group, entry.ids.map((id) => this.rows.get(id)));
    return group;
  }

  newGroup(site) {
    const group = document.createElement("li");
    group.className = "row-group";
    group.id = `site-${site}`;
    group.innerHTML = `<details><summary><span class="row-mark"></span><span class="row-title"></span><time class="row-age"></time><span class="row-place"></span><span class="row-who"></span></summary><ol></ol></details>`;
    this.groups.set(site, group);
    return group;
  }

  describe(group, rows) {
    const worst = rows[0];
    const waiting = rows.filter((row) => row.dataset.state === "unacknowledged").length;
    const put = (selector, words) => (group.querySelector(`summary ${selector}`).textContent = words);
    group.dataset.priority = worst.dataset.priority;
    group.dataset.state = waiting ? "unacknowledged" : "acknowledged";
    group.querySelector("summary .row-mark").replaceChildren(...worst.querySelector(".row-mark").cloneNode(true).childNodes);
    group.querySelector("summary .row-mark").className = `row-mark p-${worst.dataset.priority}`;
    put(".row-title", worst.dataset.siteName);
    put(".row-place", text("group", { n: rows.length }));
    put(".row-who", waiting ? text("waiting", { n: waiting }) : "");
    group.querySelector("summary .row-age").dataset.since = worst.querySelector(".row-age").dataset.since;
  }

  dropEmptyGroups(wanted) {
    const used = new Set(wanted.map((entry) => entry.site));
    for (const [site, group] of this.groups) {
      if (used.has(site)) continue;
      group.remove();
      this.groups.delete(site);
    }
  }

  // ── Choosing ────────────────────────────────────────────────────────────

  choose(id, how = {}) {
    if (id === this.chosen && !how.byKey) return;
    this.chosen = id;
    this.mark();
    this.onChoose(id, how);
  }

  /** @param {string} id the row of the case on show */
  mark(id = this.chosen) {
    this.chosen = id;
    for (const [id, row] of this.rows) {
      const link = row.querySelector(".row-link");
      if (id === this.chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  /** What J and K walk over: rows, and closed groups. */
  stops() {
    return [...this.list.querySelectorAll(".row-link, .row-group > details > summary")].filter(
      (element) => element.checkVisibility?.() ?? element.offsetParent,
    );
  }

  move(step) {
    const stops = this.stops();
    const at = stops.indexOf(document.activeElement);
    const from = at >= 0 ? at : stops.findIndex((stop) => stop.closest(".row")?.dataset.id === this.chosen);
    const target = stops[Math.min(stops.length - 1, Math.max(0, from + (at >= 0 || from < 0 ? step : 0)))] ?? stops[0];
    target?.focus();
    target?.scrollIntoView({ block: "nearest" });
    return true;
  }

  /** To the row that follows the one that ended. */
  moveOn(id) {
    const ended = this.rows.get(id);
    const stops = this.stops();
    const at = stops.findIndex((stop) => stop.closest(".row") === ended);
    const next = stops.filter((stop) => stop.closest(".row") !== ended)[Math.max(0, at)] ?? stops.find((s) => s.closest(".row") !== ended);
    if (next) next.focus();
    else document.activeElement?.blur();
    this.arrange();
    return Boolean(next);
  }

  get current() {
    return this.rows.get(this.chosen) ?? null;
  }
}

const isWaiting = (row) => row.dataset.state === "unacknowledged";

/** Never seen, or put back among those that wait although somebody had taken it. */
export const isNews = (id, row, known, waited) => !known.has(id) || (isWaiting(row) && !waited.has(id));

/** Give a class whose animation is to run once more. */
function again(row, name) {
  row.classList.remove(name);
  void row.offsetWidth;
  row.classList.add(name);
}

/** Bring an old row up to date without taking it out of the page. */
function patch(row, fresh) {
  for (const name of row.getAttributeNames()) if (name.startsWith("data-") && !fresh.hasAttribute(name)) row.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (name !== "class") row.setAttribute(name, value);
  row.querySelector(".row-link").innerHTML = fresh.querySelector(".row-link").innerHTML;
}

/** Put nodes in order; the one that holds the focus is never taken out, the others go around it. */
function reorder(list, nodes) {
  for (const child of [...list.children]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, index) => {
    if (list.children[index] === node) return;
    if (!node.contains(document.activeElement) || node.parentElement !== list) {
      list.insertBefore(node, list.children[index] ?? null);
      return;
    }
    while (list.children[index] !== node) list.append(list.children[index]);
  });
}
