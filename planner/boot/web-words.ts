// What a person gives for machines that ask a web server: URLs, whom hosts believe, who may have signed the server's certificate, a
// host's key. Judged alike wherever it was given: as an option, or as an attribute of Terraform's.
import { X509Certificate } from "node:crypto";
import { readPem } from "#shared/pem.ts";
import { signerOf } from "#shared/sealed/envelope.ts";
import { hostPlaceholder } from "./web-places.ts";

/** It is a word of a command line, which Linux bounds at 128 KiB; a system's whole bundle has more. */
const mostAuthorities = 64 * 1024;

export type Read<Value> =
  | { readonly value: Value; readonly fault?: undefined }
  | { readonly value?: undefined; readonly fault: string };

/** What is expected instead, when it is no URL that an agent asks. The URL itself is not told: it may have a password or a token. */
export function webUrlFault(url: string): string | undefined {
  const example = url.replaceAll(hostPlaceholder, "h1");
  const isUrl = /^https:\/\/[!-~]+$/i.test(example) && URL.canParse(example);
  if (isUrl && /[{}#]/.test(example)) return "a URL without # in which {host} alone stands for something";
  return isUrl ? undefined : "a URL that begins with https://; {host} in it stands for the host's name";
}

/** The name of a further option of the agent that does not go with web servers; undefined for any other. */
export function notWithWeb(option: string): string | undefined {
  return /^--(?:config-ca|signer|allow-older)(?==|$)/.exec(option)?.[0];
}

/** Public keys of ed25519 in PEM, as `pki/delivery/signer.pub` has them, to DER in base64. */
export function readSigners(text: string): Read<readonly string[]> {
  const keys = readPem(text).blocks.map((block) => signerOf(block.text));
  const known = keys.filter((key) => key !== undefined);
  if (known.length === 0 || known.length < keys.length)
    return { fault: "expected public keys of ed25519 in PEM: whom hosts believe" };
  return { value: known.map((key) => key.export({ type: "spki", format: "der" }).toString("base64")) };
}

/** Certificates alone, in PEM, whatever else is in the text. */
export function readAuthorities(text: string): Read<string> {
  const { blocks, fault } = readPem(text);
  if (fault !== undefined) return { fault: `it ${fault.problem}` };
  const certificates = blocks.filter(({ kind }) => kind === "CERTIFICATE");
  if (certificates.length === 0) return { fault: "no certificate stands in it" };
  try {
    const value = certificates.map((each) => new X509Certificate(each.text).toString()).join("");
    return value.length <= mostAuthorities
      ? { value }
      : { fault: "it has more than 64 KiB: leave the CAs of the web server" };
  } catch {
    // the library's error says nothing of the place
    return { fault: "one of its certificates cannot be read" };
  }
}

/** What is wrong with a host's key: one of age, as the planner and age-keygen write it. Never tells what it contains. */
export function identityFault(text: string): string | undefined {
  const keys = text.split("\n").filter((line) => line.startsWith("AGE-SECRET-KEY-"));
  return keys.length === 1 && /^AGE-SECRET-KEY-1[0-9A-Z]{58}\s*$/.test(keys[0] ?? "")
    ? undefined
    : "expected one key of age, as pki/delivery/hosts/<host>.key has it";
}
