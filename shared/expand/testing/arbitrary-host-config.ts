// Random valid host configs for property tests.
import * as fc from "fast-check";
import type { HostFacts } from "#shared/state/host-facts.ts";
import type { HostConfigInput } from "./host-config-builder.ts";
import { etcdMember } from "./etcd-member-builder.ts";
import * as kubernetes from "./kubernetes-builder.ts";
import { loadBalancer } from "./load-balancer-builder.ts";

type ContainerInput = NonNullable<HostConfigInput["containers"]>[string];
type FileInput = NonNullable<ContainerInput["files"]>[number];

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const port = fc.integer({ min: 1, max: 65535 });
const text = fc.string({ maxLength: 20 });
const server = fc.record({ address: fc.constant("10.77.0.12"), port });

const effect = fc.constantFrom("replace", "none", "signal", "restart");
const file = fc.oneof(
  fc.record({ content: text, mode: fc.constantFrom("0644", "0600"), effect }, { requiredKeys: ["content"] }),
  fc.record({ secret: fc.constant("password"), uid: fc.nat(70_000), effect }, { requiredKeys: ["secret"] }),
);
const files: fc.Arbitrary<FileInput[]> = fc
  .dictionary(name, file, { maxKeys: 4 })
  .map((byName) => Object.entries(byName).map(([path, one]) => ({ path: `conf/${path}`, ...one })));

const container: fc.Arbitrary<ContainerInput> = fc.record(
  {
    image: fc.constantFrom("web:1", "web:2"),
    args: fc.array(text, { maxLength: 3 }),
    env: fc.dictionary(name, text),
    labels: fc.dictionary(name, text),
    tmpfs: fc.dictionary(
      name.map((path) => `/run/${path}`),
      fc.constant("size=1m"),
    ),
    sysctls: fc.dictionary(name, text),
    networkMode: fc.constantFrom("host", "bridge", "none"),
    user: fc.constantFrom("nobody", "65534:65534"),
    files,
    readOnlyRoot: fc.boolean(),
    stopTimeout: fc.constantFrom("500ms", "1m"),
  },
  { requiredKeys: ["image"] },
);

const balancer = fc
  .record({
    servers: fc.dictionary(name, server, { minKeys: 1, maxKeys: 4 }),
    maxConnections: fc.integer({ min: 10, max: 9999 }),
  })
  .map((overrides) => loadBalancer(overrides));

const members = fc
  .dictionary(name, fc.constant({ address: "10.77.0.12" }), { maxKeys: 4 })
  .map((others) => ({ ...others, h1: { address: "10.77.0.11" } }));

const flags = fc.dictionary(name, fc.oneof(text, fc.array(text, { maxLength: 2 })), { maxKeys: 3 });
const document = fc.dictionary(
  fc.constantFrom("a", "authentication", "clientConnection", "failCgroupV1", "healthzPort", "serverTLSBootstrap"),
  fc.oneof(
    fc.boolean(),
    fc.nat(65535),
    text,
    fc.dictionary(name, text, { maxKeys: 2 }),
    fc.array(text, { maxLength: 2 }),
  ),
  { maxKeys: 4 },
);
const route = fc.record({ address: fc.ipV4(), podCidr: fc.constantFrom("10.244.2.0/24", "10.244.3.7/24") });

/** Sections of Kubernetes, all of them, each there or not, with flags, documents and routes of random shape. */
const sections: fc.Arbitrary<Partial<HostConfigInput>> = fc.record(
  {
    kubeApiserver: fc
      .record({ args: flags, authentication: document, uid: fc.nat(70_000) }, { requiredKeys: [] })
      .map(kubernetes.kubeApiserver),
    kubeControllerManager: fc.record({ args: flags }).map(kubernetes.kubeControllerManager),
    kubeScheduler: fc.record({ args: flags, config: document }).map(kubernetes.kubeScheduler),
    podNetwork: fc.record({ routes: fc.dictionary(name, route, { maxKeys: 3 }) }).map(kubernetes.podNetwork),
    kubelet: fc
      .record({ config: document, cri: fc.constantFrom("auto", "containerd", "cri-dockerd") })
      .map(kubernetes.kubelet),
    kubeProxy: fc.record({ args: flags, config: document }).map(kubernetes.kubeProxy),
  } satisfies { [Name in Exclude<kubernetes.OwnSection, "etcd" | "apiLoadBalancers">]: unknown },
  { requiredKeys: [] },
);

/** What a host may have told of itself so far. */
export const arbitraryFacts: fc.Arbitrary<HostFacts> = fc.record(
  {
    cri: fc.constantFrom("containerd", "cri-dockerd"),
    cgroupDriver: fc.constantFrom("cgroupfs", "systemd"),
    cgroupVersion: fc.constantFrom(1, 2),
  },
  { requiredKeys: [] },
);

/** A host config as people write it, with an etcd member, load balancers, Kubernetes and containers of random shape. */
export const arbitraryHostConfig: fc.Arbitrary<HostConfigInput> = fc
  .record({
    members,
    balancers: fc.dictionary(name, balancer, { maxKeys: 2 }),
    containers: fc.dictionary(name, container, { maxKeys: 3 }),
    sections,
  })
  .map((parts) => ({
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "demo",
    host: "h1",
    etcd: etcdMember({ members: parts.members }),
    apiLoadBalancers: parts.balancers,
    containers: parts.containers,
    ...parts.sections,
    secrets: kubernetes.kubernetesSecrets({ password: "correct horse" }),
  }));
