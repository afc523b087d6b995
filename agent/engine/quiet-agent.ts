// Kept connections for dockerode's modem, and what keeps the modem from doing more than it was asked for.
import { Agent, type ClientRequest } from "node:http";
import { inspect } from "node:util";

/** How node hands a request to its agent; its types leave it out. */
const addRequest: unknown = Reflect.get(Agent.prototype, "addRequest");

export class QuietAgent extends Agent {
  /**
   * The modem follows redirects, to wherever they lead and without anybody who hears of a failure there, which would end
   * the process. An engine's redirect is an answer like any other.
   */
  addRequest(request: ClientRequest, options: object): void {
    request.prependListener("response", ({ headers }) => {
      delete headers.location;
    });
    if (typeof addRequest === "function") Reflect.apply(addRequest, this, [request, options]);
  }

  /** The modem prints its options, with the agent and all its sockets, at every request; this keeps that short. */
  [inspect.custom](): string {
    return "Agent";
  }
}
