// Accessibility of a page in Chromium: prints violations, page width against window, as JSON. Arguments: axe.min.js, page, width.
const { spawn } = require("child_process");
const { readFileSync, mkdtempSync, rmSync } = require("fs");
const { tmpdir } = require("os");
const { join } = require("path");

const [axe, page, width] = process.argv.slice(2);
const home = mkdtempSync(join(tmpdir(), "chromium-"));
const options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
  `--user-data-dir=${home}`, "--remote-debugging-pipe", "about:blank"];
const browser = spawn(process.env.CHROMIUM || "chromium", options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
const waiting = new Map();
let last = 0, rest = "", loaded = null;

function send(method, params = {}, sessionId) {
  const id = ++last;
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + "\0");
  return new Promise((resolve) => waiting.set(id, resolve));
}

browser.stdio[4].on("data", (data) => {
  const messages = (rest + data).split("\0");
  rest = messages.pop();
  for (const message of messages.map((m) => JSON.parse(m))) {
    if (message.method === "Page.loadEventFired" && loaded) loaded();
    if (waiting.has(message.id)) waiting.get(message.id)(message.result);
  }
});

// Run from outside, so the page's policy of no scripts stands.
const CHECK = `(async () => {
  const r = await axe.run(document, { resultTypes: ["violations"] });
  document.querySelectorAll("details").forEach((d) => { d.open = true; });
  const opened = await axe.run(document, { resultTypes: ["violations"] });
  const named = (x) => x.violations.map((v) => v.id + ": " + v.nodes.slice(0, 3).map((n) => n.target.join(" ")).join(", "));
  const focusable = [...document.querySelectorAll("a[href], summary, [tabindex]")];
  return JSON.stringify({ violations: [...named(r), ...named(opened)], passes: r.passes.length,
    wide: document.documentElement.scrollWidth - window.innerWidth,
    backwards: focusable.filter((e) => e.tabIndex > 0).length, focusable: focusable.length });
})()`;

(async () => {
  const { targetId } = await send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await send("Target.attachToTarget", { targetId, flatten: true });
  await send("Page.enable", {}, sessionId);
  await send("Emulation.setDeviceMetricsOverride", { width: Number(width), height: 800, deviceScaleFactor: 1, mobile: false }, sessionId);
  const done = new Promise((resolve) => { loaded = resolve; });
  await send("Page.navigate", { url: "file://" + page }, sessionId);
  await done;
  await send("Runtime.evaluate", { expression: readFileSync(axe, "utf8") + ";0" }, sessionId);
  const got = await send("Runtime.evaluate", { expression: CHECK, awaitPromise: true, returnByValue: true }, sessionId);
  console.log(got.exceptionDetails ? JSON.stringify(got.exceptionDetails) : got.result.value);
  await send("Browser.close");
  browser.on("exit", () => { rmSync(home, { recursive: true, force: true }); process.exit(0); });
})();
