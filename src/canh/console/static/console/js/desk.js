/** The operator's desk: ties queue, case, bell, keys and map to the live stream. */
import { showAges, tickAges } from "./ages.js";
import { ask, keepFresh, onShow, openCase, refreshCase, stateOnShow } from "./case.js";
import { areOff, bind, bindReasons, turnOff } from "./keys.js";
import { Live } from "./live.js";
import { SiteMap } from "./map.js";
import { alarmUrl, isWide, page, text, userId } from "./page.js";
import { Queue } from "./queue.js";
import { Bell } from "./sound.js";
import { toast } from "./toast.js";

const OPEN_AFTER_MS = 120;
const REMIND_MS = 5 * 60 * 1000;

const $ = (id) => document.getElementById(id);
const mayAct = Boolean(page.mayAct);
const counts = { 1: 0, 2: 0, 3: 0 };
let openTimer;

// ── What a person does ────────────────────────────────────────────────────

async function withCase(id) {
  clearTimeout(openTimer);
  if (onShow() !== id) await openCase(id);
}

async function acknowledge() {
  const row = queue.current;
  if (!row && stateOnShow() !== "unacknowledged") return openFirst();
  const id = row?.dataset.id ?? onShow();
  if (!id || !acts()) return;
  if (row && row.dataset.state !== "unacknowledged") return withCase(id);
  clearTimeout(openTimer);
  // A case that is just being fetched must neither hold the act up nor overwrite its answer, and htmx
  // keeps only the last request that waits for one element: an act has a source of its own.
  htmx.trigger("#case", "htmx:abort");
  await ask("POST", `${alarmUrl(id)}acknowledge/`, { source: document.body, target: "#case", swap: "innerHTML" });
  history.replaceState(null, "", alarmUrl(id));
}

/** The next alarm that nobody has: two who ask at once get two alarms. */
async function takeNext() {
  if (!acts()) return;
  clearTimeout(openTimer);
  htmx.trigger("#case", "htmx:abort");
  await ask("POST", page.next, { source: document.body, target: "#case", swap: "innerHTML" });
  if (!onShow()) return;
  queue.mark(onShow());
  history.replaceState(null, "", alarmUrl(onShow()));
}

async function openDialog(name) {
  const id = queue.current?.dataset.id ?? onShow();
  if (!id || !acts()) return;
  await withCase(id);
  if (name === "close-dialog" && stateOnShow() !== "acknowledged") {
    return toast(text("needsAcknowledge"), "warn");
  }
  if (!$(name)) return toast(text("readsOnly"), "warn");
  $(name).showModal();
}

function acts() {
  if (!mayAct) toast(text("readsOnly"), "warn");
  return mayAct;
}

// ── What the stream says ──────────────────────────────────────────────────

function onBoard(message) {
  const { isWhole, fresh } = queue.apply(message);
  if (!isWhole) return false;
  showCounts(message);
  announce(fresh, message);
  if (message.sites) map?.setPriorities(message.sites);
  if (!message.state && concernsCase(message)) refreshCase();
  if (!onShow() || (fresh.length && isDone())) openFirst();
  return true;
}

/** The case on show changed, or another alarm of its premises did: one confirms the other. */
function concernsCase(message) {
  const id = onShow();
  const site = document.querySelector("#case [data-case]")?.dataset.site;
  const isSame = (other) => other === id || (site && queue.list.querySelector(`[data-id="${other}"]`)?.dataset.site === site);
  return Boolean(id) && (message.gone?.includes(id) || Object.keys(message.rows).some(isSame));
}

function showCounts(message) {
  Object.assign(counts, message.counts);
  for (const item of document.querySelectorAll("[data-count]")) {
    const n = counts[item.dataset.count];
    item.querySelector("[data-n]").textContent = n;
    item.classList.toggle("is-none", !n);
  }
  const waiting = counts[1] + counts[2] + counts[3];
  document.title = `${waiting ? `(${waiting}) ` : ""}${page.title} · Canh`;
  $("queue-empty").hidden = message.total > 0;
  for (const part of document.querySelectorAll("#case [data-when]")) {
    part.hidden = (part.dataset.when === "busy") !== message.total > 0;
  }
  $("shelf-link").hidden = !message.shelved;
  $("shelf-link").querySelector("[data-n]").textContent = message.shelved;
  const more = message.total - message.order.length;
  $("queue-more").hidden = more <= 0;
  $("queue-more").textContent = text("more", { n: more });
}

/** Sound for what is new, words for what is urgent. */
function announce(fresh, message) {
  const isOurs = (row) => row.dataset.state === "unacknowledged" && !row.classList.contains("is-theirs");
  const waiting = fresh.filter(isOurs);
  const priorities = waiting.map((row) => Number(row.dataset.priority));
  if (message.sound) priorities.push(message.sound);
  const elsewhere = queue.list.querySelectorAll('.is-theirs[data-priority="1"][data-state="unacknowledged"]').length;
  bell.loop(counts[1] - elsewhere > 0);
  const best = Math.min(...priorities, 9);
  if (best === 2 || best === 3) bell.ring(best);
  const urgent = waiting.filter((row) => row.dataset.priority === "1");
  if (urgent.length) $("spoken").textContent = urgent.map((row) => `${text("urgent")}: ${row.dataset.title}, ${row.dataset.siteName}`).join(". ");
  showBell();
}

/** What is on show has ended, and nobody is busy with it. */
function isDone() {
  const isBusy = document.querySelector("dialog[open]") || $("case").contains(document.activeElement);
  return stateOnShow() === "closed" && !isBusy;
}

