/** The map page: the whole map, and the open alarms as a list beside it. */
import { showAges, tickAges } from "./ages.js";
import { Live } from "./live.js";
import { SiteMap } from "./map.js";
import { alarmUrl, page } from "./page.js";
import { Queue } from "./queue.js";

const list = document.getElementById("queue");

/** Where a site has open alarms a click opens the most urgent one. */
function openSite(site) {
  const row = list.querySelector(`.row[data-site="${CSS.escape(site.id)}"]`);
  location.assign(row ? alarmUrl(row.dataset.id) : page.site.replace("/0/", `/${site.id}/`));
}

const map = new SiteMap(document.getElementById("big-map"), { onSite: openSite });
const queue = new Queue(list, (id) => {
  const row = queue.rows.get(id);
  const site = map.sites.get(row.dataset.site);
  if (site) map.choose(site.id, site.latLng.lat, site.latLng.lng);
});

tickAges();
new Live(page.live, (message) => {
  const { isWhole } = queue.apply(message);
  if (!isWhole) return false;
  for (const item of document.querySelectorAll("[data-count]")) {
    item.querySelector("[data-n]").textContent = message.counts[item.dataset.count];
    item.classList.toggle("is-none", !message.counts[item.dataset.count]);
  }
  document.getElementById("queue-empty").hidden = message.total > 0;
  if (message.sites) map.setPriorities(message.sites);
  showAges();
  return true;
});
