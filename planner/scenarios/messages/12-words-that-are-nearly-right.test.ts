// A word that looks like one of a few is no name of something else: which one was meant.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fakeMachine } from "#planner/cli/testing/fake-machine.ts";

const head = `apiVersion: flexkube/v1alpha1
kind: Cluster
name: demo
hosts:
  h1: { address: 10.77.0.11 }
`;

const cases: readonly (readonly [what: string, config: string, text: string])[] = [
  [
    "words of a few",
    `containers:
  one: { hosts: all, image: i, ipcMode: hots, pidMode: hosts }
  two: { hosts: all, image: i, restart: allways, networkMode: "container:one" }
`,
    `cluster.yaml:7:41: containers.one.ipcMode: "hots" is not one of "", host, private, shareable, none (did you mean host?)
cluster.yaml:7:56: containers.one.pidMode: "hosts" is not one of "", host (did you mean host?)
cluster.yaml:8:41: containers.two.restart: "allways" is not one of no, always, unless-stopped, on-failure (did you mean always?)
cluster.yaml:8:63: containers.two.networkMode: "container:one" is not valid here (expected host, bridge, none or the name of a network)
`,
  ],
  [
    "modes of the network, of which others are names",
    `containers:
  one: { hosts: all, image: i, networkMode: hosts }
  two: { hosts: all, image: i, networkMode: Bridge }
  three: { hosts: all, image: i, networkMode: backend }
`,
    `cluster.yaml:7:45: containers.one.networkMode: there is no network mode hosts, and as the name of a network it is too like one, on h1 (did you mean host?)
cluster.yaml:8:45: containers.two.networkMode: there is no network mode Bridge, and as the name of a network it is too like one, on h1 (did you mean bridge?)
`,
  ],
  [
    "networks and domains",
    `kubernetes: { version: 1.36.3 }
etcd: { hosts: all }
controlPlane: { hosts: all }
kubelets: { all: { hosts: all } }
network: { dnsDomain: a..b, podCidr: 127.0.0.0/16, serviceCidr: 224.0.0.0/16 }
`,
    `cluster.yaml:10:23: network.dnsDomain: "a..b" is no DNS name: a part between dots is empty (remove the extra dot)
cluster.yaml:10:38: network.podCidr: 127.0.0.0/16 has loopback addresses in it (use a private network such as 10.244.0.0/16)
cluster.yaml:10:65: network.serviceCidr: 224.0.0.0/16 has multicast addresses in it (use a private network such as 10.244.0.0/16)
`,
  ],
];

for (const [what, config, text] of cases)
  test(`flexkube-planner validate: ${what}`, async () => {
    const { code, stderr } = await fakeMachine(`${head}${config}`).run("validate");
    assert.deepEqual({ code, text: stderr }, { code: 65, text });
  });
