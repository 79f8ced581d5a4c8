/** The case on show: opened, and kept as fresh as the stream says it is. */
import { alarmUrl, isWide } from "./page.js";

const STORM_REFRESH_MS = 2000; // it changes with every message of ten thousand panels; its row tells the newest

const REFRESHER = "#case-side";

const $ = (id) => document.getElementById(id);
const newsAtStart = new WeakMap(); // request → how much news there was when it went out
let news = 0;
let opening = null;
let isRefreshing = false;
let refreshedAt = 0;
let refreshTimer;

/** Ask the server; false when it came to nothing: cut short by an act, or failed and told so. */
export const ask = (...what) => htmx.ajax(...what).then(() => true, () => false);

// A request that htmx queued has a promise that it gives to nobody; cut short, it fails without a reason.
addEventListener("unhandledrejection", (event) => event.reason === undefined && event.preventDefault());

/** Which alarm, or `storm`; nothing when the pane is empty. */
export const onShow = () => document.querySelector("#case [data-case]")?.dataset.case ?? "";

export const stateOnShow = () => $("case-state")?.dataset.state ?? "";

/**
 * Ask the server for the case of an alarm and put it in its panes. Asked twice, it comes once: the second answer would
 * shut a window that was opened meanwhile. The one asked for last is the one that comes.
 */
export function openCase(id) {
  if (!isWide() && !onShow()) return Promise.resolve();
  if (opening?.id === id) return opening.done;
  htmx.trigger("#case", "htmx:abort");
  const mine = { id };
  mine.done = fetchCase(id).finally(() => opening === mine && (opening = null));
  opening = mine;
  return mine.done;
}

async function fetchCase(id) {
  const isShown = await ask("GET", alarmUrl(id), { source: "#case", target: "#case", swap: "innerHTML" });
  if (isShown) history.replaceState(null, "", alarmUrl(id));
}

/** It changed. */
export function refreshCase() {
  news += 1;
  refreshSoon();
}

/** At once; an opened storm not more often than anybody reads. */
function refreshSoon() {
  clearTimeout(refreshTimer);
  const wait = onShow() === "storm" ? refreshedAt + STORM_REFRESH_MS - Date.now() : 0;
  refreshTimer = setTimeout(refreshNow, Math.max(0, wait));
}

/**
 * Only what changes; a window in which somebody is writing stays as it is. One at a time, and from an element
 * of its own: htmx would hold it back behind a case that is being opened, and then put it into a sheet that is gone.
 */
async function refreshNow() {
  const id = onShow();
  if (!id || isRefreshing) return;
  const before = news;
  isRefreshing = true;
  refreshedAt = Date.now();
  await ask("GET", alarmUrl(id), { source: REFRESHER, target: "#case-state", swap: "outerHTML", select: "#case-state" });
  isRefreshing = false;
  if (news !== before) refreshSoon();
}

/**
 * An answer for the whole pane ends a refresh, which could bring back the premises of the case before. And if
 * something changed while it was on its way, it shows how it was before: fetch what is.
 */
export function keepFresh() {
  const isWhole = ({ detail }) => detail.target.id === "case";
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    newsAtStart.set(event.detail.xhr, news);
    if (isWhole(event)) htmx.trigger(REFRESHER, "htmx:abort");
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (isWhole(event) && newsAtStart.get(event.detail.xhr) < news) refreshCase();
  });
}
