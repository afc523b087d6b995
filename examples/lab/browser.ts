// A headless browser for tests, driven by the Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/).
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { at, textAt } from "#shared/json-fields.ts";

export type Browser = {
  /** What the page has asked for so far, its own address among it. */
  readonly requests: readonly string[];
  readonly call: (method: string, parameters?: object) => Promise<unknown>;
  /** The value of an expression in the page. */
  readonly evaluate: (expression: string) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

const deadlineMs = 30_000;

/** Opens the address and waits until it is loaded. */
export async function openPage(address: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), "flexkube-browser-"));
  // as root it refuses its own sandbox; nothing but the test's page is opened
  const options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"];
  const child = spawn(
    "chromium",
    [...options, `--user-data-dir=${profile}`, "--remote-debugging-port=0", "about:blank"],
    {
      stdio: "ignore",
    },
  );
  const exit = once(child, "exit");
  const end = async (): Promise<void> => {
    child.kill("SIGKILL");
    await exit;
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const page = await connect(profile);
    await page.call("Network.enable");
    await page.call("Page.enable");
    await page.call("Page.navigate", { url: address });
    await eventually(async () => (await page.evaluate("document.readyState")) === "complete", {
      what: "the page is loaded",
    });
    return {
      ...page,
      close: async () => {
        page.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}

type Connected = Omit<Browser, "close"> & { readonly close: () => void };

/** Hands each answer to who waits for it, and remembers what the page asks for. */
function listen(
  socket: WebSocket,
): Pick<Browser, "requests"> & { readonly waiting: Map<number, (answer: unknown) => void> } {
  const requests: string[] = [];
  const waiting = new Map<number, (answer: unknown) => void>();
  socket.addEventListener("message", ({ data }) => {
    const message: unknown = JSON.parse(String(data));
    const id = at(message, "id");
    if (typeof id === "number") waiting.get(id)?.(message);
    else if (textAt(message, "method") === "Network.requestWillBeSent")
      requests.push(textAt(message, "params", "request", "url"));
  });
  return { requests, waiting };
}

async function connect(profile: string): Promise<Connected> {
  const port = await eventually(
    async () => (await readFile(join(profile, "DevToolsActivePort"), "utf8")).split("\n")[0],
    {
      what: "the browser listens",
    },
  );
  const targets: unknown = await (await fetch(`http://127.0.0.1:${port ?? ""}/json/list`)).json();
  const socket = new WebSocket(textAt(targets, "0", "webSocketDebuggerUrl"));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve(), { once: true });
    socket.addEventListener("error", () => reject(new Error("the browser refuses the connection")), { once: true });
  });
  const { requests, waiting } = listen(socket);
  let last = 0;
  const call: Browser["call"] = async (method, parameters = {}) => {
    last += 1;
    const id = last;
    const answer = await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer`)), deadlineMs);
      waiting.set(id, (said) => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve(said);
      });
      socket.send(JSON.stringify({ id, method, params: parameters }));
    });
    const fault = textAt(answer, "error", "message");
    if (fault !== "") throw new Error(`${method}: ${fault}`);
    return at(answer, "result");
  };
  return {
    requests,
    call,
    evaluate: async (expression) => {
      const found = await call("Runtime.evaluate", { expression, returnByValue: true });
      const fault = textAt(found, "exceptionDetails", "text");
      if (fault !== "") throw new Error(`${expression}: ${fault}`);
      return at(found, "result", "value");
    },
    close: () => socket.close(),
  };
}
