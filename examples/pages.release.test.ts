// The pages in a real browser, the fleet's as a file and a host's as its agent serves it: on a phone and on a wall, light and dark, without
// script and without asking for anything.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createMetrics } from "#agent/health/metrics.ts";
import { startHealthServer } from "#agent/health/server.ts";
import { createServedPage } from "#agent/page/served-page.ts";
import { createMemoryState } from "#agent/report/memory-state.ts";
import { buildComponent, buildReport } from "#agent/testing/build-report.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { openPage } from "#lab/browser.ts";
import type { Browser } from "#lab/browser.ts";
import { eventually } from "#lab/eventually.ts";
import { skipWithoutRelease } from "#lab/skip-without-release.ts";
import { fleetPage } from "#planner/fleet/page/fleet-page.ts";
import { fleetOf } from "#planner/fleet/fleet.ts";
import { fleetNow, part, reportOf, reportText, wantedFleet } from "#planner/fleet/testing/build-fleet.ts";

const screens = { phone: { width: 360, height: 740 }, wall: { width: 1920, height: 1080 } };
const longName = `a-host-with-a-very-long-name-${"x".repeat(30)}`;
const waits = { component: "etcd", container: "etcd-h2", code: "waiting", reason: `${longName} holds the lock` };
const members = [
  { name: "h1", role: "leader", isWell: true },
  { name: "h2", role: "voter", isWell: false },
] as const;

function wholeFleet(): string {
  const texts = [
    reportText("h1", { etcdMembers: { generation: 4, wished: ["h1"], members } }),
    reportText("h2", { blocked: [waits], components: [part("etcd", longName, { healthy: false, state: "exited" })] }),
    reportText("h3", { certificatesEnd: "2026-01-25T00:00:00Z" }),
  ];
  const carried = texts.map((text) => ({ file: "r.json", report: reportOf(text) }));
  return fleetPage(fleetOf(wantedFleet(5), { carried }, fleetNow), fleetNow);
}

/** A host of which everything is to be told. */
const report = buildReport({
  result: "failed",
  failingForMs: 300_000,
  stepCount: 9,
  pending: { count: 30, first: [`create ${longName} from registry.example.org/${longName}:1 (image changed)`] },
  blocked: [{ ...waits, details: [`swap: found /dev/${longName}, needed none; to mend it: swapoff -a`] }],
  components: [
    buildComponent(),
    buildComponent({ name: longName, healthy: false, reason: "nothing listens there", restarts: 3, exitCode: 2 }),
    buildComponent({ name: "soon", certificatesEnd: "2026-01-03T00:00:00Z" }),
    buildComponent({ name: "later", certificatesEnd: "2026-01-20T00:00:00Z" }),
  ],
  problems: [
    { path: `containers.${longName}.image`, problem: "not an image", file: "/etc/flexkube/host.yaml", line: 3 },
  ],
  warnings: ["the ledger was lost"],
  node: { name: "h1", ready: "False" },
  clusterObjects: { appliedBy: "h2" },
  certificatesEnd: "2026-01-03T00:00:00Z",
  renewalDue: "2025-12-01T00:00:00Z",
  etcdMembers: { generation: 4, wished: ["h1", "h2"], members, waits: "h2 is silent" },
  error: { code: "ENGINE_REFUSED", message: "the engine refuses", details: JSON.stringify({ reason: longName }) },
});

