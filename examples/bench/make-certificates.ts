// A program of its own, so that its processor time can be told: the planner's PKI with as many leaves.
// node make-certificates.ts DIRECTORY COUNT
import { argv, stdout } from "node:process";
import { preparePki } from "#planner/pki/prepare-pki.ts";
import { diskPkiIo } from "#planner/pki/pki-io.ts";
import type { CertificateRequest } from "#planner/pki/types.ts";

const [directory = "", count = "0"] = argv.slice(2);

/** Names and addresses as an etcd member has. */
function request(index: number): CertificateRequest {
  const host = `h${Math.floor(index / 2) + 1}`;
  const peer = index % 2 === 0;
  return {
    id: `etcd/${host}-${peer ? "peer" : "server"}`,
    ca: "etcd/ca",
    commonName: host,
    dnsNames: [host, "localhost"],
    ipAddresses: [`10.77.${Math.floor(index / 500)}.${(Math.floor(index / 2) % 250) + 1}`, "127.0.0.1"],
    usages: peer ? ["server", "client"] : ["server"],
    validity: "8760h",
  };
}

const plan = await preparePki({
  directory,
  cas: [{ id: "etcd/ca", commonName: "bench", validity: "87600h" }],
  certificates: Array.from({ length: Number(count) }, (_, index) => request(index)),
  io: diskPkiIo(),
  clock: { now: () => Date.now() },
});
await plan.write();
stdout.write(`${plan.changes.length}\n`);
