"use strict";

// Runs inside the sandbox's own frame: what is typed here goes to the sandbox, never to the page around it.
const query = new URLSearchParams(location.search);
const form = document.getElementById("window");
const problem = document.getElementById("problem");
const button = form.querySelector("[type=submit]");
const isUpi = query.get("method") === "upi";
document.getElementById("card").hidden = isUpi;
document.getElementById("upi").hidden = !isUpi;

function send(message) {
  if (parent !== window) parent.postMessage(message, query.get("origin"));
}

function instrument() {
  if (isUpi) return { vpa: form.elements.vpa.value };
  const [month, year] = form.elements.expiry.value.split("/").map((part) => Number(part.replace(/\D/g, "")));
  return { number: form.elements.number.value, expiry_month: month || 12, expiry_year: year ? 2000 + (year % 100) : 2035 };
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  problem.textContent = "";
  const body = {
    key: query.get("key"), order_id: query.get("order_id"), email: query.get("email"),
    contact: form.elements.contact.value, ...instrument(),
  };
  try {
    const response = await fetch("/razorpay/window/pay", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (!answer.error) {
      send({ type: "paid", answer });
      return;
    }
    problem.textContent = answer.error.description;
    send({ type: "failed", error: answer.error });
  } catch {
    problem.textContent = "The sandbox cannot be reached.";
  }
  button.disabled = false;
});
document.getElementById("dismiss").addEventListener("click", () => send({ type: "dismiss" }));