/** Somebody who just came sees the most urgent alarm; nobody is torn away from what they read. */
function openFirst() {
  const first = queue.order[0];
  if (first && isWide()) queue.choose(first, { byKey: true });
}

/** How much I have on my hands, and who has too much. */
function showLoad(people) {
  if (!mayAct) return;
  const [, taken = 0, load = "calm"] = people[userId] ?? [];
  $("load").hidden = !taken;
  $("load").dataset.load = load;
  $("load").querySelector("[data-n]").textContent = taken;
  $("flood-me").hidden = load !== "flood";
  const others = Object.entries(people).filter(([id, [, , theirs]]) => id !== userId && theirs === "flood");
  $("flood-other").hidden = load === "flood" || !others.length;
  $("flood-other").querySelector("[data-who]").textContent = others.map(([, [name]]) => name).join(", ");
}

// ── Bell ──────────────────────────────────────────────────────────────────

function showBell() {
  const muted = bell.isMuted;
  $("mute").hidden = bell.isAsleep && !muted;
  $("mute").setAttribute("aria-pressed", String(muted));
  for (const part of $("mute").querySelectorAll("[data-when]")) part.hidden = (part.dataset.when === "off") !== muted;
  $("sound-on").hidden = muted || !bell.isAsleep;
  $("muted").hidden = !(muted && counts[1] > 0);
}

function toggleMute() {
  bell.isMuted = !bell.isMuted;
  if (!bell.isMuted) bell.wake();
  toast(text(bell.isMuted ? "muted" : "rings"));
}

function wireBell() {
  $("mute").addEventListener("click", toggleMute);
  $("unmute").addEventListener("click", toggleMute);
  $("sound-on").addEventListener("click", () => bell.wake().then(() => bell.ring(3)));
  for (const touch of ["pointerdown", "keydown"]) {
    document.addEventListener(touch, () => bell.isAsleep && bell.wake(), { once: true });
  }
  setInterval(() => bell.isMuted && toast(text("mutedLong"), "warn"), REMIND_MS);
  bell.try();
}

// ── Wires ─────────────────────────────────────────────────────────────────

function wireQueue() {
  queue.list.addEventListener("click", (event) => {
    const link = event.target.closest(".row-link");
    if (!link || !isWide() || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const id = link.closest(".row").dataset.id;
    link.focus();
    queue.choose(id);
    clearTimeout(openTimer);
    const byKey = event.detail === 0;
    openCase(id).then(() => byKey && $("case-title")?.focus());
  });
}

function wireCase() {
  for (const name of ["alarm-closed", "alarm-shelved"]) {
    document.body.addEventListener(name, (event) => queue.moveOn(event.detail.id));
  }
  document.body.addEventListener("htmx:beforeSwap", () => {
    wasRawOpen = $("raw")?.open && onShow();
    wasInCase = $("case").contains(document.activeElement);
  });
  document.body.addEventListener("htmx:afterSwap", () => {
    if (wasRawOpen && wasRawOpen === onShow() && $("raw")) $("raw").open = true;
    if (wasInCase && !$("case").contains(document.activeElement)) keepFocus();
    caseShown();
  });
  for (const name of ["htmx:sendError", "htmx:responseError"]) {
    document.body.addEventListener(name, (event) => {
      const isTold = event.detail.xhr?.getResponseHeader("HX-Trigger"); // the server said why
      if (!isTold) toast(text("failed"), "bad");
    });
  }
}

function caseShown() {
  showAges();
  const sheet = document.querySelector("#case [data-case]");
  map?.choose(sheet?.dataset.site ?? "", Number(sheet?.dataset.lat), Number(sheet?.dataset.lon));
}

/** The button that was pressed is gone: go to the one that took its place. */
function keepFocus() {
  ($("act-close") ?? $("act-acknowledge") ?? $("case-title"))?.focus({ preventScroll: true });
}

function wireKeysHelp() {
  const box = $("keys-on");
  if (!box) return;
  box.checked = !areOff();
  box.addEventListener("change", () => turnOff(!box.checked));
}

/** A click on the small map: the most urgent alarm there, if one is open. */
function openSite(site) {
  const row = queue.list.querySelector(`.row[data-site="${CSS.escape(site.id)}"]`);
  if (row) queue.choose(row.dataset.id, { byKey: true });
}

let wasRawOpen = "";
let wasInCase = false;
const bell = new Bell(showBell);
const map = $("side-map") ? new SiteMap($("side-map"), { isSmall: true, onSite: openSite }) : null;
const queue = new Queue($("queue"), (id, how) => {
  if (!isWide()) return;
  clearTimeout(openTimer);
  openTimer = setTimeout(() => withCase(id), how.byKey ? 0 : OPEN_AFTER_MS); // it may have come meanwhile
});

/** Elsewhere the arrows scroll. */
const isAtQueue = () => document.activeElement === document.body || $("queue").contains(document.activeElement);

bindReasons();
bind({
  j: () => queue.move(1),
  k: () => queue.move(-1),
  ArrowDown: () => isAtQueue() && queue.move(1),
  ArrowUp: () => isAtQueue() && queue.move(-1),
  a: acknowledge,
  x: () => openDialog("close-dialog"),
  n: () => openDialog("note-dialog"),
  f: takeNext,
  m: toggleMute,
  "/": () => $("search")?.focus(),
  "?": () => $("keys-help").showModal(),
  Escape: () => queue.current?.querySelector(".row-link").focus(),
});
wireQueue();
wireCase();
keepFresh();
wireBell();
wireKeysHelp();
tickAges();
caseShown();
new Live(page.live, onBoard, showLoad);
