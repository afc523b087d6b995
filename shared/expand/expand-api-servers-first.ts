// What calls the API servers gets a minor version only after all of them: which containers, and who is asked.
import type { ApiServersFirst, DesiredContainer, DesiredState } from "#shared/state/desired.ts";
import { followsApiServers } from "#shared/components/component-table.ts";
import { minorOf } from "#shared/state/image-minor.ts";
import type { HostConfig } from "#shared/schema/host-config.ts";
import type { SecretStore } from "./pieces/secret-store.ts";
import { socketAddress } from "./pieces/socket-address.ts";
import { sortedEntries } from "./pieces/sorted-record.ts";

/** The state with the rule, and what each follower needs; unchanged for a config without the section. */
export function withApiServersFirst(state: DesiredState, config: HostConfig, secrets: SecretStore): DesiredState {
  const { apiServersFirst } = config;
  if (apiServersFirst === undefined) return state;
  const rule: ApiServersFirst = {
    servers: sortedEntries(apiServersFirst.servers).map(([name, { address, port }]) => ({
      name,
      url: `https://${socketAddress(address, port)}/version`,
    })),
    ca: secrets.get(apiServersFirst.ca).reveal(),
    certificate: secrets.get(apiServersFirst.certificate).reveal(),
    key: secrets.get(apiServersFirst.key),
  };
  return { ...state, containers: state.containers.map(follower), apiServersFirst: rule };
}

/** An image whose tag tells no version follows nobody. */
function follower(container: DesiredContainer): DesiredContainer {
  const minor = followsApiServers(container.component) ? minorOf(container.spec.image) : undefined;
  return minor === undefined ? container : { ...container, needsApiServers: minor };
}
