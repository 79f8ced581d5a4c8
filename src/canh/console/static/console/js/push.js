/** Lets this browser show messages while no page is open. Only where it can: over https, or on this machine. */
const card = document.getElementById("push");
if (card && "serviceWorker" in navigator && "PushManager" in window) {
  card.hidden = false;
  card.querySelector("button").addEventListener("click", () => subscribe().catch(() => say(card.dataset.textFailed)));
}

async function subscribe() {
  if ((await Notification.requestPermission()) !== "granted") return say(card.dataset.textDenied);
  await navigator.serviceWorker.register(card.dataset.worker);
  const worker = await navigator.serviceWorker.ready;
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: card.dataset.key });
  const { endpoint, keys } = made.toJSON();
  const form = new FormData();
  for (const [name, value] of Object.entries({ endpoint, ...keys, name: nameOf(navigator.userAgent) })) form.set(name, value);
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const answer = await fetch(card.dataset.add, { method: "POST", body: form, headers: { "X-CSRFToken": token } });
  if (answer.ok) location.reload();
  else say(answer.status === 422 ? await answer.text() : card.dataset.textFailed);
}

function say(text) {
  const line = card.querySelector("[data-said]");
  line.textContent = text;
  line.hidden = false;
}

/** "Firefox, Android": enough to know it again in a list. */
export function nameOf(agent) {
  const browser = /Firefox/.test(agent) ? "Firefox" : /Edg/.test(agent) ? "Edge" : /Chrome/.test(agent) ? "Chrome" : "Safari";
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0] ?? "";
  return [browser, system].filter(Boolean).join(", ");
}
