// URLs by purpose.
import type { Fault } from "./domain.ts";
import { addressKind, isAddress } from "./address-kind.ts";
import { notDnsName } from "./dns-name.ts";

/** Of a server: https, a name or an address, a port; nothing after it. */
export function notServerUrl(text: string): Fault | undefined {
  const url = URL.parse(text);
  const hint = "such as https://10.0.0.1:2379";
  if (url === null || url.protocol !== "https:") return { problem: `${JSON.stringify(text)} is no https URL`, hint };
  if (url.username !== "" || url.password !== "") return { problem: "a name or password stands in the URL", hint };
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || text.endsWith("/"))
    return { problem: "the URL has a path, a query or a fragment", hint };
  return wrongHost(text, url.hostname);
}

/** Of an issuer of tokens: https, and nothing that OpenID Connect forbids. */
export function notIssuer(text: string): Fault | undefined {
  const url = URL.parse(text);
  const hint = "such as https://issuer.example.org";
  if (url === null || url.protocol !== "https:") return { problem: `${JSON.stringify(text)} is no https URL`, hint };
  if (url.username !== "" || url.password !== "" || text.includes("?") || text.includes("#"))
    return { problem: "an issuer has no name, password, query or fragment", hint };
  return wrongHost(text, url.hostname);
}

function wrongHost(text: string, hostname: string): Fault | undefined {
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  // the URL parser turns 010.0.0.1 and the like into another address
  if (!text.toLowerCase().includes(host) && !host.includes(":"))
    return { problem: `the URL's host is read as ${host}`, hint: "write it so" };
  if (isAddress(host)) {
    const kind = addressKind(host);
    return kind === "unspecified" || kind === "multicast" || kind === "broadcast"
      ? { problem: `no server has the address ${host}` }
      : undefined;
  }
  return notDnsName(host);
}

/** The path of a request as it goes into a configuration file and onto the wire. */
export function notRequestPath(text: string): Fault | undefined {
  // what RFC 3986 lets stand in a path and a query; servers answer 400 to others
  return /^\/([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*$/.test(text)
    ? undefined
    : {
        problem: `${JSON.stringify(text)} is no path of a request`,
        hint: "begin with /; write spaces, quotes and letters beyond ASCII as %XX",
      };
}

/** A registry: host, and port if any. */
export function notRegistry(text: string): Fault | undefined {
  const [, host = "", port = "1"] = /^([^/:]+)(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  if (/^[a-z]+:\/\//i.test(text) || host === "" || Number(port) < 1 || Number(port) > 65535)
    return {
      problem: `${JSON.stringify(text)} is no registry`,
      hint: "host, and port if any, without https:// and path, such as registry.example.org:5000",
    };
  return isAddress(host) ? undefined : notDnsName(host.toLowerCase());
}
