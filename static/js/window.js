// The gateway's own window: opens it, and sends what it has signed to the server, which checks the signature.
// What is typed there never reaches this page.

for (const form of document.querySelectorAll("[data-window-form]")) start(form);

function start(form) {
  const button = form.querySelector("[type=submit]");
  const place = form.querySelector("[data-window-message]");
  if (typeof window.Razorpay !== "function") {
    show(place, place.dataset.unreachable);
    button.disabled = true;
    return;
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show(place, "");
    button.disabled = true;
    const opened = new window.Razorpay({
      ...JSON.parse(document.getElementById("checkout-options").textContent),
      handler: (answer) => leave(form, answer),
      modal: { ondismiss: () => { button.disabled = false; button.focus(); } },
    });
    opened.on("payment.failed", (failure) => show(place, failure.error.description || place.dataset.failed));
    opened.open();
  });
}

function leave(form, answer) {
  for (const name of ["razorpay_order_id", "razorpay_payment_id", "razorpay_signature"]) {
    form.elements[name].value = answer[name] || "";
  }
  form.submit();
}

function show(place, message) {
  place.replaceChildren();
  if (!message) return;
  const alert = document.createElement("div");
  alert.className = "alert alert-negative";
  const text = document.createElement("p");
  text.textContent = message;
  alert.append(text);
  place.append(alert);
}
