/** Short messages in the corner, read out by screen readers. */
const STAY_MS = 8000;

/** @param {string} text @param {""|"bad"|"warn"|"good"} [tone] */
export function toast(text, tone = "") {
  const box = document.getElementById("toasts");
  if (!box || !text) return;
  const note = document.createElement("div");
  note.className = tone ? `toast is-${tone}` : "toast";
  note.textContent = text;
  raise(box);
  box.append(note);
  setTimeout(() => note.remove(), STAY_MS);
}

/** Above an open dialog too: the last one shown is on top. */
function raise(box) {
  if (!box.showPopover) return;
  box.popover = "manual";
  if (box.matches(":popover-open")) box.hidePopover();
  box.showPopover();
}
