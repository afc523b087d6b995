// Flags of etcd and Kubernetes in the cluster config: what flexkube owns, what a program does not know, what it cannot read, and what
// stays beside what people name.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";
import { fatalValues, takenValues } from "#planner/upstream/testing/etcd-values.ts";

function cluster({ etcd = "", control = "", kubelet = "", version = "1.36.3" }): string {
  return `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts: { h1: { address: 10.0.0.1 } }
kubernetes: { version: ${version} }
etcd: { hosts: h1 ${etcd} }
controlPlane: { hosts: h1 ${control} }
kubelets: { all: { hosts: all ${kubelet} } }
`;
}

async function said(config: string): Promise<string> {
  const { code, stderr } = await fakeMachine(config).run("validate");
  return `${code} ${stderr}`;
}

const etcd = (argument: string): string => cluster({ etcd: `, extraArgs: [${JSON.stringify(argument)}]` });
const server = (args: string): string => cluster({ control: `, apiserver: { args: { ${args} } }` });
const kubelet = (fields: string): string => cluster({ kubelet: `, ${fields}` });

describe("etcd's further arguments", () => {
  const owned = [
    "--data-dir=/x",
    "--wal-dir=/x",
    "--force-new-cluster",
    "--name=a",
    "--client-cert-auth=false",
    "---name=a",
  ];
  const others = [
    "--listen-client-urls=http://0.0.0.0:1",
    "--initial-cluster-state=new",
    "--unsafe-no-fsync",
    "--config-file=/x",
  ];
  const more = [
    "--peer-auto-tls",
    "--experimental-peer-skip-client-san-verification",
    "--data_dir=/x",
    "--discovery=a",
    "--proxy=on",
  ];
  for (const argument of [...owned, ...others, ...more])
    test(`${argument} is flexkube's`, async () => {
      assert.match(
        await said(etcd(argument)),
        /^65 cluster\.yaml:6:\d+: etcd\.extraArgs\[0\]: .* is set by flexkube \(/,
      );
    });

  const wrong = [
    "--quota-backend-bite=1",
    "--quota-backend-bytes=a",
    "--heartbeat-interval",
    "--name other",
    "--enable-v2=true",
  ];
  for (const argument of wrong)
    test(`${argument} ends etcd, so it is refused`, async () => {
      assert.match(await said(etcd(argument)), /^65 cluster\.yaml:6:/);
    });

  for (const argument of [
    "--quota-backend-bytes=8589934592",
    "--auto-compaction-retention=8h",
    "--snapshot-count=5000",
    "--pre-vote",
  ])
    test(`${argument} is taken`, async () => {
      assert.equal(await said(etcd(argument)), "0 ");
    });

  // the programs are asked about the fatal ones in upstream/etcd-flags.e2e.test.ts
  const useless = [
    "--log-outputs=/var/lib/etcd/../log",
    "--tls-min-version=TLS1.3",
    "--quota-backend-bytes=8192",
    "--max-request-bytes=1",
    "--max-txn-ops=0",
    "--memory-mlock",
    "--enable-grpc-gateway=false",
    "--v2-deprecation=not-yet",
  ];
  for (const argument of [...fatalValues, ...useless])
    test(`${argument} ends etcd or makes it useless, so it is refused`, async () => {
      assert.match(await said(etcd(argument)), /^65 cluster\.yaml:6:\d+: etcd\.extraArgs\[0\]: --/);
    });

  test("values at the edge of what etcd takes are taken together", async () => {
    const config = cluster({ etcd: `, extraArgs: ${JSON.stringify(takenValues)}` });

    assert.equal(await said(config), "0 ");
  });

  const pairs: readonly (readonly [string, number, readonly string[]])[] = [
    ["an election timeout of five heartbeats", 0, ["--heartbeat-interval=500", "--election-timeout=2500"]],
    ["a shorter one", 65, ["--heartbeat-interval=500", "--election-timeout=2499"]],
    ["one that a later argument takes back", 0, ["--heartbeat-interval=500", "--heartbeat-interval=100"]],
    [
      "a gate and what it needs, in two arguments",
      0,
      ["--feature-gates=LeaseCheckpoint=true", "--feature-gates=LeaseCheckpointPersist=true"],
    ],
    ["two names of one flag", 65, ["--corrupt-check-time=1h", "--experimental-corrupt-check-time=1h"]],
    ["versions of TLS the wrong way round", 65, ["--tls-max-version=TLS1.2", "--tls-min-version=TLS1.3"]],
    ["a log below the data", 0, ["--log-outputs=/var/lib/etcd/etcd.log", "--enable-log-rotation"]],
  ];
  for (const [what, code, list] of pairs)
    test(`${what}: ${code}`, async () => {
      assert.match(await said(cluster({ etcd: `, extraArgs: ${JSON.stringify(list)}` })), new RegExp(`^${code} `));
    });

  test("TLS 1.3 alone is taken without cipher suites", async () => {
    const config = cluster({ etcd: ", cipherSuites: [], extraArgs: [--tls-min-version=TLS1.3]" });

    assert.equal(await said(config), "0 ");
  });

  test("an image that does not tell its version has values judged all the same", async () => {
    const config = cluster({ etcd: ", image: example/etcd:latest, extraArgs: [--heartbeat-interval=0]" });

    assert.match(await said(config), /^65 .*--heartbeat-interval: "0" is out of range/s);
  });

  test("a flag of another version is told with the versions that have it", async () => {
    const config = cluster({ etcd: ", version: 3.7.0, extraArgs: [--experimental-warning-apply-duration=1s]" });

    assert.match(
      await said(config),
      /etcd 3\.7 has no flag .*3\.5 and 3\.6 has\) \(did you mean --warning-apply-duration\?\)/,
    );
  });

  test("an override's arguments are told at the override", async () => {
    const config = cluster({ etcd: ", extraArgs: [--pre-vote], overrides: { h1: { extraArgs: [--name=x] } }" });

    assert.match(await said(config), /etcd\.overrides\.h1\.extraArgs\[0\]/);
  });
});