/** In the page: texts whose contrast with what is behind them is below WCAG's 4.5, and parts that stick out of the screen. */
const judge = `(() => {
  const numbers = (colour) => (colour.match(/[0-9.]+/g) ?? []).map(Number);
  const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const found = numbers(getComputedStyle(at).backgroundColor);
      if (found.length === 3 || found[3] > 0) return found;
    }
    return [255, 255, 255];
  };
  const faults = [];
  let texts = 0;
  for (const element of document.body.querySelectorAll("*")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== "");
    const style = getComputedStyle(element);
    if (own) {
      texts += 1;
      const [one, other] = [luminance(numbers(style.color)), luminance(behind(element))];
      const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
      if (parseFloat(style.fontSize) < 12) faults.push("small: " + element.textContent.slice(0, 40));
      if (contrast < 4.5) faults.push("contrast " + contrast.toFixed(2) + ": " + element.textContent.slice(0, 40));
    }
    if (element.closest("pre") === null && element.getBoundingClientRect().right > innerWidth + 1)
      faults.push("sticks out: " + element.tagName + " " + element.textContent.slice(0, 40));
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push("is wider than the screen");
  return { texts, faults, ground: getComputedStyle(document.body).backgroundColor };
})()`;

type Judged = { readonly texts: number; readonly faults: readonly string[]; readonly ground: string };

/** On each screen, in both schemes. */
async function assertReadable(browser: Browser): Promise<void> {
  const grounds = new Set<unknown>();
  for (const [name, screen] of Object.entries(screens))
    for (const scheme of ["light", "dark"]) {
      const metrics = { ...screen, deviceScaleFactor: 1, mobile: name === "phone" };
      await browser.call("Emulation.setDeviceMetricsOverride", metrics);
      const features = [{ name: "prefers-color-scheme", value: scheme }];
      await browser.call("Emulation.setEmulatedMedia", { features });
      // what the script above gives
      const { texts, faults, ground } = (await browser.evaluate(judge)) as Judged;
      assert.ok(texts > 40, `${texts} texts`);
      assert.deepEqual(faults, [], `${name}, ${scheme}`);
      grounds.add(ground);
    }
  // the style sheet is taken, whatever the policy says
  assert.equal(grounds.size, 2);
  assert.equal(await browser.evaluate("document.scripts.length"), 0);
}

/** How wide each bar is, as a part of its track: the policy must not keep it from its width. */
const barShares = `[...document.querySelectorAll("svg.track")].map((track) =>
  Math.round((100 * track.firstElementChild.getBoundingClientRect().width) / track.getBoundingClientRect().width))`;

const options = { skip: skipWithoutRelease(), timeout: 180_000 };

test(
  "the fleet can be read on a phone and on a wall, in light and in dark, and asks for nothing",
  options,
  async (t) => {
    const file = join(temporaryRoot(t), "page.html");
    await writeFile(file, wholeFleet());
    const browser = await openPage(pathToFileURL(file).href);
    t.after(browser.close);

    await assertReadable(browser);

    assert.deepEqual(await browser.evaluate(barShares), [7, 100, 100]);
    assert.deepEqual(
      browser.requests.filter((url) => !url.startsWith("file:")),
      [],
    );
  },
);

test("so can a host at its agent's endpoint, which asks for itself alone, again and again", options, async (t) => {
  const clock = new FakeClock();
  const state = createMemoryState();
  for (const cause of ["its image changed", `${longName}: <b>it ended</b>`])
    await state.appendEvent({
      at: "2026-01-01T00:00:00Z",
      kind: "ended",
      component: "web",
      container: longName,
      cause,
    });
  const lastReport = () => report;
  const page = createServedPage({ lastReport, readEvents: state.readEvents, clock });
  const metrics = createMetrics({ version: "0.1.0" });
  const server = await startHealthServer({ lastReport, metrics, page, clock, address: "127.0.0.1", port: 0 });
  t.after(server.close);
  const address = `http://127.0.0.1:${server.port}/`;
  const browser = await openPage(address);
  t.after(browser.close);

  await assertReadable(browser);

  assert.deepEqual(await browser.evaluate(barShares), [1, 6, 100, 100]);
  assert.equal(await browser.evaluate("document.querySelectorAll('b').length"), 0);
  // the browser alone asks for a site's icon
  const own = browser.requests.filter((url) => url !== `${address}favicon.ico`);
  assert.deepEqual([...new Set(own)], [address]);
  await eventually(() => browser.requests.filter((url) => url === address).length > 1, {
    what: "the page comes again by itself",
  });
});
