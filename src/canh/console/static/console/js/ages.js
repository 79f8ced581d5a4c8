/** How old things are, by the server's clock: this machine's may be wrong by minutes. */
import { text } from "./page.js";

const KEPT = 20;
const offsets = [];

/** Note a server time (ms) that arrived just now. The smallest difference is the truest. */
export function noteServerTime(ms) {
  offsets.push(Date.now() - ms);
  if (offsets.length > KEPT) offsets.shift();
}

const offset = () => (offsets.length ? Math.min(...offsets) : 0);

export const serverNow = () => Date.now() - offset();

/** Milliseconds a message needed beyond the quickest one seen. */
export const delayOf = (ms) => Math.max(0, serverNow() - ms);

/** `0:14`, `12:31`, `3:07:09`, `2 ngày` */
export function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s >= 86400) return `${Math.floor(s / 86400)} ${text("days")}`;
  const pair = (n) => String(n).padStart(2, "0");
  const [h, m] = [Math.floor(s / 3600), Math.floor((s % 3600) / 60)];
  return h ? `${h}:${pair(m)}:${pair(s % 60)}` : `${m}:${pair(s % 60)}`;
}

/** Bring every age on the page (or within `root`) up to date. */
export function showAges(root = document) {
  const now = serverNow();
  for (const element of root.querySelectorAll("[data-since]")) {
    const words = age(now - Number(element.dataset.since));
    if (element.textContent !== words) element.textContent = words;
  }
  for (const element of root.querySelectorAll("[data-until]")) {
    element.textContent = age(Number(element.dataset.until) * 1000 - now);
  }
  for (const element of root.querySelectorAll("[data-ago]")) {
    element.textContent = text("ago", { n: age(now - Number(element.dataset.ago) * 1000) });
  }
}

export function tickAges() {
  showAges();
  setInterval(showAges, 1000);
}
