// Which API servers go first, in the host config: what calls them is never newer than the oldest of them.
import * as z from "zod";
import { Name, PeerAddress, Port, SecretName } from "#shared/schema/words/words.ts";

/** Without this section nothing waits for the API servers' versions. */
export const ApiServersFirst = z.strictObject({
  servers: z
    .record(Name, z.strictObject({ address: PeerAddress, port: Port.default(6443) }))
    .refine((servers) => Object.keys(servers).length > 0, "at least one API server")
    .meta({ description: "All API servers by host; each is asked for its version." }),
  ca: SecretName.default("kubernetes/ca.crt").meta({
    description: "Secret with the CA of the API servers. Default kubernetes/ca.crt.",
  }),
  certificate: SecretName.meta({ description: "Secret with a client certificate; anybody's that they know will do." }),
  key: SecretName.meta({ description: "Secret with the client certificate's key." }),
});
export type ApiServersFirst = z.infer<typeof ApiServersFirst>;
