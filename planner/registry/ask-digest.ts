// Asks a registry for the digest that a tag has now, by the OCI distribution specification and Docker's token authentication
// (https://distribution.github.io/distribution/spec/auth/token/).
import { createHash } from "node:crypto";
import { imageName } from "#shared/image-name.ts";
import type { ImageName } from "#shared/image-name.ts";
import { parsedJson, textAt } from "#shared/json-fields.ts";
import type { AskRegistry, RegistryAnswer } from "#planner/io/ask-registry.ts";

export type Credentials = { readonly username: string; readonly password: string };

/** A registry has said no, or something that cannot be understood. */
export class RegistryError extends Error {}

const accepted = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
const digestForm = /^sha256:[0-9a-f]{64}$/;
const mostRedirects = 5;

/**
 * The digest, such as `sha256:…`: of the index where an image has several architectures, so that all hosts may have the same.
 * Throws RegistryError, and what `ask` throws.
 */
export async function askDigest(
  image: string,
  credentials: Credentials | undefined,
  ask: AskRegistry,
): Promise<string> {
  const name = imageName(image);
  const url = manifestUrl(name);
  const session = { url, credentials, ask };
  const head = await authorized({ ...session, method: "HEAD" });
  const said = head.headers["docker-content-digest"];
  if (said !== undefined && digestForm.test(said)) return said;
  // the specification lets registries leave the header out
  const { body } = await authorized({ ...session, method: "GET" });
  return `sha256:${createHash("sha256").update(body).digest("hex")}`;
}

function manifestUrl({ registry, repository, tag = "latest" }: ImageName): URL {
  const host = registry === "docker.io" ? "registry-1.docker.io" : registry;
  return new URL(`${isLoopback(host) ? "http" : "https"}://${host}/v2/${repository}/manifests/${tag}`);
}

/** Docker, too, speaks to these without TLS. */
function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+)(:\d+)?$/.test(host);
}

type Session = {
  readonly method: "GET" | "HEAD";
  readonly url: URL;
  readonly credentials: Credentials | undefined;
  readonly ask: AskRegistry;
};

/** The manifest's answer, with what the registry wants in front of it. */
async function authorized(session: Session): Promise<RegistryAnswer> {
  const first = await followed(session, undefined);
  const { answer } =
    first.answer.status === 401 ? await followed(session, await authorizationFor(first, session)) : first;
  if (answer.status === 200) return answer;
  throw new RegistryError(refusal(answer, session));
}

function refusal({ status }: RegistryAnswer, { url, credentials }: Session): string {
  if (status === 404) return `${url.host} has no such image or tag`;
  if (status === 401 || status === 403)
    return credentials === undefined
      ? `${url.host} wants credentials, or has no such image (images.registries)`
      : `${url.host} does not take the credentials of images.registries`;
  if (status === 429) return `${url.host} has had too many requests: try again later`;
  return `${url.host} answers ${status}`;
}

/** A header, and whom alone it is for. */
type Authorization = { readonly host: string; readonly value: string };
type Followed = { readonly answer: RegistryAnswer; readonly from: URL };

/** The answer at the end of redirects. */
async function followed({ method, url, ask }: Session, authorization: Authorization | undefined): Promise<Followed> {
  let from = url;
  for (let count = 0; count <= mostRedirects; count++) {
    const own = authorization?.host === from.host ? { authorization: authorization.value } : {};
    const answer = await ask({ method, url: from, headers: { accept: accepted, ...own } });
    if (answer.status < 300 || answer.status > 399) return { answer, from };
    from = redirected(from, answer.headers["location"]);
  }
  throw new RegistryError(`${url.host} redirects more than ${mostRedirects} times`);
}

function redirected(from: URL, location: string | undefined): URL {
  const to = location !== undefined && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (to === undefined) throw new RegistryError(`${from.host} redirects to nowhere`);
  if (!isSafe(to)) throw new RegistryError(`${from.host} redirects to ${to.host} without TLS`);
  return to;
}

function isSafe({ protocol, host }: URL): boolean {
  return protocol === "https:" || (protocol === "http:" && isLoopback(host));
}

/** What to send for the challenge. Credentials are for the registry that was named, not for one that it leads to. */
async function authorizationFor(
  { answer, from: { host } }: Followed,
  { url, credentials, ask }: Session,
): Promise<Authorization> {
  const challenge = answer.headers["www-authenticate"] ?? "";
  const basic = credentials === undefined || host !== url.host ? undefined : basicOf(credentials);
  if (/^basic\b/i.test(challenge)) {
    if (basic !== undefined) return { host, value: basic };
    throw new RegistryError(`${host} wants credentials (images.registries)`);
  }
  const { realm, service, scope } = parametersOf(challenge);
  if (!/^bearer\b/i.test(challenge) || realm === undefined || !URL.canParse(realm))
    throw new RegistryError(`${host} wants a kind of authentication that is not known`);
  const tokens = new URL(realm);
  if (!isSafe(tokens)) throw new RegistryError(`${host} has its tokens at ${tokens.host} without TLS`);
  if (service !== undefined) tokens.searchParams.set("service", service);
  if (scope !== undefined) tokens.searchParams.set("scope", scope);
  const headers = { accept: "application/json", ...(basic === undefined ? {} : { authorization: basic }) };
  return { host, value: `Bearer ${tokenIn(await ask({ method: "GET", url: tokens, headers }), tokens.host)}` };
}

function basicOf({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** `key="value"`, in any order. */
function parametersOf(challenge: string): Readonly<Partial<Record<string, string>>> {
  const found = challenge.matchAll(/([a-z_]+)="([^"]*)"/g);
  return Object.fromEntries([...found].map(([, key = "", value = ""]) => [key, value]));
}

function tokenIn({ status, body }: RegistryAnswer, host: string): string {
  if (status === 401 || status === 403)
    throw new RegistryError(`${host} does not take the credentials of images.registries`);
  const said = status === 200 ? parsedJson(Buffer.from(body).toString("utf8")) : undefined;
  const token = textAt(said, "token") || textAt(said, "access_token");
  // it goes into a header
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new RegistryError(`${host} gives no token (${status})`);
}
