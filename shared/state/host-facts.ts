// What only the host knows and a container's specification may rest on.

/**
 * Facts of a host; a fact is unset while it is not known. One that a running container rests on is remembered in its
 * label and holds until the config changes what is asked, so that a passing outage changes nothing.
 */
export type HostFacts = {
  /** The container runtime that answers: containerd's CRI if it does, else cri-dockerd. */
  readonly cri?: "containerd" | "cri-dockerd" | undefined;
  readonly cgroupVersion?: 1 | 2 | undefined;
  /** Who manages control groups for Docker. */
  readonly cgroupDriver?: "cgroupfs" | "systemd" | undefined;
  /** Whether /etc/resolv.conf is systemd-resolved's own, whose server on the loopback no pod reaches. */
  readonly resolver?: "plain" | "systemd-resolved" | undefined;
};
