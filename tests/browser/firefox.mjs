/* The main paths in Firefox, over WebDriver BiDi: `node firefox.mjs PROGRAM KINDS ROOT...`, where KINDS is
   JSON, a page's path by its kind. Each root is walked through, and the roots take turns with the kinds. Prints
   all that went wrong as a JSON list of sentences. */
import puppeteer from "puppeteer-core";

const [program, kinds, ...roots] = process.argv.slice(2);
const troubles = [];
const firefox = await puppeteer.launch({ browser: "firefox", executablePath: program, headless: true });
const page = await firefox.newPage();
let root;
page.on("console", message => troubles.push(`${page.url()}: ${message.text()}`));
page.on("pageerror", error => troubles.push(`${page.url()}: ${error.message}`));
page.on("request", request => {
  if (!request.url().startsWith(root)) troubles.push(`asked elsewhere: ${request.url()}`);
});
page.on("response", response => {
  if (response.status() >= 400) troubles.push(`${response.status()} ${response.url()}`);
});
await page.setViewport({ width: 1280, height: 900 });

/* Whether the page at this path is the one that is open, in the end. */
async function at(path, step) {
  try {
    await page.waitForFunction(wanted => location.href.split("#")[0] === wanted && document.readyState === "complete",
      { timeout: 5000 }, root + path);
  } catch {
    throw new Error(`${step} led to ${page.url()}, not to ${path}`);
  }
}

async function follow(selector, path) {
  await page.waitForSelector(selector, { timeout: 5000 });
  await page.$$eval(selector, links => links.find(link => link instanceof HTMLElement).click());
  await at(path, selector);
}

const shown = () => page.$$eval(".wall a", tiles => tiles.map(tile => tile.textContent.trim()).join(" "));

async function changed(before, step) {
  for (let tries = 0; tries < 50; tries++) {
    if (await shown() !== before) return;
    await new Promise(done => setTimeout(done, 100));
  }
  throw new Error(`${step} left the wall as it was`);
}

async function walk() {
  await page.goto(root + "index.html");
  await follow("main a[href='net0/index.html']", "net0/index.html");
  await follow("main a[href='../net0/features.1/index.html']", "net0/features.1/index.html");
  const first = await shown();
  await page.select("select[name=sort]", "highest");
  await changed(first, "sorting");
  await page.click("button[type=reset]");
  await changed(await shown() === first ? "" : await shown(), "clearing");
  await follow(".wall a[href='1.html']", "net0/features.1/1.html");
  await page.keyboard.press("n");
  await at("net0/features.1/2.html", "n");
  await page.keyboard.press("u");
  await at("net0/features.1/index.html", "u");
  await page.keyboard.press("/");
  await page.waitForSelector("dialog[open] input", { timeout: 5000 });
  await page.keyboard.type("features.0 3");
  const result = "dialog[open] .filters-found a[href$='net0/features.0/3.html']";
  await follow(result, "net0/features.0/3.html");
}

async function look(path) {
  await page.goto(root + path);
  const across = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (across > 0) troubles.push(`${path}: ${across} px too wide`);
}

const paths = Object.values(JSON.parse(kinds));
for (const [turn, each] of roots.entries()) {
  root = each;
  try {
    await walk();
    for (const path of paths.filter((_, number) => number % roots.length === turn)) await look(path);
  } catch (error) {
    troubles.push(error.message);
  }
}
await firefox.close();
console.log(JSON.stringify(troubles));
