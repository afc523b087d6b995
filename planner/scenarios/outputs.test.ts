// What commands print as data: each is what its schema says. The fake machine sees to it in every test; here no command is forgotten.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import * as z from "zod";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { allowed } from "#planner/cli/parse-options.ts";
import { plannerOutputs } from "#planner/output/outputs.ts";
import { smallCluster } from "#planner/testing/small-cluster.ts";
import { outputJsonSchema } from "#shared/output/output-schema.ts";

test("every command that prints data has a schema, and no other one", () => {
  const printing = Object.entries(allowed).filter(([, options]) => options.includes("output"));

  assert.deepEqual(Object.keys(plannerOutputs).toSorted(), printing.map(([command]) => command).toSorted());
});

test("each command's data is what its JSON Schema says", async () => {
  const machine = fakeMachine(smallCluster);
  const pages = Buffer.alloc(1024, "snapshot");
  const hash = createHash("sha256").update(pages).digest();
  machine.files.set("snapshot.db", { bytes: Buffer.concat([pages, hash]), mode: 0o600 });
  machine.put("reports/note.txt", "no report");
  const runs = [
    ["version"],
    ["validate"],
    ["diff"],
    ["split", "--seal"],
    ["certificates"],
    ["simulate", "--at", "+1d"],
    ["boot", "--format", "cloud-init"],
    ["status", "--from", "reports"],
    ["restore", "--snapshot", "snapshot.db"],
  ] as const;
  assert.deepEqual(runs.map(([command]) => command).toSorted(), Object.keys(plannerOutputs).toSorted());

  for (const [command, ...words] of runs) {
    if (command === "restore") await machine.run("split", "--bootstrapped");
    const { code, stdout, stderr } = await machine.run(command, ...words, "-o", "json");
    assert.ok([0, 2].includes(code), `${command}: ${stderr}`);
    const reader = z.fromJSONSchema(outputJsonSchema("flexkube-planner", command, plannerOutputs[command]));
    assert.doesNotThrow(() => reader.parse(JSON.parse(stdout)), command);
    assert.ok((await machine.run("schema", command)).stdout.includes(`"title": "flexkube-planner ${command}"`));
  }
});
