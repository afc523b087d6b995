// Turns the error of a connection into what TLS refused: whose certificate, and why. Errors that TLS has no part in are none.
import { X509Certificate } from "node:crypto";
import type { ClientRequest } from "node:http";
import type { PeerRefusal } from "#shared/state/peer-refusal.ts";
import { errorCode } from "#shared/error-code.ts";

/** What was known of a connection when it failed. */
type Connection = { certificate: string | undefined; localAddress: string | undefined; isSecured: boolean };

const connections = new WeakMap<object, Connection>();

/** Remembers, for an error of this request, how far its connection had come. `certificate`: the PEM that this side shows. */
export function watchHandshake(request: ClientRequest, certificate: string | undefined): void {
  const connection: Connection = { certificate, localAddress: undefined, isSecured: false };
  request.once("socket", (socket) => {
    // one that has carried requests was refused nothing, and has no more of these events: listeners would heap up on it
    if (request.reusedSocket) return;
    connection.localAddress = socket.localAddress;
    socket.once("connect", () => {
      connection.localAddress = socket.localAddress;
    });
    socket.once("secureConnect", () => {
      connection.isSecured = true;
    });
  });
  request.prependListener("error", (error) => connections.set(error, connection));
}

/** `self`: the host that this one should be by its config. Undefined for what TLS did not refuse. */
export function tlsRefusal(
  error: unknown,
  { self }: { readonly self?: string | undefined } = {},
): PeerRefusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = errorCode(error) ?? "";
  const theirs = verifyCodes.get(code);
  if (theirs !== undefined) return { certificate: "theirs", why: theirs, ...namesOf(error), detail: code };
  const connection = connections.get(error);
  const ours = connection?.certificate === undefined ? undefined : factsOf(connection.certificate);
  if (code.includes("ALERT")) return byAlert(code, connection, ours);
  // etcd looks at the address only after the handshake and then says nothing more
  if (connection?.isSecured !== true || (code !== "ECONNRESET" && code !== "EPIPE") || ours === undefined)
    return undefined;
  const address = connection.localAddress?.replace(/^::ffff:/, "");
  if (address === undefined || ours.addresses.length === 0 || ours.addresses.includes(address)) return undefined;
  return { certificate: "ours", why: "wrong-name", for: ours.addresses.join(", "), wanted: address, self };
}

/** Codes of OpenSSL's check of the other side's certificate, as Node names them. */
const verifyCodes: ReadonlyMap<string, PeerRefusal["why"]> = new Map([
  ["SELF_SIGNED_CERT_IN_CHAIN", "other-ca"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", "other-ca"],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "other-ca"],
  ["UNABLE_TO_GET_ISSUER_CERT", "other-ca"],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "other-ca"],
  ["CERT_SIGNATURE_FAILURE", "other-ca"],
  ["CERT_UNTRUSTED", "other-ca"],
  ["CERT_HAS_EXPIRED", "ended"],
  ["CERT_NOT_YET_VALID", "not-yet-valid"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "wrong-name"],
  ["HOSTNAME_MISMATCH", "wrong-name"],
  ["INVALID_PURPOSE", "unfit"],
  ["INVALID_CA", "unfit"],
  ["CERT_REJECTED", "unfit"],
  ["CERT_REVOKED", "unfit"],
  ["PATH_LENGTH_EXCEEDED", "unfit"],
]);

/** The other side has said by an alert what it does not like. */
function byAlert(code: string, connection: Connection | undefined, ours: Facts | undefined): PeerRefusal {
  const said = code
    .replace(/^ERR_SSL_/, "")
    .replace(/^(TLS|SSL)V[0-9]+_/, "")
    .replaceAll("_", " ")
    .toLowerCase();
  const about = { certificate: "ours", detail: said } as const;
  if (connection?.certificate === undefined && /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE/.test(code))
    return { ...about, why: "missing" };
  if (code.includes("UNKNOWN_CA")) return { ...about, why: "other-ca" };
  if (code.includes("CERTIFICATE_EXPIRED")) return { ...about, why: "ended", at: ours?.validity };
  return { ...about, why: "unfit" };
}

type Facts = { readonly addresses: readonly string[]; readonly validity: string };

function factsOf(pem: string): Facts | undefined {
  try {
    const { subjectAltName = "", validFromDate, validToDate } = new X509Certificate(pem);
    return {
      addresses: namesIn(subjectAltName, "IP Address"),
      validity: `${validFromDate.toISOString()} to ${validToDate.toISOString()}`,
    };
  } catch {
    // not readable by Node, so nothing is known of it
    return undefined;
  }
}

/** Node tells the other side's names only where they were the reason. */
function namesOf(error: Error): Pick<PeerRefusal, "for" | "wanted"> {
  const wanted = "host" in error && typeof error.host === "string" ? error.host : undefined;
  const cert: unknown = "cert" in error ? error.cert : undefined;
  if (typeof cert !== "object" || cert === null || !("subjectaltname" in cert)) return { wanted };
  const text = String(cert.subjectaltname);
  const names = [...namesIn(text, "IP Address"), ...namesIn(text, "DNS")];
  return { wanted, ...(names.length === 0 ? {} : { for: names.join(", ") }) };
}

function namesIn(subjectAltName: string, kind: string): readonly string[] {
  return subjectAltName
    .split(", ")
    .flatMap((part) => (part.startsWith(`${kind}:`) ? [part.slice(kind.length + 1)] : []));
}
