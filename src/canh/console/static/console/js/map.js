/** The map: wards as quiet cells, every site a dot, sites with open alarms by shape and colour.
    Two canvases and no tiles, so that it works offline and stays quick with ten thousand sites. */
import { page, text } from "./page.js";

const NEAR_PX = 14;
const NAMES_FROM_ZOOM = 12;
const NAME_FONT = "12px 'Be Vietnam Pro', sans-serif";
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** Draws all sites itself: a marker object for each would be slow. */
const SiteCanvas = L.Canvas.extend({
  options: { pane: "sites", padding: 0.3 },

  _initContainer() {
    L.Canvas.prototype._initContainer.call(this);
    this._container.style.pointerEvents = "none"; // the cells below want the pointer
  },

  setSites(sites) {
    this._sites = sites;
    this.repaint();
  },

  repaint() {
    if (!this._map || !this._bounds) return;
    this._colours = { dot: css("--map-dot"), 1: css("--p1"), 2: css("--p2"), 3: css("--p3"), halo: css("--halo"), ink: css("--ink"), ground: css("--map-ground"), quiet: css("--quiet") };
    this._clear();
    this._draw();
  },

  /** Ward names, quiet, and only where they do not cover one another. */
  drawNames() {
    const taken = [];
    for (const area of this._areas ?? []) {
      const point = this._map.latLngToLayerPoint(area.at);
      if (!this._bounds.contains(point)) continue;
      this._ctx.font = NAME_FONT;
      const half = this._ctx.measureText(area.name).width / 2 + 6;
      const box = [point.x - half, point.x + half, point.y - 12, point.y + 6];
      if (taken.some(([l, r, t, b]) => box[0] < r && box[1] > l && box[2] < b && box[3] > t)) continue;
      taken.push(box);
      name(this._ctx, point, area.name, this._colours.quiet);
    }
  },

  _draw() {
    if (!this._sites || !this._ctx) return;
    this._colours ?? this.repaint();
    if (this._map.getZoom() >= NAMES_FROM_ZOOM) this.drawNames();
    const near = this._map.getZoom() >= 15;
    const seen = this._bounds;
    for (const site of this._sites) {
      site.point = this._map.latLngToLayerPoint(site.latLng);
      if (!site.priority && seen.contains(site.point)) dot(this._ctx, site.point, near ? 3.5 : 2.2, this._colours.dot);
    }
    const alarmed = this._sites.filter((site) => site.priority).sort((a, b) => b.priority - a.priority);
    for (const site of alarmed) shape(this._ctx, site, this._colours);
  },
});

function name(ctx, { x, y }, words, colour) {
  ctx.fillStyle = colour;
  ctx.font = NAME_FONT;
  ctx.textAlign = "center";
  ctx.fillText(words, x, y);
}

function dot(ctx, { x, y }, radius, colour) {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, 7);
  ctx.fill();
}

/** Triangle, diamond or disc, with a ring round the chosen site and a halo where it is urgent. */
function shape(ctx, { point: { x, y }, priority, isChosen }, colours) {
  if (priority === 1) dot(ctx, { x, y }, 13, colours.halo);
  if (isChosen) {
    ctx.strokeStyle = colours.ink;
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.arc(x, y, 13, 0, 7);
    ctx.stroke();
  }
  const corners = { 1: [[0, -7.5], [7.5, 6], [-7.5, 6]], 2: [[0, -7.5], [7.5, 0], [0, 7.5], [-7.5, 0]] }[priority];
  ctx.beginPath();
  if (corners) corners.forEach(([dx, dy], i) => (i ? ctx.lineTo(x + dx, y + dy) : ctx.moveTo(x + dx, y + dy)));
  else ctx.arc(x, y, 5.5, 0, 7);
  ctx.closePath();
  ctx.fillStyle = colours[priority];
  ctx.strokeStyle = colours.ground;
  ctx.lineWidth = 1.5;
  ctx.stroke();
  ctx.fill();
}

