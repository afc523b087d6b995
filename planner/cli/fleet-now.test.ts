import assert from "node:assert/strict";
import { test } from "node:test";
import { FlexkubeError } from "#shared/errors.ts";
import type { Effects } from "#planner/effects.ts";
import { fleetOf } from "#planner/fleet/fleet.ts";
import { fleetNow, reportOf, reportText, wantedFleet } from "#planner/fleet/testing/build-fleet.ts";
import { seenText } from "#planner/fleet/seen-reports.ts";
import { memoryFileIo } from "#planner/io/memory-file-io.ts";
import { remember } from "./fleet-now.ts";

const wanted = wantedFleet(1);
const carried = [{ file: "r.json", report: reportOf(reportText("h1")) }];
const fleet = fleetOf(wanted, { carried }, fleetNow);

/** What is told, with files that fail as given. */
function effectsWith(failure?: Error) {
  const told: string[] = [];
  const files = memoryFileIo((call) => {
    if (failure !== undefined && call === "temporary") throw failure;
  });
  files.directories.add("pki");
  return { told, files, effects: { files, printError: (text: string) => void told.push(text) } as unknown as Effects };
}

test("what was seen is written for its user alone, and not again while it is no news", async () => {
  const { told, files, effects } = effectsWith();

  const after = await remember(fleet, { wanted, directory: "pki" }, effects);
  const file = files.files.get("pki/reports.json");
  files.files.clear();
  const again = await remember(fleetOf(after, { carried }, fleetNow), { wanted: after, directory: "pki" }, effects);

  assert.deepEqual([Buffer.from(file?.bytes ?? []).toString(), file?.mode], [seenText(fleet.seen), 0o600]);
  assert.deepEqual([after.seen, again.seen, files.files.size, told], [fleet.seen, fleet.seen, 0, []]);
});

test("a PKI directory that cannot be written is a warning, and what was seen counts for this run", async () => {
  const details = { path: "pki/reports.json", reason: "EROFS" };
  const { told, effects } = effectsWith(new FlexkubeError("FILES_UNWRITABLE", "a file cannot be written", details));

  const after = await remember(fleet, { wanted, directory: "pki" }, effects);

  assert.deepEqual(told, ["warning: it is not remembered which reports were here: pki/reports.json: EROFS\n"]);
  assert.deepEqual(after.seen, fleet.seen);
});

test("what is no matter of the disk is no warning", async () => {
  const { effects } = effectsWith(new Error("a bug"));

  await assert.rejects(remember(fleet, { wanted, directory: "pki" }, effects), /a bug/);
});
