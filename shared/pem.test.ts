// PEM texts as people save them, and what Go's reader makes of each (seen with Go 1.26: pem.Decode, AppendCertsFromPEM, X509KeyPair).
import assert from "node:assert/strict";
import { test } from "node:test";
import { threadTime } from "#lab/processor-time.ts";
import { readPem } from "./pem.ts";

const block = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----";
const plain = `${block}\n`;

for (const [what, text, count] of [
  ["as it should be", plain, 1],
  ["lines of Windows", plain.replaceAll("\n", "\r\n"), 1],
  ["spaces behind lines", plain.replaceAll("\n", " \t\n"), 1],
  ["no newline at its end", block, 1],
  ["a carriage return at its end", `${block}\r`, 1],
  ["blank lines", plain.replaceAll("\n", "\n\n"), 1],
  ["text around it", `subject=CN=x\n${plain}more text -----\n${plain}`, 2],
  ["nothing", "", 0],
] as const)
  test(`${what} is read`, () => {
    const { blocks, fault } = readPem(text);

    assert.deepEqual([blocks.length, blocks.some(({ isMisplaced }) => isMisplaced), fault], [count, false, undefined]);
  });

for (const [what, text, problem] of [
  ["a byte order mark", `\uFEFF${plain}`, "begins with a byte order mark"],
  [
    "lines that end with carriage returns",
    plain.replaceAll("\n", "\r"),
    "has lines that end with carriage returns alone",
  ],
  [
    "an indented block",
    `  ${plain.replaceAll("\n", "\n  ")}`,
    "has a BEGIN or END that is not alone on its line, line 1",
  ],
  [
    "an indented end",
    block.replace("\n-----END", "\n  -----END"),
    "has a BEGIN or END that is not alone on its line, line 3",
  ],
  [
    "two blocks without a newline between them",
    block + plain,
    "has a BEGIN or END that is not alone on its line, line 3",
  ],
  ["text behind the end", `${block} of h1\n`, "has a BEGIN or END that is not alone on its line, line 3"],
  ["all on one line", block.replaceAll("\n", ""), "has a BEGIN or END that is not alone on its line, line 1"],
  ["a block that was cut", `${plain}${plain.slice(0, 40)}`, "has a PEM block that does not end, line 4"],
  ["a block within another", `${plain.slice(0, 32)}\n${plain}`, "has a PEM block that does not end, line 1"],
  ["DER", Buffer.from("3082019ff0", "hex").toString("utf8"), "is DER, not PEM"],
] as const)
  test(`${what} is told`, () => {
    assert.equal(readPem(text).fault?.problem, problem);
  });

test("megabytes of beginnings are looked through once", () => {
  const spent = threadTime();

  const { blocks } = readPem("-----BEGIN CERTIFICATE-----\n".repeat(300_000));

  assert.ok(blocks.length === 0 && spent() < 5_000);
});
