// An engine with no containers and no images, as far as `plan` asks one: a small HTTP server on a Unix socket.
import { once } from "node:events";
import { createServer, type Server } from "node:http";

const answers: Readonly<Record<string, object>> = {
  "/version": { ApiVersion: "1.51", MinAPIVersion: "1.24" },
  "/info": { ServerVersion: "28.5.2", CgroupVersion: "2", CgroupDriver: "systemd" },
  "/containers/json": [],
};

/** Starts to listen at this path; the caller closes it. What is not there is a 404 with a message, as Docker's. */
export async function emptyEngine(socketPath: string): Promise<Server> {
  const server = createServer(({ url = "" }, response) => {
    const path = new URL(url, "http://engine").pathname.replace(/^\/v[\d.]+/, "");
    const answer = answers[path];
    response.writeHead(answer === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer ?? { message: `no ${path}` }));
  });
  server.listen(socketPath);
  await once(server, "listening");
  return server;
}
