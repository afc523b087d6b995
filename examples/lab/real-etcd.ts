// Real members of etcd as processes of this machine, each with the same certificate.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { TestContext } from "node:test";
import { createEtcdGateway } from "#agent/etcd/gateway.ts";
import type { EtcdGatewayOptions } from "#agent/etcd/gateway.ts";
import { at } from "#shared/json-fields.ts";
import { freePort } from "./free-port.ts";

export type RealMember = { readonly name: string; readonly client: string; readonly peer: string };
export type RealWorld = {
  /** The program. */
  readonly etcd: string;
  readonly directory: string;
  readonly pki: { readonly caFile: string; readonly certificateFile: string; readonly keyFile: string };
};
/** `exit` settles with the exit code; `ended` tells of an end with the last words, undefined before. */
export type Running = {
  readonly exit: Promise<unknown>;
  readonly ended: () => string | undefined;
  readonly stop: () => Promise<void>;
};

export async function realMember(name: string): Promise<RealMember> {
  return { name, client: `https://127.0.0.1:${await freePort()}`, peer: `https://127.0.0.1:${await freePort()}` };
}

/** Runs until the test has ended. `more`: flags beside addresses, data and certificates. */
export function startEtcd(
  context: TestContext,
  self: RealMember,
  { etcd, directory, pki }: RealWorld,
  more: readonly string[],
): Running {
  const tls = (prefix: string): readonly string[] => [
    `--${prefix}trusted-ca-file=${pki.caFile}`,
    `--${prefix}cert-file=${pki.certificateFile}`,
    `--${prefix}key-file=${pki.keyFile}`,
    `--${prefix}client-cert-auth`,
  ];
  const args = [
    `--name=${self.name}`,
    `--data-dir=${directory}/${self.name}`,
    `--listen-client-urls=${self.client}`,
    `--advertise-client-urls=${self.client}`,
    `--listen-peer-urls=${self.peer}`,
    ...more,
    ...tls(""),
    ...tls("peer-"),
  ];
  const child = spawn(etcd, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (said = `${said}${part}`.slice(-3000)));
  const exit = once(child, "exit");
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exit;
  };
  context.after(stop);
  return {
    exit: exit.then(([code]): unknown => code),
    ended: () => (child.exitCode === null ? undefined : `${self.name} has ended with ${child.exitCode}: ${said}`),
    stop,
  };
}

/** Of each member: how many entries its log had. It stays as it was while nobody proposes anything. */
export async function raftIndex(
  endpoints: readonly string[],
  tls: EtcdGatewayOptions["tls"],
): Promise<readonly unknown[]> {
  const asked = endpoints.map(async (endpoint) =>
    at(
      await createEtcdGateway({ endpoints: [endpoint], tls }).call("maintenance/status", {}, { deadlineMs: 10_000 }),
      "raftIndex",
    ),
  );
  return Promise.all(asked);
}