describe("flags that leave a cluster without something", () => {
  for (const [args, problem] of [
    ["requestheader-allowed-names: other", /add front-proxy-client/],
    ["requestheader-group-headers: [X-Group]", /without X-Remote-Group/],
    ["requestheader-username-headers: X-User", /without X-Remote-User/],
    ["etcd-prefix: /other", /find an empty cluster/],
    ["token-auth-file: /etc/tokens.csv", /brings no \/etc\/tokens\.csv into the container/],
    ["token-auth-file: tokens.csv", /brings no tokens\.csv into the container/],
    ['tls-sni-cert-key: "/a.crt,/a.key"', /brings no \/a\.crt,\/a\.key/],
  ] as const)
    test(`${args} is told and taken`, async () => {
      const text = await said(server(args));

      assert.match(text, /^0 warning: cluster\.yaml:7:/);
      assert.match(text, problem);
    });

  for (const args of [
    'requestheader-allowed-names: ""',
    "requestheader-allowed-names: [other, front-proxy-client]",
    "requestheader-username-headers: [X-User, x-remote-user]",
    "runtime-config: api/all=true",
  ])
    test(`${args} is nothing to tell`, async () => {
      assert.equal(await said(server(args)), "0 ");
    });
});

describe("programs that people name", () => {
  const etcdCommand = (words: readonly string[]): string => cluster({ etcd: `, entrypoint: ${JSON.stringify(words)}` });
  const commands: readonly (readonly [string, string])[] = [
    ["etcd with a flag of flexkube's", etcdCommand(["/bin/etcd", "--force-new-cluster"])],
    ["etcd with one spelt otherwise", etcdCommand(["/bin/etcd", "-DATA_DIR=/x"])],
    ["etcd with one that is free", etcdCommand(["/bin/etcd", "--pre-vote=false"])],
    ["etcd with a variable", etcdCommand(["env", "ETCD_DATA_DIR=/x", "etcd"])],
    ["a shell that starts etcd", etcdCommand(["sh", "-c", 'exec etcd --name=x "$@"', "--"])],
    ["an override", cluster({ etcd: ", overrides: { h1: { entrypoint: [etcd, --wal-dir=/x] } }" })],
    ["an API server", cluster({ control: ", apiserver: { entrypoint: [kube-apiserver, --anonymous-auth=true] }" })],
    ["a scheduler", cluster({ control: ", overrides: { h1: { scheduler: { entrypoint: [k, --profiling] } } }" })],
    ["a kubelet", kubelet("entrypoint: [kubelet, --register-node=false]")],
    ["kube-proxy", `${cluster({})}network: { proxy: { entrypoint: [kube-proxy, --cleanup] } }\n`],
    ["HAProxy", `${cluster({})}apiLoadBalancers: { kubernetes: { entrypoint: [haproxy, -f, /x] } }\n`],
  ];
  for (const [what, config] of commands)
    test(`${what}: flags are no part of the program`, async () => {
      assert.match(await said(config), /^65 .*entrypoint\[[0-9]\]: .*(is a flag|as a flag|set by flexkube)/s);
    });

  for (const words of [
    ["/opt/etcd"],
    ["tini", "--", "etcd"],
    ["sh", "-c", 'exec etcd "$@"', "--"],
    ["nice", "-n", "5", "etcd"],
  ])
    test(`${words.join(" ")} is taken`, async () => {
      assert.equal(await said(etcdCommand(words)), "0 ");
    });
});

