// HTTPS connections by identity. What TLS makes of PEM texts is made once, and a new connection resumes the session of one before
// it, which spares both sides the certificates: of a look at a healthy host, handshakes were the largest part.
import { createHash } from "node:crypto";
import { Agent } from "node:https";
import { createSecureContext } from "node:tls";

export type HttpTls = {
  /** PEM; without it the server is not verified. */
  readonly ca?: string | undefined;
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
};

export type TlsConnections = {
  /** The same agent for the same certificates and key. */
  readonly agentOf: (tls: HttpTls) => Agent;
  /** Ends all connections. */
  readonly close: () => void;
};

/** A host has a handful; after a renewal those of the certificates before are not asked for again. */
const maxIdentities = 16;

/** `keep`: so many connections for an identity stay open for further requests; undefined: each request opens its own. */
export function createTlsConnections({ keep }: { readonly keep?: number | undefined } = {}): TlsConnections {
  const agents = new Map<string, Agent>();
  return {
    agentOf: (tls) => {
      const identity = identityOf(tls);
      const agent = agents.get(identity) ?? createAgent(tls, keep);
      // the last used one stands last
      agents.delete(identity);
      agents.set(identity, agent);
      const [oldest] = agents;
      if (oldest !== undefined && agents.size > maxIdentities) {
        agents.delete(oldest[0]);
        retire(oldest[1]);
      }
      return agent;
    },
    close: () => {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/** Requests under way go on, and close their connections. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
}

/** A digest, since the key is part of it. */
function identityOf({ ca, certificate, key }: HttpTls): string {
  return createHash("sha256")
    .update(JSON.stringify([ca, certificate, key]))
    .digest("base64");
}

function createAgent({ ca, certificate, key }: HttpTls, keep: number | undefined): Agent {
  return new Agent({
    ...(keep === undefined ? { keepAlive: false } : { keepAlive: true, maxSockets: keep }),
    rejectUnauthorized: ca !== undefined,
    secureContext: createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(certificate === undefined ? {} : { cert: certificate }),
      ...(key === undefined ? {} : { key }),
    }),
  });
}
