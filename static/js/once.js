// A form that is on its way is not sent a second time by a double click. It may be sent again when the page is
// shown anew, and after a while: the answer may have been a file.
const ON_ITS_WAY_MS = 8000;

export function watchSending(root) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sending) {
      event.preventDefault();
      return;
    }
    form.dataset.sending = "yes";
    setTimeout(() => delete form.dataset.sending, ON_ITS_WAY_MS);
  });
  window.addEventListener("pageshow", () => {
    for (const form of root.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  });
}
