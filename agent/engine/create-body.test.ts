// What the engine is told about a new container.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerSpec } from "#shared/state/desired.ts";
import { plainSpec } from "#shared/reconcile/testing/plain-spec.ts";
import { createBody, type CreateBody } from "./create-body.ts";

const plain = plainSpec({ image: "etcd:1", log: { driver: "json-file", options: { "max-size": "10m" } } });

function bodyOf(spec: Partial<ContainerSpec>): CreateBody {
  return createBody({ name: "etcd", spec: { ...plain, ...spec }, labels: {}, restart: "no", resources: {} });
}

test("what is not set is left out", () => {
  assert.deepEqual(bodyOf({}), {
    Image: "etcd:1",
    Labels: {},
    StopTimeout: 10,
    HostConfig: {
      NetworkMode: "host",
      LogConfig: { Type: "json-file", Config: { "max-size": "10m" } },
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
    },
  });
});

test("first-start arguments follow the spec's, and ownership labels win over the spec's", () => {
  const spec = { ...plain, args: ["etcd"], labels: { a: "spec", b: "spec" } };

  const body = createBody({
    name: "etcd",
    spec,
    startArgs: ["--initial-cluster-state=new"],
    labels: { b: "ours" },
    restart: "on-failure",
    resources: {},
  });

  assert.deepEqual(body.Cmd, ["etcd", "--initial-cluster-state=new"]);
  assert.deepEqual(body.Labels, { a: "spec", b: "ours" });
  assert.deepEqual(body.HostConfig.RestartPolicy, { Name: "on-failure", MaximumRetryCount: 0 });
});

test("process settings are on the body", () => {
  const body = bodyOf({
    entrypoint: ["/bin/etcd"],
    env: { B: "2", A: "1=1" },
    user: "1000:1000",
    hostname: "h1",
    workingDirectory: "/data",
    stopSignal: "SIGINT",
  });

  const { HostConfig: _, Image: __, Labels: ___, StopTimeout: ____, ...rest } = body;
  assert.deepEqual(rest, {
    StopSignal: "SIGINT",
    Entrypoint: ["/bin/etcd"],
    Env: ["A=1=1", "B=2"],
    User: "1000:1000",
    Hostname: "h1",
    WorkingDir: "/data",
  });
});

test("mounts are binds that refuse a missing source", () => {
  const mount = { source: "/etc/a", target: "/a", readOnly: true, propagation: "rslave" } as const;

  assert.deepEqual(bodyOf({ mounts: [mount] }).HostConfig.Mounts, [
    { Type: "bind", Source: "/etc/a", Target: "/a", ReadOnly: true, BindOptions: { Propagation: "rslave" } },
  ]);
});

test("ports of one container port are bound together and exposed once", () => {
  const port = { containerPort: 80, protocol: "tcp" } as const;

  const body = bodyOf({
    ports: [
      { ...port, address: "0.0.0.0", hostPort: 8080 },
      { ...port, address: "::1", hostPort: 8081 },
    ],
  });

  assert.deepEqual(body.ExposedPorts, { "80/tcp": {} });
  assert.deepEqual(body.HostConfig.PortBindings, {
    "80/tcp": [
      { HostIp: "0.0.0.0", HostPort: "8080" },
      { HostIp: "::1", HostPort: "8081" },
    ],
  });
});

test("rights and kernel settings are in the host config", () => {
  const { HostConfig: host } = bodyOf({
    pidMode: "host",
    ipcMode: "private",
    usernsMode: "host",
    cgroupnsMode: "private",
    privileged: true,
    readOnlyRoot: true,
    capAdd: ["NET_ADMIN"],
    capDrop: ["ALL"],
    securityOptions: ["no-new-privileges"],
    devices: [{ host: "/dev/kmsg", container: "/dev/kmsg", permissions: "r" }],
    tmpfs: { "/run": "size=1m" },
    ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }],
    sysctls: { "net.core.somaxconn": "1024" },
  });

  const { NetworkMode: _, LogConfig: __, RestartPolicy: ___, ...rest } = host;
  assert.deepEqual(rest, {
    Tmpfs: { "/run": "size=1m" },
    Devices: [{ PathOnHost: "/dev/kmsg", PathInContainer: "/dev/kmsg", CgroupPermissions: "r" }],
    Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 2048 }],
    Sysctls: { "net.core.somaxconn": "1024" },
    PidMode: "host",
    IpcMode: "private",
    UsernsMode: "host",
    CgroupnsMode: "private",
    Privileged: true,
    ReadonlyRootfs: true,
    CapAdd: ["NET_ADMIN"],
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
  });
});
