/** Shows what Canh sends to this browser, also while no page of it is open. It keeps nothing and asks nobody. */
self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  const shown = self.registration.showNotification(told.title ?? "Canh", {
    body: told.text ?? "",
    tag: told.key,
    requireInteraction: true,
  });
  event.waitUntil(shown);
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const open = self.clients.matchAll({ type: "window" }).then((pages) => pages[0]?.focus() ?? self.clients.openWindow("/"));
  event.waitUntil(open);
});
