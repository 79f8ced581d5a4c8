/** Single keys. Never while somebody types, and never over a window that is open. */
const KEY = "canh-keys-off";

const isTyping = (element) => element.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

export const areOff = () => localStorage.getItem(KEY) === "1";
export const turnOff = (off) => localStorage.setItem(KEY, off ? "1" : "0");

/** @param {Record<string, (event: KeyboardEvent) => unknown>} acts by key, letters in lower case; false: not for us */
export function bind(acts) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === "Escape" && isTyping(event.target)) return event.target.blur();
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = acts[key] ?? pressOf(key);
    if (!act || (areOff() && key.length === 1)) return;
    if (act(event) !== false) event.preventDefault();
  });
}

/** Parts of the case name the keys of their buttons themselves. */
function pressOf(key) {
  const button = document.querySelector(`#case [data-key="${CSS.escape(key)}"], #case-side [data-key="${CSS.escape(key)}"]`);
  return button && !button.disabled ? () => button.click() : null;
}

/** In the closing window a digit chooses the reason. */
export function bindReasons() {
  document.addEventListener("keydown", (event) => {
    const dialog = event.target.closest?.("#close-dialog[open]");
    if (!dialog || event.target.matches("textarea") || !/^[1-9]$/.test(event.key)) return;
    const radio = dialog.querySelectorAll("input[name=reason]")[Number(event.key) - 1];
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.focus();
    wantNote(radio);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#close-dialog input[name=reason]")) wantNote(event.target);
  });
}

/** "Other" needs its words; said here, so that nothing typed is lost by asking the server. */
function wantNote(radio) {
  document.getElementById("close-note").required = radio.value === "other";
}
