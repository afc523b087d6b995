// What hosts say of their host configs in a real etcd: one key each, and no revision for what stands there.
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasEtcd, labEtcd } from "#lab/etcd-program.ts";
import { eventually } from "#lab/eventually.ts";
import { realMember, startEtcd } from "#lab/real-etcd.ts";
import { FakeClock } from "#agent/engine/fake/fake-clock.ts";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import { at } from "#shared/json-fields.ts";
import { temporaryRoot } from "#agent/testing/temporary-root.ts";
import { makeCertificate } from "#agent/testing/test-pki.ts";
import { Secret } from "#shared/secret.ts";
import { createEtcdAcknowledger, readAcknowledgements } from "./etcd-acknowledgements.ts";

for (const minor of ["3.5", "3.7"] as const)
  test(
    `etcd ${minor}: each host has one word, and what stands there is not written again`,
    { skip: !hasEtcd(minor) && process.env["REQUIRE_DOCKER"] !== "1" && `etcd ${minor} is not compiled` },
    async (context) => {
      const directory = temporaryRoot(context);
      const pki = makeCertificate(directory);
      const member = await realMember("h1");
      const world = { etcd: await labEtcd(minor), directory, pki };
      startEtcd(context, member, world, [
        `--initial-advertise-peer-urls=${member.peer}`,
        `--initial-cluster=h1=${member.peer}`,
      ]);
      const tls = { ca: pki.ca, certificate: pki.certificate, key: new Secret(pki.key) };
      const keys = { prefix: "/flexkube/demo/delivered/", endpoints: [member.client], tls };
      const gateway = createEtcdGateway(keys);
      const revision = async (): Promise<unknown> =>
        at(await gateway.call("kv/range", { key: "AA==" }, { deadlineMs: 3000 }), "header", "revision");
      await eventually(async () => (await revision().catch(() => undefined)) !== undefined, { what: "etcd answers" });
      /** As an agent that has just begun. */
      const tell = async (host: string, text: string): Promise<void> => {
        const log = { debug: (...said: readonly unknown[]) => assert.fail(JSON.stringify(said)) };
        const about = { clock: new FakeClock(), log, signal: context.signal };
        const acknowledger = createEtcdAcknowledger(createEtcdGateway, about);
        acknowledger.tell(keys, host, text);
        await acknowledger.close();
      };

      await tell("h1", "1 applied");
      await tell("h2", "1 applied agent=0.1.0");
      await tell("h1", "2 rolled-back");
      const before = await revision();
      await tell("h1", "2 rolled-back");

      assert.equal(await revision(), before);
      assert.deepEqual(Object.fromEntries(await readAcknowledgements(gateway, keys.prefix)), {
        h1: "2 rolled-back",
        h2: "1 applied agent=0.1.0",
      });
      assert.equal((await readAcknowledgements(gateway, "/flexkube/other/delivered/")).size, 0);
    },
  );
