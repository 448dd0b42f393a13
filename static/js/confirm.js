// <form data-confirm="Question?" data-confirm-detail="…" data-confirm-action="Cancel now" data-confirm-tone="danger">:
// asks in a dialog before it is sent. Without JavaScript the server's own confirmation page asks.

export function watchConfirmations(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    ask(form, event.submitter);
  });
}

function ask(form, submitter) {
  const dialog = document.createElement("dialog");
  dialog.className = "confirm-dialog";
  const heading = element("h2", form.dataset.confirm);
  heading.id = "confirm-heading";
  dialog.setAttribute("aria-labelledby", heading.id);
  const actions = element("div", "");
  actions.className = "form-actions";
  const yes = element("button", form.dataset.confirmAction || "Continue");
  if (form.dataset.confirmTone) yes.className = form.dataset.confirmTone;
  const no = element("button", form.dataset.confirmDismiss || "Go back");
  no.className = "secondary";
  actions.append(yes, no);
  dialog.append(heading, element("p", form.dataset.confirmDetail || ""), actions);
  dialog.addEventListener("close", () => dialog.remove());
  no.addEventListener("click", () => dialog.close());
  yes.addEventListener("click", () => {
    form.dataset.confirmed = "yes";
    dialog.close();
    form.requestSubmit(submitter);
  });
  document.body.append(dialog);
  dialog.showModal();
  no.focus();
}

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  if (name === "button") made.type = "button";
  return made;
}
