import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { textOfBytes } from "./text-of-bytes.ts";
import { withMark } from "./delivery-mark.ts";
import { notText, wrappingOf } from "./wrapping.ts";

const text = withMark("apiVersion: flexkube/v1alpha1\nkind: Host\n", { cluster: "demo", host: "h1", generation: 6 });
const base64 = Buffer.from(text).toString("base64");

for (const [what, wrapped, told] of [
  ["nothing", "", /is empty/],
  ["empty lines", "\n \n", /is empty/],
  ["zeros", "\0".repeat(text.length), /zero bytes/],
  ["base64", base64, /base64/],
  ["base64 in lines", `${base64.replaceAll(/.{76}/g, "$&\n")}\n`, /base64/],
  ["base64 of gzip", gzipSync(text).toString("base64"), /base64/],
  ["a page of a server", "<!DOCTYPE html>\n<html><title>404</title></html>\n", /web page/],
  ["a vault", "$ANSIBLE_VAULT;1.1;AES256\n3132\n", /encrypted/],
  ["cloud-config", "#cloud-config\nwrite_files: []\n", /write_files/],
] as const)
  test(`a host config that arrives as ${what} is told as that`, () => {
    const wrapping = wrappingOf(wrapped);

    assert.match(`${wrapping?.problem}: ${wrapping?.hint}`, told);
  });

test("what may be a host config is in no wrapping", () => {
  for (const each of [
    text,
    "apiVersion: flexkube/v1alpha1",
    "{}",
    "hello",
    "YXBpVmVyc2lvbjo: 1\n",
    "# <html>\nkind: Host\n",
  ])
    assert.equal(wrappingOf(each), undefined, each);
});

test("bytes that are no text say what they are", () => {
  for (const [bytes, told] of [
    [gzipSync(text), /gunzip/],
    [Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]), /UTF-16/],
    [Buffer.from([0x61, 0xe4]), /not UTF-8/],
  ] as const) {
    assert.equal(textOfBytes(bytes), undefined);
    assert.match(notText(bytes).problem, told);
  }
});
