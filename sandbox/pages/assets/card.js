"use strict";

// Runs inside the sandbox's own frame. What is typed here goes to the sandbox, never to the page around it.
const query = new URLSearchParams(location.search);
const parentOrigin = query.get("origin");
const elementId = query.get("id");
const fields = Object.fromEntries(["number", "expiry", "cvc", "postal"].map((id) => [id, document.getElementById(id)]));
const form = document.getElementById("card");
const problem = document.getElementById("problem");
let withPostal = true;

const digits = (text) => text.replace(/\D/g, "");

function brandOf(number) {
  if (/^4/.test(number)) return "visa";
  if (/^(5[1-5]|2[2-7])/.test(number)) return "mastercard";
  if (/^3[47]/.test(number)) return "amex";
  if (/^6(011|5)/.test(number)) return "discover";
  return "unknown";
}

function passesLuhn(number) {
  let sum = 0;
  [...number].reverse().forEach((digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  });
  return sum % 10 === 0;
}

function expiryOf(text) {
  const found = digits(text);
  const month = Number(found.slice(0, 2));
  const year = Number(found.slice(2));
  return { month, year: found.length > 4 ? year : 2000 + year, whole: found.length === 4 || found.length === 6 };
}

const problems = {
  number() {
    const number = digits(fields.number.value);
    const length = brandOf(number) === "amex" ? 15 : 16;
    if (number.length < length) return ["incomplete_number", "Your card number is incomplete."];
    return passesLuhn(number) ? null : ["invalid_number", "Your card number is invalid."];
  },
  expiry() {
    const { month, year, whole } = expiryOf(fields.expiry.value);
    if (!whole) return ["incomplete_expiry", "Your card's expiration date is incomplete."];
    const now = new Date();
    if (month < 1 || month > 12) return ["invalid_expiry_month", "Your card's expiration month is invalid."];
    const past = year < now.getFullYear() || (year === now.getFullYear() && month < now.getMonth() + 1);
    return past ? ["invalid_expiry_year_past", "Your card's expiration year is in the past."] : null;
  },
  cvc() {
    const length = brandOf(digits(fields.number.value)) === "amex" ? 4 : 3;
    return digits(fields.cvc.value).length < length
      ? ["incomplete_cvc", "Your card's security code is incomplete."] : null;
  },
  postal() {
    return withPostal && fields.postal.value.trim().length < 3
      ? ["incomplete_zip", "Your postal code is incomplete."] : null;
  },
};

function send(message) {
  parent.postMessage({ sandbox: "card", id: elementId, ...message }, parentOrigin);
}

function firstProblem(names) {
  for (const name of names) {
    const found = problems[name]();
    if (found) return { name, error: { type: "validation_error", code: found[0], message: found[1] } };
  }
  return null;
}

const touched = new Set();

function report() {
  const names = Object.keys(fields);
  const open = firstProblem(names);
  const shown = firstProblem(names.filter((name) => touched.has(name) && fields[name].value));
  names.forEach((name) => fields[name].setAttribute("aria-invalid", String(shown !== null && shown.name === name)));
  problem.textContent = shown ? shown.error.message : "";
  send({
    type: "change",
    empty: names.every((name) => !fields[name].value),
    complete: open === null,
    brand: brandOf(digits(fields.number.value)),
    error: shown ? shown.error : undefined,
    value: { postalCode: fields.postal.value.trim() },
  });
  resize();
}

function resize() {
  send({ type: "resize", height: Math.ceil(document.body.getBoundingClientRect().height) });
}

function groupNumber(number) {
  return brandOf(number) === "amex"
    ? [number.slice(0, 4), number.slice(4, 10), number.slice(10, 15)].filter(Boolean).join(" ")
    : (number.slice(0, 19).match(/.{1,4}/g) || []).join(" ");
}

const formats = {
  number: groupNumber,
  expiry: (found) => (found.length > 2 ? `${found.slice(0, 2)} / ${found.slice(2, 6)}` : found),
  cvc: (found) => found.slice(0, 4),
};

for (const [name, field] of Object.entries(fields)) {
  field.addEventListener("input", () => {
    // Only while typing at the end: a caret in the middle would jump.
    if (formats[name] && field.selectionStart === field.value.length) field.value = formats[name](digits(field.value));
    touched.delete(name);
    report();
  });
  field.addEventListener("blur", () => { touched.add(name); report(); send({ type: "blur" }); });
  field.addEventListener("focus", () => send({ type: "focus" }));
}
form.addEventListener("submit", (event) => { event.preventDefault(); send({ type: "submit" }); });

function dress({ theme, variables, hidePostalCode }) {
  document.documentElement.dataset.theme = theme === "dark" ? "dark" : "light";
  const known = ["text", "placeholder", "danger", "accent", "field", "line", "radius", "font", "size"];
  for (const name of known) {
    // An address in a style would be a request out of the frame; the policy forbids it, and so does this.
    const value = variables && variables[name];
    if (typeof value === "string" && !/url\(|[;{}]/i.test(value)) document.documentElement.style.setProperty(`--${name}`, value);
  }
  withPostal = !hidePostalCode;
  form.classList.toggle("no-postal", !withPostal);
  document.getElementById("postal-field").hidden = !withPostal;
  resize();
}

async function confirmIntent({ intent, clientSecret, key, billing }) {
  Object.keys(fields).forEach((name) => touched.add(name));
  const open = firstProblem(Object.keys(fields));
  report();
  if (open) {
    fields[open.name].focus();
    return { error: open.error };
  }
  const { month, year } = expiryOf(fields.expiry.value);
  const card = { number: digits(fields.number.value), exp_month: month, exp_year: year, cvc: digits(fields.cvc.value) };
  const details = { ...(billing || {}) };
  if (withPostal) details.address = { ...(details.address || {}), postal_code: fields.postal.value.trim() };
  const response = await fetch("/_element/confirm", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ intent, client_secret: clientSecret, key, card, billing_details: details }),
  });
  return response.json();
}

const actions = {
  dress,
  focus: () => fields.number.focus(),
  blur: () => document.activeElement && document.activeElement.blur(),
  clear: () => { form.reset(); touched.clear(); report(); },
  confirm: (message) => confirmIntent(message)
    .catch(() => ({ error: { type: "api_connection_error", message: "The payment service cannot be reached." } }))
    .then((result) => send({ type: "result", call: message.call, result })),
};

addEventListener("message", (event) => {
  if (event.source !== parent || event.origin !== parentOrigin) return;
  const message = event.data || {};
  if (message.sandbox === "page" && message.id === elementId && Object.hasOwn(actions, message.type)) {
    actions[message.type](message);
  }
});
new ResizeObserver(resize).observe(document.body);
if (parent !== window && parentOrigin) send({ type: "ready" });
