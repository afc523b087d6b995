// What is found out about a host, when, and what a container's label has to say in it.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerSummary, EngineInfo } from "#agent/engine/engine.ts";
import { ownershipLabels } from "#agent/engine/labels.ts";
import { hostConfig } from "#shared/expand/testing/host-config-builder.ts";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import { FlexkubeError } from "#shared/errors.ts";
import { gatherHostFacts } from "./ask-host-facts.ts";
import type { CriAnswer } from "./probe-cri.ts";

const containerd = "/run/containerd/containerd.sock";
const dockerd = "/run/cri-dockerd.sock";
type Host = {
  readonly answers?: Readonly<Record<string, CriAnswer>>;
  readonly labels?: Readonly<Record<string, HostFacts>>;
  /** Names of those that have their labels from their images. */
  readonly copies?: readonly string[];
  readonly info?: Partial<EngineInfo>;
  readonly files?: Readonly<Record<string, string | Error>>;
};

function config(kubelet: Partial<NonNullable<HostConfig["kubelet"]>> = {}): HostConfig {
  const api = { server: "https://127.0.0.1:7443", certificate: "a", key: "b" };
  const least = { image: "kubelet:1", node: "h1", address: "10.0.0.1", api, config: {} };
  return hostConfig({ kubelet: { ...least, ...kubelet } });
}

async function gather(given: HostConfig, { answers = {}, labels = {}, copies = [], info = {}, files = {} }: Host) {
  const calls: string[] = [];
  const list = Object.entries(labels).map(([name, facts]): ContainerSummary => {
    const ownership = { cluster: "demo", host: "h1", component: "kubelet", container: "kubelet", specHash: "a" };
    return {
      id: name,
      name,
      labels: ownershipLabels({ ...ownership, facts }),
      state: "running",
      image: "",
      imageId: name,
    };
  });
  const engine = {
    list: async () => {
      calls.push("list");
      return Promise.resolve(list);
    },
    info: async () => {
      calls.push("info");
      const about = {
        version: "28",
        apiVersion: "1.51",
        cgroupVersion: "2",
        engine: "docker" as const,
        cgroupDriver: "systemd",
        securityOptions: [],
      };
      return Promise.resolve({ ...about, ...info });
    },
  };
  const probeCri = async (socket: string): Promise<CriAnswer> => {
    calls.push(socket);
    return Promise.resolve(answers[socket] ?? "no");
  };
  const readFile = async (path: string): Promise<string | undefined> => {
    calls.push(path);
    const found = files[path];
    return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
  };
  const imageLabels = async (imageId: string): Promise<Readonly<Record<string, string>>> =>
    Promise.resolve(copies.includes(imageId) ? (list.find(({ name }) => name === imageId)?.labels ?? {}) : {});
  const sources = { engine, imageLabels, probeCri, readFile };
  return { facts: await gatherHostFacts(given, sources, new AbortController().signal), calls };
}

test("without a kubelet nothing is asked", async () => {
  assert.deepEqual(await gather(hostConfig(), {}), { facts: {}, calls: [] });
});

test("containerd's CRI is taken when it answers, with what the engine says of control groups", async () => {
  const { facts, calls } = await gather(config(), { answers: { [containerd]: "yes", [dockerd]: "yes" } });

  assert.deepEqual(facts, { cri: "containerd", cgroupVersion: 2, cgroupDriver: "systemd" });
  assert.deepEqual(calls, ["list", "info", containerd]);
});

test("cri-dockerd is taken only when it is certain that containerd has no CRI", async () => {
  const cri = async (answer: CriAnswer): Promise<unknown> =>
    (await gather(config(), { answers: { [containerd]: answer, [dockerd]: "yes" } })).facts.cri;

  assert.equal(await cri("no"), "cri-dockerd");
  assert.equal(await cri("unknown"), undefined);
});

test("a socket of one's own is asked alone", async () => {
  const own = "/run/k3s/containerd.sock";

  const { facts, calls } = await gather(config({ criSocket: own }), { answers: { [own]: "yes", [dockerd]: "yes" } });

  assert.equal(facts.cri, "containerd");
  assert.deepEqual(calls, ["list", "info", own]);
});

