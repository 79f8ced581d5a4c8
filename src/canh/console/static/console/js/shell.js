/** What every page has: menus that close, dialogs that open, messages that the server sends along. */
import { toast } from "./toast.js";

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  event.target.closest("[data-closes]")?.closest("dialog").close();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

/** HX-Trigger: {"toast": {"text": "…", "tone": "bad"}} */
document.addEventListener("toast", (event) => toast(event.detail.text, event.detail.tone));
