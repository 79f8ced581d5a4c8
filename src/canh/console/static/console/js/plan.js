/** A press on the plan fills in the place; the form can be filled without it. */
for (const plan of document.querySelectorAll(".plan[data-places]")) {
  const form = document.getElementById(plan.dataset.places);
  plan.addEventListener("click", (event) => {
    const box = plan.querySelector("img").getBoundingClientRect();
    const at = (part, whole) => Math.min(1000, Math.max(0, Math.round((part / whole) * 1000)));
    form.elements.x.value = at(event.clientX - box.left, box.width);
    form.elements.y.value = at(event.clientY - box.top, box.height);
    show(plan, form);
    (form.elements.zone.value ? form.querySelector("button") : form.elements.zone).focus();
  });
}

/** Where it would be. */
function show(plan, form) {
  const svg = plan.querySelector("svg");
  const path = svg.querySelector("[data-new]") ?? svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "path"));
  path.dataset.new = "1";
  path.setAttribute("class", "plan-core p-1");
  path.setAttribute("d", `M${form.elements.x.value} ${form.elements.y.value}h.01`);
}
