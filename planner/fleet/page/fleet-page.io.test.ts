// The page, the table and the data of fleets that the examples' cluster configs make, with what their agents report: no secret of theirs is in it.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { provenReport } from "#agent/cli/proven-report.ts";
import { createFakeHost } from "#agent/testing/fake-host.ts";
import { reportOfTick } from "#agent/testing/report-of-tick.ts";
import { secretsBelow, secretsIn } from "#lab/find-secrets.ts";
import { runCommand } from "#lab/run-command.ts";
import { makeStandInCertificate } from "#lab/stand-in-certificate.ts";

const project = fileURLToPath(new URL("../../../", import.meta.url));

for (const example of ["kubernetes", "three-hosts", "single-host"])
  test(
    `no secret of examples/${example} is in the fleet's page, table and data`,
    { timeout: 120_000 },
    async (context) => {
      const directory = mkdtempSync(join(tmpdir(), "flexkube-fleet-"));
      context.after(() => rmSync(directory, { recursive: true }));
      cpSync(join(project, "examples", example, "cluster.yaml"), join(directory, "cluster.yaml"));
      const planner = async (...args: readonly string[]): Promise<string> =>
        runCommand(["env", "-C", directory, execPath, join(project, "planner/main.ts"), ...args]);
      await makeStandInCertificate(join(directory, "stand-in"));
      await planner("split");
      mkdirSync(join(directory, "reports"));
      for (const file of readdirSync(join(directory, "hosts"))) {
        const config = readFileSync(join(directory, "hosts", file), "utf8");
        const host = createFakeHost();
        host.give(config);
        for (const [, image = ""] of config.matchAll(/image: "?([^\s"]+)/gi)) host.engine.images.pullable(image);
        const report = await reportOfTick(host);
        writeFileSync(join(directory, "reports", file), JSON.stringify(provenReport(report, config)));
      }

      const shown = [await planner("status", "--from", "reports", "--html", "fleet.html")];
      shown.push(await planner("status", "--from", "reports", "--json"));
      shown.push(
        readFileSync(join(directory, "fleet.html"), "utf8"),
        readFileSync(join(directory, "pki/reports.json"), "utf8"),
      );

      const needles = await secretsBelow(directory);
      const [host = ""] = readdirSync(join(directory, "hosts"));
      assert.ok(secretsIn(readFileSync(join(directory, "hosts", host)), needles).length > 0);
      for (const text of shown) {
        assert.ok(text.length > 100);
        assert.deepEqual(secretsIn(text, needles), []);
        assert.doesNotMatch(text, /PRIVATE KEY/);
      }
    },
  );
