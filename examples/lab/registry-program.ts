// An image registry with one image from an archive of images/; run by registry.ts within a host or beside the test.
// Its one argument is the options as JSON. Prints each request as `STATUS METHOD PATH`, and first of all the port.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { argv, stdout } from "node:process";
import type { AddressInfo } from "node:net";
import { pipeline, Readable } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { extract } from "tar-stream";
import type { ProgramOptions } from "./registry.ts";

// registry.ts wrote them
const options = JSON.parse(argv[2] ?? "{}") as ProgramOptions;
const [repository = "", tag = ""] = options.image.split(":");
const { username = "", password = "", layerMs = 0, fault } = options;
const wanted =
  options.username === undefined ? undefined : `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
const manifestType = "application/vnd.docker.distribution.manifest.v2+json";

type Blob = { readonly digest: string; readonly content: Buffer };

function blob(content: Buffer): Blob {
  return { digest: `sha256:${createHash("sha256").update(content).digest("hex")}`, content };
}

async function readArchive(): Promise<ReadonlyMap<string, Buffer>> {
  const parser = extract();
  Readable.from([await readFile(options.tar)]).pipe(parser);
  const files = new Map<string, Buffer>();
  for await (const entry of parser) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}

const files = await readArchive();
const config = blob(files.get("config.json") ?? Buffer.alloc(0));
const layer = blob(gzipSync(files.get("layer.tar") ?? Buffer.alloc(0)));
const manifest = blob(
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: "application/vnd.docker.container.image.v1+json",
        size: config.content.length,
        digest: config.digest,
      },
      layers: [
        {
          mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip",
          size: layer.content.length,
          digest: layer.digest,
        },
      ],
    }),
  ),
);
const found: Readonly<Record<string, readonly [type: string, Blob]>> = {
  "/v2/": ["application/json", blob(Buffer.from("{}"))],
  [`/v2/${repository}/manifests/${tag}`]: [manifestType, manifest],
  [`/v2/${repository}/manifests/${manifest.digest}`]: [manifestType, manifest],
  [`/v2/${repository}/blobs/${config.digest}`]: ["application/octet-stream", config],
  [`/v2/${repository}/blobs/${layer.digest}`]: ["application/octet-stream", layer],
};

const pieces = 20;

async function* slowly(content: Buffer): AsyncGenerator<Buffer> {
  const size = Math.ceil(content.length / pieces);
  for (let at = 0; at < content.length; at += size) {
    yield content.subarray(at, at + size);
    await setTimeout(layerMs / pieces);
    if (fault === "cuts") throw new Error("cut off");
    if (fault === "stalls") await new Promise(() => undefined);
  }
}

const server = createServer((request, response) => {
  if (fault === "silent") return void stdout.write(`000 ${request.method} ${request.url}\n`);
  const answer = (status: number, headers: Readonly<Record<string, string>>, content = ""): void => {
    stdout.write(`${status} ${request.method} ${request.url}\n`);
    response.writeHead(status, { "docker-distribution-api-version": "registry/2.0", ...headers });
    response.end(request.method === "HEAD" ? "" : content);
  };
  const [type, thing] = found[request.url ?? ""] ?? [];
  if (wanted !== undefined && request.headers.authorization !== wanted)
    answer(
      401,
      { "www-authenticate": 'Basic realm="test"', "content-type": "application/json" },
      '{"errors":[{"code":"UNAUTHORIZED"}]}',
    );
  else if (thing === undefined || type === undefined)
    answer(404, { "content-type": "application/json" }, '{"errors":[{"code":"MANIFEST_UNKNOWN"}]}');
  else {
    stdout.write(`200 ${request.method} ${request.url}\n`);
    response.writeHead(200, {
      "docker-distribution-api-version": "registry/2.0",
      "content-type": type,
      "content-length": thing.content.length,
      "docker-content-digest": thing.digest,
    });
    if (request.method === "HEAD") response.end();
    // a client that hangs up is its own affair
    else if (thing === layer) pipeline(slowly(thing.content), response, () => undefined);
    else response.end(thing.content);
  }
});
server.listen(options.port, "127.0.0.1", () => {
  // a server on a port has this kind of address
  stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
