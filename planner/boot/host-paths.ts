// Where things lie on a host before its agent runs.

/** Read by the agent. */
export const hostConfigPath = "/etc/flexkube/host.yaml";
/** Certificates (PEM) of who may have signed those of the web servers that the agent asks. */
export const authoritiesPath = "/etc/flexkube/config-ca.pem";
/** The key of age that opens what is sealed to the host; where `flexkube-agent identity` keeps it. */
export const identityPath = "/var/lib/flexkube/identity.key";
/** For root alone, before anything is written there: keys lie below both. */
export const privateDirectories = ["/etc/flexkube", "/var/lib/flexkube"] as const;
/** What `docker save` wrote, as *.tar, for hosts without a registry. */
export const imageDirectory = "/var/lib/flexkube/images";
/** In the agent's container, where the host's /run is /var/run. */
export const podmanSocket = "/var/run/podman/podman.sock";
/** Podman's generator makes flexkube-agent.service of it. */
export const quadletName = "flexkube-agent.container";
export const unitName = "flexkube-agent.service";
export const unitPath = `/etc/systemd/system/${unitName}`;
