/* Lighthouse on some pages: `node lighthouse.mjs CHROMIUM ADDRESS...`, as on a phone and as on a desk.
   Prints JSON: by address and device the scores, and the audits that cost points. */
import puppeteer from "puppeteer-core";
import lighthouse, { desktopConfig } from "lighthouse";

const [program, ...addresses] = process.argv.slice(2);
const browser = await puppeteer.launch({ executablePath: program, args: ["--no-sandbox"] });
const told = {};
for (const address of addresses) {
  told[address] = {};
  for (const [device, config] of Object.entries({ phone: undefined, desk: desktopConfig })) {
    const page = await browser.newPage();
    const options = { logLevel: "error", output: "json",
      onlyCategories: ["performance", "accessibility", "best-practices", "seo"] };
    const { lhr } = await lighthouse(address, options, config, page);
    const audits = Object.values(lhr.audits);
    told[address][device] = {
      scores: Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(100 * score)])),
      first_paint: Math.round(lhr.audits["first-contentful-paint"].numericValue),
      largest_paint: Math.round(lhr.audits["largest-contentful-paint"].numericValue),
      blocked: Math.round(lhr.audits["total-blocking-time"].numericValue),
      shift: lhr.audits["cumulative-layout-shift"].numericValue,
      bytes: lhr.audits["total-byte-weight"].numericValue,
      lost: audits.filter(({ score }) => score !== null && score < 1).map(({ id }) => id).sort(),
    };
    await page.close();
  }
}
await browser.close();
console.log(JSON.stringify(told, null, 1));
