// The gateway's card field: mounts it, confirms the intent, then goes to the return address.
// Card data stays in the gateway's frame; this page sees only the result.

for (const form of document.querySelectorAll("[data-card-form]")) start(form);

function start(form) {
  if (typeof window.Stripe !== "function") {
    show(form, "The payment provider could not be reached. Check your connection and load this page again.");
    form.querySelector("[type=submit]").disabled = true;
    return;
  }
  const stripe = window.Stripe(form.dataset.publishableKey);
  const card = form.querySelector(".card-field") ? mountCard(stripe, form) : null;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await confirmIntent(stripe, card, form);
  });
}

function mountCard(stripe, form) {
  const box = form.querySelector(".card-field");
  const card = stripe.elements().create("card", { style: cardStyle() });
  card.mount(box);
  card.on("change", (event) => {
    box.classList.toggle("is-invalid", Boolean(event.error));
    show(form, event.error ? event.error.message : "");
  });
  card.on("focus", () => box.classList.add("is-focused"));
  card.on("blur", () => box.classList.remove("is-focused"));
  return card;
}

async function confirmIntent(stripe, card, form) {
  if (form.querySelector("[type=submit]").disabled) return;
  const setBusy = busy(form);
  setBusy(true);
  show(form, "");
  try {
    const result = await ask(stripe, card, form.dataset);
    if (result.error) {
      show(form, result.error.message || "The card was not accepted.");
      setBusy(false);
      return;
    }
    leave(form, result);
  } catch (error) {
    // A lost connection: what the provider did is unknown here, and the server will ask it.
    show(form, "The connection was lost. Wait a moment, then load this page again before you retry.");
    setBusy(false);
  }
}

function ask(stripe, card, data) {
  // The provider already has the card and waits for the bank's question.
  if (data.action === "next") return stripe.confirmCardPayment(data.clientSecret);
  const method = card ? { card, billing_details: billingDetails(data) } : data.paymentMethod;
  return data.intent === "payment"
    ? stripe.confirmCardPayment(data.clientSecret, { payment_method: method })
    : stripe.confirmCardSetup(data.clientSecret, { payment_method: method });
}

function billingDetails(data) {
  const details = {};
  if (data.billingName) details.name = data.billingName;
  if (data.billingEmail) details.email = data.billingEmail;
  return details;
}

// A form that is sent takes its other fields along; one that is not only leads on.
function leave(form, result) {
  if (form.getAttribute("method") !== "post") {
    location.assign(destination(form.dataset, result));
    return;
  }
  form.elements.setup_intent.value = result.setupIntent.id;
  form.submit();
}

// Only the id travels: the server asks the provider for the state, and believes nothing in the address.
function destination(data, result) {
  const address = new URL(data.returnUrl, location.href);
  if (result.setupIntent) address.searchParams.set("setup_intent", result.setupIntent.id);
  if (result.paymentIntent) address.searchParams.set("payment_intent", result.paymentIntent.id);
  return address.toString();
}

function busy(form) {
  const button = form.querySelector("[type=submit]");
  const label = button.dataset.label || button.textContent;
  button.dataset.label = label;
  return (isBusy) => {
    button.disabled = isBusy;
    button.setAttribute("aria-busy", String(isBusy));
    button.textContent = isBusy ? button.dataset.busyLabel || label : label;
  };
}

function show(form, message) {
  const place = form.querySelector("[data-card-message]");
  place.replaceChildren();
  if (!message) return;
  const alert = document.createElement("div");
  alert.className = "alert alert-negative";
  const text = document.createElement("p");
  text.textContent = message;
  alert.append(text);
  place.append(alert);
}

// The frame cannot read this page's properties, so the resolved colours are handed over.
function cardStyle() {
  const style = getComputedStyle(document.body);
  const colour = (name) => style.getPropertyValue(name).trim();
  return {
    base: {
      color: colour("--text"),
      fontFamily: style.fontFamily,
      fontSize: "16px",
      iconColor: colour("--text-muted"),
      "::placeholder": { color: colour("--text-muted") },
    },
    invalid: { color: colour("--negative"), iconColor: colour("--negative") },
  };
}
