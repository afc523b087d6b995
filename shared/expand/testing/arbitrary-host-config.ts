// Random valid host configs for property tests.
import * as fc from "fast-check";
import type { HostConfigInput } from "./host-config-builder.ts";
import { etcdMember, etcdSecrets } from "./etcd-member-builder.ts";
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

/** A host config as people write it, with an etcd member, load balancers and containers of random shape. */
export const arbitraryHostConfig: fc.Arbitrary<HostConfigInput> = fc
  .record({
    members,
    balancers: fc.dictionary(name, balancer, { maxKeys: 2 }),
    containers: fc.dictionary(name, container, { maxKeys: 3 }),
  })
  .map((parts) => ({
    apiVersion: "flexkube/v1alpha1",
    kind: "Host",
    cluster: "demo",
    host: "h1",
    etcd: etcdMember({ members: parts.members }),
    apiLoadBalancers: parts.balancers,
    containers: parts.containers,
    secrets: etcdSecrets({ password: "correct horse" }),
  }));
