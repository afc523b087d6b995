// Why the engine could not pull an image, told for people: who failed, by which side of TLS, and what to do. Pure.
import { registryOf } from "#shared/image-name.ts";

/** Who failed, as far as the engine's words tell, and how to name him. */
type Failed = {
  /** The host that was asked: the registry, its mirror, or where it sent us for a token or a layer. */
  readonly host: string;
  /** Where Docker looks for the certificates of this host. */
  readonly certificates: string;
  readonly isRegistry: boolean;
};

type Telling = {
  readonly words: RegExp;
  readonly told: (failed: Failed, found: RegExpExecArray) => string;
  readonly advice: (failed: Failed) => string;
};

const ownArchive = "put an archive of it into images.directory";
const credentials = "its registry's credentials in images.registries";
const clientCertificate = ({ certificates, host }: Failed): string =>
  `put what ${host} takes as client.cert and client.key in ${certificates} on this host`;
const otherName = (): string => "name the registry as its certificate does, or give it one for this name";
const otherWay = (): string => `${ownArchive}, or name a registry or mirror that this host reaches`;

/** The first that fits tells: from the most to the least particular. */
const tellings: readonly Telling[] = [
  {
    words: /no space left on device/,
    told: () => "this host's disk is full",
    advice: () => "free space where Docker keeps its images",
  },
  {
    words: /proxyconnect/,
    told: () => "the proxy of this host's Docker cannot be reached",
    advice: () => `set the proxy of Docker right, or ${ownArchive}`,
  },
  {
    words: /x509: certificate signed by unknown authority/,
    told: ({ host }) => `${host} presents a certificate of a CA that this host's Docker does not know`,
    advice: ({ certificates, isRegistry }) =>
      isRegistry
        ? `put that CA's certificate into ${certificates}/ca.crt on this host`
        : "put that CA's certificate among the CA certificates of this host, and restart Docker",
  },
  {
    words: /x509: certificate is valid for (.+), not ([^ ]+)$/,
    told: ({ host }, [, names, wanted]) => `${host} presents a certificate for ${names}, not for ${wanted}`,
    advice: otherName,
  },
  {
    words:
      /x509: (?:cannot validate certificate for ([^ ]+) because|.*not valid for any names, but wanted to match (.+)$)/,
    told: ({ host }, [, address, name]) => `${host} presents a certificate that is not for ${address ?? name}`,
    advice: otherName,
  },
  {
    words: /x509: certificate has expired.* is before /,
    told: ({ host }) => `${host} presents a certificate that is not valid yet`,
    advice: () => "set the clock right, of this host or of whoever made it",
  },
  {
    words: /x509: certificate has expired/,
    told: ({ host }) => `${host} presents a certificate that has ended`,
    advice: () => "renew it, or set this host's clock right",
  },
  {
    words: /x509: /,
    told: ({ host }) => `${host} presents a certificate that this host's Docker does not take`,
    advice: () => "give the registry another one",
  },
  {
    words: /server gave HTTP response to HTTPS client|does not look like a TLS handshake/,
    told: ({ host }) => `${host} answers without TLS`,
    advice: ({ host }) =>
      `check its port, give it a certificate, or name ${host} under insecure-registries in this host's /etc/docker/daemon.json`,
  },
  {
    words: /remote error: tls: certificate required/,
    told: ({ host }) => `${host} asks for a certificate, and this host's Docker shows none`,
    advice: clientCertificate,
  },
  {
    words: /remote error: tls: .*certificate/,
    told: ({ host }) => `${host} refuses this host's certificate`,
    advice: clientCertificate,
  },
  {
    words: /remote error: tls: /,
    told: ({ host }) => `${host} refuses the TLS handshake`,
    advice: (failed) => `see which version of TLS and which certificate it asks for; ${clientCertificate(failed)}`,
  },
  {
    words: /^(?:unexpected )?EOF$|connection reset|broken pipe/,
    told: ({ host }) => `${host} cannot be reached (the connection was cut)`,
    advice: otherWay,
  },
  {
    words: /: lookup /,
    told: ({ host }) => `${host} cannot be reached (its name is not known)`,
    advice: otherWay,
  },
  {
    words: /dial tcp|i\/o timeout|Client\.Timeout|deadline exceeded|TLS handshake timeout/,
    told: ({ host }) => `${host} cannot be reached`,
    advice: otherWay,
  },
  {
    words: /pull access denied|access to the resource is denied/,
    told: ({ host }) => `${host} gives out no such image, or not to this host`,
    advice: () => `check its name, and ${credentials}`,
  },
  {
    words: /unauthorized|no basic auth credentials|authentication required/,
    told: ({ host }) => `${host} wants a name and password, and does not take those that it got`,
    advice: () => `check its name and ${credentials}`,
  },
  {
    words: /no matching manifest/,
    told: ({ host }) => `${host} has it for other processors only`,
    advice: () => "name an image for this one",
  },
  {
    words: /manifest unknown|not found/,
    told: ({ host }) => `${host} does not have it`,
    advice: () => `check its name and tag, or ${ownArchive}`,
  },
  {
    words: /toomanyrequests/,
    told: ({ host }) => `${host} limits how much is pulled`,
    advice: () => `give it credentials in images.registries, or ${ownArchive}; it is tried again`,
  },
  {
    words: /unexpected HTTP status/,
    told: ({ host }) => `${host} fails`,
    advice: () => `it is tried again; or ${ownArchive}`,
  },
  {
    words: /error unmarshalling content/,
    told: ({ host }) => `what answers at ${host} is no registry`,
    advice: () => "a proxy or a portal may stand in between; check its name and port",
  },
];

/** `said`: the engine's words. The same failure gives the same text at each try. */
export function pullFailure(image: string, said: string): string {
  const { words, host } = heard(said);
  const registry = registryOf(image);
  const failed = {
    host: host ?? registry,
    certificates: `/etc/docker/certs.d/${registry}`,
    isRegistry: host === undefined || host === registry,
  };
  for (const telling of tellings) {
    const found = telling.words.exec(words);
    if (found !== null) return `${image}: ${withWords(telling.told(failed, found), words)}; ${telling.advice(failed)}`;
  }
  return `${image}: ${words}; check its name and ${credentials}, or ${ownArchive}`;
}

/** A cause in brackets takes the engine's words into them. */
function withWords(told: string, words: string): string {
  return told.endsWith(")") ? `${told.slice(0, -1)}: ${words})` : `${told} (${words})`;
}

/** Without whom was asked, which is told apart, and without ports and times that are others at each try. */
function heard(said: string): { readonly words: string; readonly host: string | undefined } {
  const request = /^(?:Get|Head|Post) "?https?:\/\/([^/"?]+)[^ ]*: /.exec(said);
  const rest = request === null ? said : said.slice(request[0].length);
  const words = rest
    .replace(/(?:read|write) (?:tcp|udp) [^ ]+->[^ ]+: (?:read|write)?:? ?/, "")
    .replace(/current time [^ ]+ is/, "the time is");
  return { words, host: request?.[1] };
}
