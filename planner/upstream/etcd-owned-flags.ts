// Flags of etcd that follow from other fields of the cluster config: whoever sets them beside those loses data, certificates or
// the cluster. A key that ends in * is meant for all flags that begin so.

const pki = "certificates and keys come from pki/";
const address = "addresses follow from hosts and the ports of this section";
const recovery = "it may cost data: see examples/recovery for what to do instead";
const checks = "corruption checks are switched on by the version";

const owned: Readonly<Record<string, string>> = {
  name: "a member has its host's name",
  "data-dir": "use dataDirectory",
  "wal-dir": "the log lies in dataDirectory",
  "listen-metrics-*": "use metricsAddress and metricsPort",
  "listen-*": address,
  "advertise-*": address,
  "initial-cluster-token": "use token",
  "initial-*": "how a member starts is decided on its host",
  "discovery*": "members are the hosts of this section",
  proxy: "a member is no proxy",
  "proxy-*": "a member is no proxy",
  "client-*": pki,
  "trusted-ca-file": pki,
  "ca-file": pki,
  "cert-file": pki,
  "key-file": pki,
  "auto-tls": pki,
  "self-signed-cert-validity": pki,
  "cipher-suites": "use cipherSuites",
  "peer-*": pki,
  "experimental-peer-*": pki,
  "config-file": "etcd would not look at any other flag then",
  "force-new-cluster*": recovery,
  "unsafe-*": recovery,
  "experimental-initial-corrupt-check": checks,
  "experimental-compact-hash-check-enabled": checks,
  logger: "etcd has one logger",
};

/** What to use instead of the flag; undefined for a flag that is free. */
export function ownerOfEtcdFlag(flag: string): string | undefined {
  const plain = flag.toLowerCase().replaceAll("_", "-");
  const pattern = Object.keys(owned).find((each) =>
    each.endsWith("*") ? plain.startsWith(each.slice(0, -1)) : plain === each,
  );
  return pattern === undefined ? undefined : owned[pattern];
}

/** Every pattern, for the test that compares them with the programs. */
export const ownedEtcdFlags: readonly string[] = Object.keys(owned);
