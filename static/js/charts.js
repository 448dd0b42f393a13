// Draws every <figure data-chart="id of its JSON"> with Chart.js in the page's own colours. Axes start at zero.
// The numbers are also in the table below each chart, so nothing here is the only way to read them.

const COLOURS = ["--chart-1", "--chart-2", "--chart-3", "--chart-4", "--chart-5"];
const language = document.documentElement.lang || "en";
const darkMode = matchMedia("(prefers-color-scheme: dark)");
const drawn = new Map();

function drawAll() {
  for (const figure of document.querySelectorAll("figure[data-chart]")) draw(figure);
}

function draw(figure) {
  const source = document.getElementById(figure.dataset.chart);
  const canvas = figure.querySelector("canvas");
  if (!source || !canvas) return;
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, new window.Chart(canvas, configuration(JSON.parse(source.textContent))));
}

function configuration(chart) {
  const isBar = chart.kind === "bar" || chart.kind === "stacked";
  return {
    type: isBar ? "bar" : "line",
    data: { labels: chart.labels, datasets: chart.series.map((series, index) => dataset(chart, series, index)) },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: { x: xAxis(chart), y: yAxis(chart) },
      plugins: { legend: { display: false }, tooltip: tooltip(chart) },
    },
  };
}

function dataset(chart, series, index) {
  const colour = property(COLOURS[index]);
  const scale = 10 ** chart.exponent;
  return {
    label: series.name,
    data: series.values.map((value) => (value === null ? null : Number(value) / scale)),
    borderColor: colour,
    backgroundColor: chart.kind === "area" ? translucent(colour) : colour,
    fill: chart.kind === "area",
    borderWidth: chart.kind === "line" || chart.kind === "area" ? 2 : 0,
    borderRadius: 2,
    maxBarThickness: 28,
    pointRadius: 0,
    pointHitRadius: 12,
    pointHoverRadius: 4,
    tension: 0.25,
    cubicInterpolationMode: "monotone",
  };
}

function xAxis(chart) {
  return {
    stacked: chart.kind === "stacked",
    grid: { display: false },
    border: { color: property("--line") },
    ticks: { color: property("--text-muted"), font: font(), maxRotation: 0, autoSkipPadding: 16 },
  };
}

function yAxis(chart) {
  const number = new Intl.NumberFormat(language, axisFormat(chart));
  return {
    stacked: chart.kind === "stacked",
    beginAtZero: true,
    grid: { color: property("--line") },
    border: { display: false },
    ticks: {
      color: property("--text-muted"),
      font: font(),
      maxTicksLimit: 5,
      precision: chart.unit === "count" ? 0 : undefined,
      callback: (value) => number.format(value),
    },
  };
}

function tooltip(chart) {
  const number = new Intl.NumberFormat(language, fullFormat(chart));
  return {
    backgroundColor: property("--surface"),
    titleColor: property("--text"),
    bodyColor: property("--text-soft"),
    borderColor: property("--line-strong"),
    borderWidth: 1,
    padding: 10,
    boxPadding: 4,
    titleFont: font(),
    bodyFont: font(),
    callbacks: { label: (item) => ` ${item.dataset.label}: ${number.format(item.parsed.y)}` },
  };
}

function axisFormat(chart) {
  if (chart.unit === "ratio") return { style: "percent", maximumFractionDigits: 1 };
  const compact = { notation: "compact", maximumFractionDigits: 1 };
  return chart.unit === "money" ? { style: "currency", currency: chart.currency, ...compact, minimumFractionDigits: 0 } : compact;
}

function fullFormat(chart) {
  if (chart.unit === "ratio") return { style: "percent", maximumFractionDigits: 1 };
  if (chart.unit !== "money") return { maximumFractionDigits: 6 };
  return {
    style: "currency",
    currency: chart.currency,
    minimumFractionDigits: chart.exponent,
    maximumFractionDigits: chart.exponent,
  };
}

// A canvas takes no CSS variables or color-mix(): let the browser resolve the property first.
function property(name) {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

function translucent(colour) {
  return colour.replace(/^rgb\(/, "rgba(").replace(/\)$/, ", 0.12)");
}

function font() {
  return { family: getComputedStyle(document.body).fontFamily, size: 12 };
}

drawAll();
darkMode.addEventListener("change", drawAll);
