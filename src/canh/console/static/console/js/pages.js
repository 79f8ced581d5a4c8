/** Small helps on forms: nothing sent twice, copy, print, and an address that remembers the filter. */
import { toast } from "./toast.js";

/** A second click while the first is under way does nothing. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
});

/** Coming back with the browser's back button: the form may be sent again. */
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-disabled]")) button.removeAttribute("aria-disabled");
  }
});

document.addEventListener("click", (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) copyText(copy.dataset.copy, copy.dataset.copied);
  if (event.target.closest("[data-print]")) window.print();
  const fill = event.target.closest("[data-fill]");
  if (fill) document.getElementById(fill.dataset.fill).value = fill.dataset.value;
});

/** The clipboard API exists on https and on this machine only; elsewhere a hidden field does it. */
async function copyText(text, done) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  toast(done, "good");
}

/** After a live search the address says what is shown, so that a reload shows the same. */
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("[data-keeps-address]");
  if (form && event.detail.successful) history.replaceState(null, "", event.detail.pathInfo.finalRequestPath);
});
