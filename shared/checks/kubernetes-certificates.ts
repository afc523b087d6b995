// Certificates and keys of the Kubernetes components among a host's secrets.
import { createPrivateKey, createPublicKey, type X509Certificate } from "node:crypto";
import type { Finding } from "#shared/document/finding.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { Pair } from "./check-pair.ts";
import { bad, certificatesOf, checkAuthority, checkPair } from "./check-pair.ts";

/** Pairs that do not match, lack a use or have another signer; CAs that are none; keys that belong to nothing. */
export function checkKubernetesCertificates(config: HostConfig): readonly Finding[] {
  const { secrets } = config;
  const pairs = [...servers(config), ...clients(config)];
  const authorities = [...new Set(authoritiesOf(config))];
  const unique = [...new Map(pairs.map((pair) => [pair.certificate, pair])).values()];
  return [
    ...authorities.flatMap((name) => checkAuthority(name, secrets)),
    ...unique.flatMap((pair) => checkPair(pair, secrets)),
    ...checkSigningKey(config),
    ...checkServiceAccountKey(config),
  ];
}

function servers({ kubeApiserver, kubelet }: HostConfig): readonly Pair[] {
  const apiserver = kubeApiserver?.certificates;
  const names = kubelet?.certificates;
  // a kubelet that asks the API for its serving certificate needs none from here
  const isGiven = kubelet?.config["serverTLSBootstrap"] !== true;
  return [
    ...(apiserver === undefined
      ? []
      : [{ certificate: apiserver.certificate, key: apiserver.key, ca: apiserver.ca, usages: ["server"] as const }]),
    ...(names === undefined || !isGiven
      ? []
      : [{ certificate: names.servingCertificate, key: names.servingKey, ca: names.ca, usages: ["server"] as const }]),
  ];
}

/** Whose CA the API servers trust is not for this host to know, but for those that the API server uses itself. */
function clients(config: HostConfig): readonly Pair[] {
  const names = config.kubeApiserver?.certificates;
  const usages = ["client"] as const;
  return [
    ...(names === undefined
      ? []
      : [
          { certificate: names.kubeletClientCertificate, key: names.kubeletClientKey, usages },
          { certificate: names.etcdClientCertificate, key: names.etcdClientKey, usages },
          {
            certificate: names.frontProxyClientCertificate,
            key: names.frontProxyClientKey,
            ca: names.frontProxyCa,
            usages,
          },
        ]),
    ...apisOf(config).map(({ certificate, key }) => ({ certificate, key, usages })),
  ];
}

function apisOf(config: HostConfig) {
  const { kubeControllerManager, kubeScheduler, kubelet, kubeProxy, node, clusterObjects } = config;
  const others = [config.disruption?.lease, config.apiServersFirst];
  return [
    ...[kubeControllerManager, kubeScheduler, kubelet, kubeProxy, node, clusterObjects].flatMap((each) =>
      each === undefined ? [] : [each.api],
    ),
    ...others.filter((each) => each !== undefined),
  ];
}

function authoritiesOf(config: HostConfig): readonly string[] {
  const { kubeApiserver, kubeControllerManager, kubelet } = config;
  const apiserver = kubeApiserver?.certificates;
  const manager = kubeControllerManager?.certificates;
  return [
    ...(apiserver === undefined ? [] : [apiserver.ca, apiserver.etcdCa, apiserver.frontProxyCa]),
    ...(manager === undefined ? [] : [manager.ca, manager.frontProxyCa]),
    ...(kubelet === undefined ? [] : [kubelet.certificates.ca]),
    ...apisOf(config).map(({ ca }) => ca),
  ];
}

/** The controller manager signs with the first certificate of the file. */
function checkSigningKey({ kubeControllerManager, secrets }: HostConfig): readonly Finding[] {
  if (kubeControllerManager === undefined) return [];
  const { ca, caKey } = kubeControllerManager.certificates;
  const [authority] = certificatesOf(secrets[ca] ?? "") ?? [];
  return belongs(secrets[caKey], authority?.publicKey) ? [] : [bad(caKey, `does not belong to the certificate ${ca}`)];
}

/** Tokens that are signed here must be accepted here. */
function checkServiceAccountKey({ kubeApiserver, secrets }: HostConfig): readonly Finding[] {
  if (kubeApiserver === undefined) return [];
  const { serviceAccountKey, serviceAccountPublicKey } = kubeApiserver.certificates;
  const trusted = secrets[serviceAccountPublicKey];
  if (trusted === undefined) return [];
  const keys = publicKeysOf(trusted);
  if (keys === undefined) return [bad(serviceAccountPublicKey, "is no PEM public key")];
  const isKnown = keys.some((key) => belongs(secrets[serviceAccountKey], key));
  return isKnown ? [] : [bad(serviceAccountKey, `is the key of none in ${serviceAccountPublicKey}`)];
}

type PublicKey = X509Certificate["publicKey"];

function publicKeysOf(pem: string): readonly PublicKey[] | undefined {
  const blocks = pem.match(/-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]*-----END (?:RSA )?PUBLIC KEY-----/g) ?? [];
  try {
    return blocks.length === 0 ? undefined : blocks.map((block) => createPublicKey(block));
  } catch {
    // whatever the library says about a broken key, the answer is that it cannot be read
    return undefined;
  }
}

/** True when either is missing: that is told of elsewhere. A key that cannot be read belongs to nothing. */
function belongs(pem: string | undefined, key: PublicKey | undefined): boolean {
  if (pem === undefined || key === undefined) return true;
  try {
    return createPublicKey(createPrivateKey(pem)).equals(key);
  } catch {
    // as above; the library's message could quote the key
    return false;
  }
}
