// A name server for one name; run by name-server.ts in the network of a lab. Arguments: address to listen at, name, its IPv4 address.
// Prints a line when it listens, then each name that it is asked for. Ends when its standard input does.
import { createSocket } from "node:dgram";
import { argv, stdin, stdout } from "node:process";

const [listen = "", name = "", address = ""] = argv.slice(2);
const headerBytes = 12;

/** Of the first question: its name, and where it ends. */
function questionOf(message: Buffer): { readonly asked: string; readonly type: number; readonly end: number } {
  const labels: string[] = [];
  let at = headerBytes;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { asked: labels.join("."), type: message.readUInt16BE(at + 1), end: at + 5 };
}

/** RFC 1035, section 4: the question again, and for an A record of our name the answer; no such name else. */
function answer(message: Buffer): Buffer {
  const { asked, type, end } = questionOf(message);
  stdout.write(`${asked}\n`);
  const isOurs = asked.toLowerCase() === name;
  const isFound = isOurs && type === 1;
  const header = Buffer.from(message.subarray(0, headerBytes));
  // an answer with authority, recursion as it was asked for; code 3 is "no such name"
  header.writeUInt16BE(0x8400 | (header.readUInt16BE(2) & 0x0100) | (isOurs ? 0 : 3), 2);
  for (const [index, count] of [1, isFound ? 1 : 0, 0, 0].entries()) header.writeUInt16BE(count, 4 + 2 * index);
  // the name by a pointer to the question, type A, class IN, 60 seconds, 4 bytes
  const record = [0xc0, headerBytes, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)];
  return Buffer.concat([header, message.subarray(headerBytes, end), Buffer.from(isFound ? record : [])]);
}

const socket = createSocket("udp4");
socket.on("message", (message, { port, address: from }) => {
  socket.send(answer(message), port, from);
});
socket.bind(53, listen, () => stdout.write("listening\n"));
stdin.on("end", () => socket.close()).resume();
