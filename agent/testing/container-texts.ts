// Texts of host configs and of containers in them, for tests on a host in memory.

/** Where `web` keeps its data. */
export const data = "/var/lib/web";

/** A host config with these containers. */
export function config(containers: string): string {
  return `apiVersion: flexkube/v1alpha1\nkind: Host\ncluster: demo\nhost: h1\ncontainers:\n${containers}`;
}

/** Its image may be any of the programs; a sealed and a live file, and a data directory. */
export const web = (image: string, content: string): string => `  web:
    image: ${image}
    restart: always
    probe: {settle: 1s, deadline: 5s}
    mounts: [{source: ${data}, target: /data, create: {}}]
    files:
      - {path: sealed.conf, content: ${content}}
      - {path: live.conf, content: ${content}, effect: none}
`;
/** Takes its file by a signal, after a check. */
export const signalled = (content: string): string => `  signalled:
    image: server:1
    check: [--check, "{files}"]
    files: [{path: a.conf, content: ${content}, effect: signal}]
`;
/** Takes its file by a restart. */
export const restarted = (content: string): string => `  restarted:
    image: server:1
    probe: {settle: 1s}
    files: [{path: /etc/restarted.conf, content: ${content}, effect: restart, takeOver: true}]
`;

/** It runs to its end, and a server waits for that. */
export const installed = (image: string, content: string): string => `  install:
    image: ${image}
    probe: {deadline: 5s}
    files: [{path: script.sh, content: ${content}}]
  user:
    image: server:1
    dependsOn: [install]
    probe: {settle: 1s}
`;
