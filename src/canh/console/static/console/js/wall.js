/** The wall: queue and map for everybody in the room. Nothing to press. */
import { serverNow, showAges, tickAges } from "./ages.js";
import { Live } from "./live.js";
import { SiteMap } from "./map.js";
import { page, text } from "./page.js";
import { Queue } from "./queue.js";

const list = document.getElementById("queue");
const map = new SiteMap(document.getElementById("big-map"), { isStill: true });
const queue = new Queue(list, () => {});

/** Nobody can scroll a wall: show what fits, count the rest. */
function showWhatFits(total) {
  const more = document.getElementById("queue-more");
  let shown = 0;
  for (const child of list.children) {
    child.hidden = false;
    const fits = child.offsetTop + child.offsetHeight <= list.offsetTop + list.clientHeight;
    child.hidden = !fits;
    if (fits) shown += child.querySelectorAll(".row").length || 1;
  }
  more.hidden = shown >= total;
  more.textContent = text("more", { n: total - shown });
}

/** What nobody has taken yet comes first: a wall has room for few. */
function waitingFirst() {
  const isWaiting = (child) => child.matches("[data-state=unacknowledged]") || child.querySelector("[data-state=unacknowledged]");
  for (const child of [...list.children]) if (!isWaiting(child)) list.append(child);
}

function still() {
  for (const link of list.querySelectorAll("a, summary")) link.tabIndex = -1;
}

tickAges();
new Live(page.live, (message) => {
  if (!queue.apply(message).isWhole) return false;
  for (const item of document.querySelectorAll("[data-count]")) {
    item.querySelector("[data-n]").textContent = message.counts[item.dataset.count];
    item.classList.toggle("is-none", !message.counts[item.dataset.count]);
  }
  document.getElementById("queue-empty").hidden = message.total > 0;
  if (message.sites) map.setPriorities(message.sites);
  still();
  waitingFirst();
  showWhatFits(message.total);
  showAges();
  return true;
});

const clock = document.getElementById("wall-clock");
setInterval(() => {
  clock.textContent = new Date(serverNow()).toLocaleTimeString("vi-VN", { hour12: false, timeZone: page.zone });
}, 1000);
still();