describe("flags of Kubernetes' programs", () => {
  for (const args of [
    "event-tll: 2h",
    "event-ttl: soon",
    'profiling: "yes"',
    'max-requests-inflight: "1.5"',
    "advertise-address: me",
  ])
    test(`${args} ends the API server, so it is refused`, async () => {
      assert.match(await said(server(args)), /^65 cluster\.yaml:7:/);
    });

  const closed = ["AlwaysAllow", "Node", '"Node,RBAC,AlwaysAllow"', '"Node,Rbac"', '"Node,Node,RBAC"'];
  for (const mode of closed)
    test(`authorization-mode ${mode} is refused`, async () => {
      assert.match(await said(server(`authorization-mode: ${mode}`)), /^65 cluster\.yaml:7:/);
    });

  for (const args of ["enable-admission-plugins: NodeRestrictions", "disable-admission-plugins: NodeRestriction"])
    test(`${args} is refused`, async () => {
      assert.match(await said(server(args)), /^65 cluster\.yaml:7:/);
    });

  test("an unknown flag of another version than the one asked is told and taken", async () => {
    const config = cluster({ version: "1.35.4", kubelet: ", args: { new-switch: x }" });

    assert.match(await said(config), /^0 warning: .*has no flag --new-switch/);
  });

  test("an empty list takes the default away, and says so", async () => {
    assert.match(await said(server("profiling: []")), /^0 warning: .*what flexkube sets by default is left out/);
  });

  const open = [
    "args: { anonymous-auth: 'true' }",
    "config: { authorization: { mode: AlwaysAllow } }",
    "config: { readOnlyPort: 10255 }",
  ];
  for (const fields of [...open, "config: { authentication: { anonymous: { enabled: true } } }"])
    test(`a kubelet with ${fields} is told of`, async () => {
      assert.match(await said(kubelet(fields)), /^0 warning: cluster\.yaml:8:/);
    });
});

