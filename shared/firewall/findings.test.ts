// What a person reads of a packet filter that keeps other hosts out.
import assert from "node:assert/strict";
import { test } from "node:test";
import { firewallFindings } from "./findings.ts";
import type { DroppedPort } from "./findings.ts";
import type { Manager } from "./judge.ts";

function dropped(manager: Manager, table: string, chain: string): readonly DroppedPort[] {
  const drop = { manager, table, chain, protocol: "tcp", address: "10.77.0.11" } as const;
  return [
    { ...drop, of: "etcd", port: 2380 },
    { ...drop, of: "kube-apiserver", port: 6443 },
  ];
}

test("each chain is told once with its ports, and with the command of whoever writes it", () => {
  const told = firewallFindings([
    ...dropped("nft", "inet filter", "input"),
    ...dropped("firewalld", "inet firewalld", "filter_INPUT"),
    ...dropped("ufw", "filter", "INPUT"),
    ...dropped("iptables", "filter", "INPUT"),
  ]);

  assert.deepEqual(
    told.map(({ found }) => found),
    [
      "that chain input of nftables' table inet filter drops tcp/2380 (etcd), tcp/6443 (kube-apiserver)",
      "that firewalld drops tcp/2380 (etcd), tcp/6443 (kube-apiserver)",
      "that ufw drops tcp/2380 (etcd), tcp/6443 (kube-apiserver)",
      "that chain INPUT of iptables' table filter drops tcp/2380 (etcd), tcp/6443 (kube-apiserver)",
    ],
  );
  assert.deepEqual(
    told.map(({ command }) => command),
    [
      "nft insert rule inet filter input tcp dport '{ 2380, 6443 }' accept, and the same in the file that holds it over a boot, such as /etc/nftables.conf",
      "firewall-cmd --permanent --add-port=2380/tcp --add-port=6443/tcp && firewall-cmd --reload",
      "ufw allow 2380/tcp && ufw allow 6443/tcp",
      "iptables -t filter -I INPUT -p tcp -m multiport --dports 2380,6443 -j ACCEPT, and the same where it is held over a boot, such as by netfilter-persistent save",
    ],
  );
});

test("nothing dropped is nothing to tell", () => {
  assert.deepEqual(firewallFindings([]), []);
});