export class SiteMap {
  /** @param {HTMLElement} element @param {{isSmall?: boolean, isStill?: boolean, onSite?: (site: object) => void}} options */
  constructor(element, options = {}) {
    this.element = element;
    this.options = options;
    this.sites = new Map();
    this.priorities = {};
    this.chosen = "";
    this.map = L.map(element, {
      attributionControl: false, zoomControl: false, zoomAnimation: false, fadeAnimation: false, inertia: false,
      preferCanvas: true, zoomSnap: 0.25, minZoom: 9, maxZoom: 18, scrollWheelZoom: !options.isSmall && !options.isStill,
      dragging: !options.isStill, keyboard: !options.isStill, doubleClickZoom: !options.isStill,
    }).setView([21.03, 105.85], 12);
    if (!options.isStill) L.control.zoom({ position: "bottomright", zoomInTitle: text("zoomIn"), zoomOutTitle: text("zoomOut") }).addTo(this.map);
    this.map.createPane("sites").style.zIndex = 450;
    this.canvas = new SiteCanvas();
    this.ready = this.load().catch(() => element.append(text("noMap")));
  }

  async load() {
    const [areas, sites] = await Promise.all([page.areas, page.sites].map(async (url) => (await fetch(url)).json()));
    this.drawAreas(areas);
    for (const [id, name, kind, lat, lon, area] of sites.rows) {
      this.sites.set(id, { id, name, kind, area: sites.areas[area] ?? "", latLng: L.latLng(lat, lon) });
    }
    this.canvas.addTo(this.map);
    this.wire();
    this.fit();
    this.setPriorities(this.priorities);
  }

  drawAreas({ areas, approximate }) {
    this.canvas._areas = areas.filter((area) => area.at[0] !== null);
    const renderer = L.canvas({ padding: 0.3 });
    this.cells = areas.map(({ name, rings }) =>
      L.polygon(rings, { renderer, weight: 1, smoothFactor: 0.5, interactive: !this.options.isStill }).bindTooltip(name, { sticky: true, direction: "top", className: "map-tip" }),
    );
    L.layerGroup(this.cells).addTo(this.map);
    this.colourAreas();
    if (approximate) this.legend();
    new MutationObserver(() => this.recolour()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  colourAreas() {
    const style = { color: css("--map-line"), fillColor: css("--map-cell"), fillOpacity: 1 };
    for (const cell of this.cells) cell.setStyle(style);
  }

  recolour() {
    this.colourAreas();
    this.canvas.repaint();
  }

  legend() {
    const note = document.createElement("p");
    note.className = "map-legend";
    note.textContent = text("approximate");
    this.element.append(note);
  }

  wire() {
    if (this.options.isStill) return;
    this.map.on("click", (event) => this.clicked(this.near(event.layerPoint)));
    this.map.on("mousemove", (event) => this.hover(this.near(event.layerPoint)));
  }

  /** The site under the pointer; one with an alarm goes first. */
  near(point) {
    let best = null;
    let least = NEAR_PX;
    for (const site of this.sites.values()) {
      if (!site.point) continue;
      const far = Math.hypot(site.point.x - point.x, site.point.y - point.y) - (site.priority ? 6 : 0);
      if (far < least) [best, least] = [site, far];
    }
    return best;
  }

  hover(site) {
    this.element.classList.toggle("is-on-site", Boolean(site));
    if (site === this.under) return;
    this.under = site;
    this.tip?.remove();
    this.tip = site && L.tooltip({ direction: "top", className: "map-tip", offset: [0, -8] }).setLatLng(site.latLng).setContent(label(site)).addTo(this.map);
  }

  clicked(site) {
    if (site) this.options.onSite?.(site);
  }

  /** All sites in view; or around the alarms when some are open. */
  fit() {
    const points = [...this.sites.values()].map((site) => site.latLng);
    if (points.length) this.map.fitBounds(L.latLngBounds(points).pad(0.08), { maxZoom: 15, animate: false });
  }

  /** @param {Record<string, number>} priorities site id -> most urgent open priority */
  setPriorities(priorities) {
    this.priorities = priorities;
    for (const site of this.sites.values()) {
      site.priority = priorities[site.id] ?? 0;
      site.isChosen = site.id === this.chosen;
    }
    this.canvas.setSites([...this.sites.values()]);
  }

  async choose(siteId, lat, lon) {
    this.chosen = siteId;
    await this.ready;
    this.setPriorities(this.priorities);
    if (siteId && Number.isFinite(lat) && Number.isFinite(lon)) this.map.setView([lat, lon], Math.max(this.map.getZoom(), 13), { animate: false });
  }
}

function label(site) {
  const box = document.createElement("span");
  box.textContent = site.area ? `${site.name} · ${site.area}` : site.name;
  return box;
}