describe("values of flags", () => {
  const manager = (args: string): string => cluster({ control: `, controllerManager: { args: { ${args} } }` });
  const refused: readonly (readonly [string, RegExp])[] = [
    [server("max-requests-inflight: '-1'"), /"-1" is out of range \(0 or more\)/],
    [server("goaway-chance: '0.5'"), /from 0 to 0\.02/],
    [server("admission-control: NodeRestriction"), /use enable-admission-plugins/],
    [server("service-account-jwks-uri: text"), /an https URL/],
    [server("request-timeout: -1s"), /"-1s" is too short/],
    [server("endpoint-reconciler-type: leases"), /did you mean lease\?/],
    [server("feature-gates: NoSuchGate=true"), /has no feature gate "NoSuchGate"/],
    [server("feature-gates: 'kube:GangScheduling=true'"), /GangScheduling needs GenericWorkload/],
    [server("tls-cipher-suites: TLS_A"), /"TLS_A" is not one of/],
    [server("service-node-port-range: 70000-80000"), /no range of ports/],
    [server("audit-log-truncate-max-batch-size: '1'"), /less than audit-log-truncate-max-event-size/],
    [server("runtime-config: api/ga=false"), /priority and fairness/],
    [manager("concurrent-job-syncs: '0'"), /"0" is out of range/],
    [manager("leader-elect-lease-duration: 5s"), /not longer than leader-elect-renew-deadline/],
    [manager("controllers: 'no-such-controller'"), /is not one of/],
    [kubelet("args: { eviction-hard: memory.available=1Gi }"), /thresholds such as memory\.available<100Mi/],
    [kubelet("args: { max-pods: '-1' }"), /"-1" is out of range/],
    [kubelet("args: { image-gc-low-threshold: '90' }"), /low threshold of 90 is not below the high one of 85/],
    [kubelet("args: { logging-format: xml }"), /"xml" is not one of/],
  ];
  for (const [config, message] of refused)
    test(`${message.source} is told with its place`, async () => {
      assert.match(await said(config), /^65 cluster\.yaml:[78]:\d+: /);
      assert.match(await said(config), message);
    });

  const taken = [
    server("feature-gates: 'kube:NodeSwap=true'"),
    manager("controllers: '*,bootstrapsigner,-token-cleaner-controller'"),
    manager("terminated-pod-gc-threshold: '-1'"),
    kubelet("args: { eviction-hard: 'memory.available<100Mi,nodefs.available<10%' }"),
  ];
  for (const [index, config] of taken.entries())
    test(`what a program takes is taken without a word (${index})`, async () => {
      assert.equal(await said(config), "0 ");
    });
});

describe("admission plug-ins", () => {
  async function apiserver(control: string) {
    const machine = fakeMachine(cluster({ control }));
    await machine.run("split");
    return machine.hosts()["h1"]?.kubeApiserver;
  }
  const plugins = (value: unknown): readonly unknown[] =>
    Array.isArray(value)
      ? value.map((each: unknown) => (typeof each === "object" && each !== null && "name" in each ? each.name : each))
      : [];

  test("that people enable come beside those that flexkube needs", async () => {
    const config = await apiserver(
      ', apiserver: { args: { enable-admission-plugins: [AlwaysPullImages, "NodeRestriction,PodNodeSelector"] } }',
    );

    assert.equal(
      config?.args["enable-admission-plugins"],
      "NodeRestriction,DenyServiceExternalIPs,AlwaysPullImages,PodNodeSelector",
    );
  });

  test("that people disable are not enabled", async () => {
    const config = await apiserver(", apiserver: { args: { disable-admission-plugins: DenyServiceExternalIPs } }");

    assert.equal(config?.args["enable-admission-plugins"], "NodeRestriction");
  });

  test("EventRateLimit gets limits when none are given, and that is told", async () => {
    const control = ", apiserver: { args: { enable-admission-plugins: EventRateLimit } }";

    assert.match(await said(cluster({ control })), /^0 warning: .*EventRateLimit has no limits/);
    assert.deepEqual(plugins((await apiserver(control))?.admission?.["plugins"]), ["PodSecurity", "EventRateLimit"]);
  });

  test("a configuration of one leaves that of the others", async () => {
    const config = await apiserver(
      ", apiserver: { admission: { plugins: [{ name: PodNodeSelector, configuration: {} }] } }",
    );

    assert.deepEqual(plugins(config?.admission?.["plugins"]), ["PodSecurity", "PodNodeSelector"]);
  });
});
