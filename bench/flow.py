"""From the last byte on the socket to the row painted in a real browser: p50 and p99.

Real gateway, engine and console as processes of their own; Chromium shows the desk. One alarm at a
time, at random moments, so that no two share a batch by luck. Both clocks are this machine's.
Also counted: the panel's own view, from sending to its ACK.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from bench._common import arguments, finish, machine
from tests.house import House, until
from tests.panel import frame, is_ack, say
from tests.web.browser import chromium, person

PROMISE_P50_MS, PROMISE_P99_MS = 300, 1500

WATCH = """() => {
  window.painted = {};
  const note = row => requestAnimationFrame(() => requestAnimationFrame(() => {
    const id = row.dataset && row.dataset.id;
    if (id && !(id in window.painted)) window.painted[id] = performance.timeOrigin + performance.now();
  }));
  new MutationObserver(changes => changes.forEach(c => c.addedNodes.forEach(n => {
    if (n.nodeType !== 1) return;
    if (n.matches('.row[data-id]')) note(n);
    n.querySelectorAll('.row[data-id]').forEach(note);
  }))).observe(document.body, {childList: true, subtree: true});
}"""
ASK = "n => Object.keys(painted).length >= n && Math.max(...Object.values(painted))"
PERSON = """
from canh.accounts import actions, queries
user = actions.add_user(actor_id=None, username="dung", full_name="Đỗ Tiến Dũng", password="canh-giu-cho-pho-1919")
actions.assign(actor_id=None, user=user, role="operator", unit=queries.units_now()[0])
"""


def main() -> int:
    words = arguments(__doc__, alarms=150)
    with House(Path(tempfile.mkdtemp(prefix="canh-bench-")) / "data") as house:
        house.furnish(["3000"])
        house.python(PERSON)
        house.start("gateway", "engine", "web")
        with chromium() as browser, person(browser) as page:
            page.goto(house.url)
            page.locator("[name=username]").fill("dung")
            page.locator("[name=password]").fill("canh-giu-cho-pho-1919")
            page.keyboard.press("Enter")
            page.wait_for_url(house.url + "/")
            page.wait_for_timeout(1500)
            page.evaluate(WATCH)
            acks, paints = measure(house, page, words.alarms)
    figures = {"ack_ms": spread(acks), "painted_ms": spread(paints)}
    print(figures)
    kept = figures["painted_ms"]["p50"] <= PROMISE_P50_MS and figures["painted_ms"]["p99"] <= PROMISE_P99_MS
    promise = {"p50_ms": PROMISE_P50_MS, "p99_ms": PROMISE_P99_MS}
    return finish(words.out, "flow", {**machine(), "alarms": words.alarms, **figures, "promise": promise}, kept)


def measure(house: House, page: object, count: int) -> tuple[list[float], list[float]]:
    acks, paints = [], []
    for number in range(1, count + 1):
        time.sleep(random.uniform(0.05, 0.4))
        begin = time.time()
        assert is_ack(say(house.dc09_port, frame("3000", number, f"NHA{number}")), number)
        acks.append((time.time() - begin) * 1000)
        painted = until(lambda number=number: page.evaluate(ASK, number), 30, 0.01)  # type: ignore[attr-defined]
        paints.append(painted - begin * 1000)
    return acks, paints


def spread(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {"p50": round(cuts[49], 1), "p99": round(cuts[98], 1), "max": round(max(values), 1)}


if __name__ == "__main__":
    raise SystemExit(main())