test("a label's facts win over what could be found now, and then nothing is asked", async () => {
  const remembered = { cri: "cri-dockerd", cgroupVersion: 1, cgroupDriver: "cgroupfs" } as const;

  const { facts, calls } = await gather(config(), {
    answers: { [containerd]: "yes" },
    labels: { kubelet: remembered },
  });

  assert.deepEqual(facts, remembered);
  assert.deepEqual(calls, ["list"]);
});

test("a container that has its labels from its image tells no facts", async () => {
  const labels = { kubelet: { cri: "cri-dockerd", cgroupVersion: 1, cgroupDriver: "cgroupfs" } } as const;

  const { facts } = await gather(config(), { labels, copies: ["kubelet"], answers: { [containerd]: "yes" } });

  assert.deepEqual([facts.cri, facts.cgroupVersion, facts.cgroupDriver], ["containerd", 2, "systemd"]);
});

test("a label that knows only some facts leaves the others to be found", async () => {
  const labels = { kubelet: { cgroupVersion: 1, cgroupDriver: "cgroupfs" } } as const;

  const { facts } = await gather(config(), { answers: { [containerd]: "yes" }, labels });

  assert.deepEqual(facts, { cri: "containerd", cgroupVersion: 1, cgroupDriver: "cgroupfs" });
});

test("the container under its own name knows better than the one that it replaces", async () => {
  const labels = {
    kubelet: { cri: "containerd", cgroupVersion: 2 },
    "kubelet.old": { cri: "cri-dockerd", cgroupVersion: 2, cgroupDriver: "cgroupfs" },
  } as const;

  assert.deepEqual((await gather(config(), { labels })).facts, {
    cri: "containerd",
    cgroupVersion: 2,
    cgroupDriver: "cgroupfs",
  });
});

test("what the config says itself is not looked for", async () => {
  const { calls } = await gather(config({ cri: "containerd", cgroupDriver: "systemd" }), {});

  assert.deepEqual(calls, ["list", "info"]);
});

test("an answer that is no known word leaves the fact open", async () => {
  const { facts } = await gather(config({ cri: "containerd" }), { info: { cgroupVersion: "3", cgroupDriver: "none" } });

  assert.deepEqual(facts, {});
});

const stub = "nameserver 127.0.0.53\n";
const reachable = { resolver: "reachable", cri: "containerd" } as const;
const resolvers: readonly (readonly [sentence: string, files: NonNullable<Host["files"]>, expected: unknown])[] = [
  ["a host without name servers has none to give", {}, "plain"],
  ["name servers that pods reach are taken as they are", { "/etc/resolv.conf": "nameserver 10.0.0.1\n" }, "plain"],
  [
    "behind systemd-resolved's stub its own list is taken",
    { "/etc/resolv.conf": stub, "/run/systemd/resolve/resolv.conf": "nameserver 10.0.0.1\n" },
    "systemd-resolved",
  ],
  [
    "a list of systemd-resolved that is empty is of no help",
    { "/etc/resolv.conf": stub, "/run/systemd/resolve/resolv.conf": "# none\n" },
    "plain",
  ],
  [
    "systemd-resolved is left alone where another server is named first",
    { "/etc/resolv.conf": "nameserver 10.0.0.2\n", "/run/systemd/resolve/resolv.conf": "nameserver 10.0.0.1\n" },
    "plain",
  ],
  [
    "a file that cannot be read leaves it open",
    {
      "/etc/resolv.conf": new FlexkubeError("FILES_UNREADABLE", "unreadable", {
        path: "/etc/resolv.conf",
        reason: "EIO",
      }),
    },
    undefined,
  ],
];

for (const [sentence, files, expected] of resolvers)
  test(sentence, async () => {
    assert.equal((await gather(config(reachable), { files })).facts.resolver, expected);
  });

test("a config that names the file itself asks for no resolver", async () => {
  const { calls } = await gather(config({ ...reachable, config: { resolvConf: "/etc/upstream" } }), {});

  assert.deepEqual(calls, ["list", "info"]);
});
