/** The live stream, and whether what is on the screen may be trusted. */
import { delayOf, noteServerTime } from "./ages.js";
import { decimal, text } from "./page.js";

const STALE_MS = 4500;
const AGAIN_MS = 2000;
const REOPEN_MS = 10000;
const ENGINE_SILENT_S = 10;

export class Live {
  /**
   * @param {string} url @param {(message: object) => boolean} onBoard false: a message was missed
   * @param {(people: Record<string, [string, number, string, boolean]>) => void} onPeople who took how many alarms lately
   */
  constructor(url, onBoard, onPeople = () => {}) {
    this.url = url;
    this.onBoard = onBoard;
    this.onPeople = onPeople;
    this.heardAt = performance.now();
    this.pill = document.getElementById("link-state");
    this.banner = document.getElementById("stale");
    this.noEngine = document.getElementById("no-engine");
    this.open();
    setInterval(() => this.check(), 500);
  }

  open() {
    this.openedAt = performance.now();
    this.source?.close();
    this.source = new EventSource(this.url);
    this.source.addEventListener("board", (event) => this.board(JSON.parse(event.data)));
    this.source.addEventListener("beat", (event) => this.beat(JSON.parse(event.data)));
    this.source.addEventListener("error", () => this.failed());
  }

  board(message) {
    this.heard(message.at);
    if (!this.onBoard(message)) this.open();
  }

  beat(message) {
    this.heard(message.at);
    this.onPeople(message.people ?? {});
    this.engine(message.engine === null || message.engine >= ENGINE_SILENT_S ? "silent" : message.failing ? "failing" : "");
  }

  /** @param {""|"silent"|"failing"} trouble what keeps alarms from being raised */
  engine(trouble) {
    if (!this.noEngine) return;
    for (const part of this.noEngine.querySelectorAll("[data-when]")) part.hidden = part.dataset.when !== trouble;
    this.noEngine.hidden = !trouble;
  }

  heard(serverMs) {
    this.heardAt = performance.now();
    noteServerTime(serverMs);
    const seconds = Math.max(0.1, Math.ceil(delayOf(serverMs) / 100) / 10);
    this.say("good", `${text("connected")} · ${decimal(seconds)} ${text("second")}`);
    if (this.banner) this.banner.hidden = true;
  }

  /** The browser comes back by itself after a cut, but not after a refusal. */
  failed() {
    if (this.source.readyState !== EventSource.CLOSED) return;
    clearTimeout(this.again);
    this.again = setTimeout(() => this.refused(), AGAIN_MS);
  }

  async refused() {
    try {
      const answer = await fetch(this.url, { headers: { Accept: "application/json" }, method: "HEAD" });
      if (answer.status === 401 || answer.status === 403) return location.reload();
    } catch {
      // The server is away: try on.
    }
    return this.open();
  }

  check() {
    const quietMs = performance.now() - this.heardAt;
    if (quietMs < STALE_MS) return;
    // A line that died without a word never fails by itself.
    if (quietMs > REOPEN_MS && performance.now() - this.openedAt > REOPEN_MS) this.open();
    const seconds = Math.round(quietMs / 1000);
    this.say("bad", `${text("lost")} · ${seconds} ${text("second")}`);
    if (!this.banner) return;
    this.banner.querySelector("[data-age]").textContent = `${seconds} ${text("second")}`;
    this.banner.hidden = false;
  }

  say(state, words) {
    if (!this.pill) return;
    this.pill.dataset.state = state;
    const place = this.pill.querySelector("[data-text]");
    if (place.textContent !== words) place.textContent = words;
  }
}
