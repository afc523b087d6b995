// Certificates and keys among a host's secrets: readable, matching, signed by the CA, fit for their use.
import type { Finding } from "#shared/document/finding.ts";
import type { EtcdCertificates, HostConfig } from "#shared/schema/host-config.ts";
import { checkAuthority, checkPair } from "./check-pair.ts";
import { checkKubernetesCertificates } from "./kubernetes-certificates.ts";
import { probeAuthorities } from "./kubernetes-references.ts";

/** Only secrets that are there are looked at; a missing one is `checkSecrets`' to report. */
export function checkCertificates(config: HostConfig): readonly Finding[] {
  return [
    ...(config.etcd === undefined ? [] : checkEtcd(config, config.etcd.certificates)),
    ...checkAuthorities(config),
    ...checkKubernetesCertificates(config),
  ];
}

function checkEtcd({ secrets }: HostConfig, names: EtcdCertificates): readonly Finding[] {
  return [
    ...checkAuthority(names.ca, secrets),
    ...checkPair({ certificate: names.serverCertificate, key: names.serverKey, ca: names.ca }, secrets),
    ...checkPair({ certificate: names.peerCertificate, key: names.peerKey, ca: names.ca }, secrets),
  ];
}

function checkAuthorities(config: HostConfig): readonly Finding[] {
  const probes = [
    ...Object.values(config.apiLoadBalancers),
    ...Object.values(config.containers),
    ...(config.etcd === undefined ? [] : [config.etcd]),
  ];
  const names = [
    ...Object.values(config.apiLoadBalancers).map(({ ca }) => ca),
    ...probes.map(({ probe }) => probe.http?.ca),
    ...probeAuthorities(config).map(({ name }) => name),
  ];
  return [...new Set(names)].flatMap((name) => (name === undefined ? [] : checkAuthority(name, config.secrets)));
}
